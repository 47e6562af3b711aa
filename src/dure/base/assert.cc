#include "dure/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace dure {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr,
               "dure: internal error: %s does not hold (%s:%d). Please report this with the command that led here.\n",
               condition, file, line);
  std::abort();
}

}  // namespace dure
