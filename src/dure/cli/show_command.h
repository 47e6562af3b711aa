// `dure show`, `dure why`, `dure logs` and `dure wait`: what there is to know of a job.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct ShowArguments {
  std::vector<std::string> jobs;
  bool json = false;
};
Result<int> show(const ShowArguments& arguments, Connection& connection, const Console& console);
// Everything that keeps a job from starting, and what would change that.
Result<int> why(const ShowArguments& arguments, Connection& connection, const Console& console);
// Returns when all have ended: the highest of their exit codes.
Result<int> wait(const ShowArguments& arguments, Connection& connection, const Console& console);

struct LogsArguments {
  std::string job;
  std::uint32_t task = 0;
  bool error_stream = false;
  bool follow = false;
  bool json = false;
};
Result<int> logs(const LogsArguments& arguments, Connection& connection, const Console& console);

}  // namespace dure::cli
