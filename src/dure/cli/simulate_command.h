// `dure simulate`.
#pragma once

#include <string>
#include <vector>

namespace dure::cli {

struct SimulateArguments {
  std::string scenario;
  std::vector<std::string> overrides;
  std::string out;
  std::string seeds;
  std::string policies;  // separated by commas
  unsigned threads = 0;  // 0: all cores
  bool json = false;
  bool verify = false;
  std::string command;  // as typed
};

// Returns the exit code.
int simulate(const SimulateArguments& arguments);

}  // namespace dure::cli
