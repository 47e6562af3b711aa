#include "dure/server/log.h"

#include <fmt/format.h>

#include <cstdio>

namespace dure::server {

void log(const std::string& line) {
  fmt::print(stderr, "{}\n", line);
  std::fflush(stderr);
}

}  // namespace dure::server
