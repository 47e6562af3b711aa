// `dure fleet`, `dure drain` and `dure resume`.
#pragma once

#include <string>
#include <vector>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct FleetArguments {
  bool nodes = false;
  bool devices = false;
  std::string pool;  // empty: all; only with `nodes` or `devices`
  bool json = false;
};
Result<int> fleet(const FleetArguments& arguments, Connection& connection, const Console& console);

struct NodeArguments {
  std::vector<std::string> nodes;
  std::string reason;  // of a drain
  bool json = false;
};
// Give no new work to nodes; what runs there goes on.
Result<int> drain(const NodeArguments& arguments, Connection& connection, const Console& console);
Result<int> resume(const NodeArguments& arguments, Connection& connection, const Console& console);

}  // namespace dure::cli
