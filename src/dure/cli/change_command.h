// `dure cancel`, `hold`, `release` and `update`: what is done to jobs that are there.
#pragma once

#include <string>
#include <vector>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

enum class JobAct : std::uint8_t { cancel, hold, release };

struct ActArguments {
  JobAct act = JobAct::cancel;
  std::vector<std::string> jobs;  // as typed: `12`, `10_2`; `10` is a whole array
  bool json = false;
};
// Goes on after a job that could not be changed. Returns the exit code of the last one that could not.
Result<int> act_on_jobs(const ActArguments& arguments, Connection& connection, const Console& console);

struct UpdateArguments {
  std::vector<std::string> jobs;
  std::string time_limit;  // empty: stays, as the next two
  std::string priority;
  std::string name;
  bool json = false;
};
Result<int> update_jobs(const UpdateArguments& arguments, Connection& connection, const Console& console);

}  // namespace dure::cli
