// `dure call allot`.
#pragma once

#include <string>

#include "dure/base/result.h"
#include "dure/cli/console.h"
#include "dure/solver/cbc_solver.h"

namespace dure::cli {

struct CallArguments {
  std::string call;
  std::string out;     // a table of the awards; empty: none
  std::string within;  // how long it may take; empty: as long as it takes
  bool json = false;
};

// Of `--within`.
Result<solver::SearchBounds> search_bounds(const std::string& text);

// Returns the exit code.
Result<int> allot_call(const CallArguments& arguments, const Console& console);

}  // namespace dure::cli
