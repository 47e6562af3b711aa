// `dure call allot`.
#pragma once

#include <string>

#include "dure/base/result.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct CallArguments {
  std::string call;
  std::string out;     // a table of the awards; empty: none
  std::string within;  // how long it may take; empty: as long as it takes
  bool json = false;
};

// Returns the exit code.
Result<int> allot_call(const CallArguments& arguments, const Console& console);

}  // namespace dure::cli
