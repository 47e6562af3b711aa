// `dure forecast --what-if`: what would come of it if something were otherwise.
#pragma once

#include <cstdint>
#include <string>

#include "dure/base/result.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct WhatIfArguments {
  std::string file;    // what is to be otherwise
  std::string data;    // the server's folder; empty: that of `config`, or where a server keeps it unless told
  std::string config;  // the server's, for its policy and its folder; empty: what holds without one
  std::string at;      // empty: the journal's end
  std::string until;   // empty: the journal's end, or a day after it
  std::string tenant;  // of it and those below it alone
  std::uint32_t draws = 16;
  bool json = false;
};

// Returns the exit code. Reads the journal beside a server that uses it, and changes nothing.
Result<int> what_if(const WhatIfArguments& arguments, const Console& console);

}  // namespace dure::cli
