// Windows: opens, lists and closes them.
#pragma once

#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

// As typed; what is empty was not given.
struct WindowArguments {
  std::vector<std::string> names;  // of windows to close; of the one to open
  std::vector<std::string> nodes;
  std::string pool;  // all of its nodes
  std::string from;  // a time, or a duration from now on
  std::string until;
  std::string lasts;
  std::string tenant;
  std::string reason;
  bool json = false;
};

Result<int> list_windows(const WindowArguments& arguments, Connection& connection, const Console& console);
Result<int> open_window(const WindowArguments& arguments, Connection& connection, const Console& console);
// Goes on after one that could not be closed.
Result<int> close_windows(const WindowArguments& arguments, Connection& connection, const Console& console);

// A table of windows, as the server lists them; empty without any.
std::string draw_windows(const Answer& windows, const Console& console);

}  // namespace dure::cli
