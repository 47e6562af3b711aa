// `dure events`: what happens, as it happens.
#pragma once

#include <cstdint>
#include <string>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct EventArguments {
  std::string job;  // empty: any, as the next
  std::string tenant;
  bool follow = false;
  std::int64_t last = 100;  // how many facts to go back
  bool json = false;
};

// Prints the last ones, and with `follow` goes on until the server cannot be reached for long.
Result<int> events(const EventArguments& arguments, const ServerAddress& address, const Console& console);

}  // namespace dure::cli
