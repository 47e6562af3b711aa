// `dure run`: a command as a job, as if it ran here.
#pragma once

#include <string>
#include <vector>

#include "dure/cli/console.h"
#include "dure/cli/job_options.h"
#include "dure/cli/server_address.h"
#include "dure/cli/submission.h"

namespace dure::cli {

struct RunArguments {
  JobOptions job;
  std::vector<std::string> words;  // the command
  bool json = false;
};

// Passes on what task 0 writes. Ctrl-C cancels the job, and a second one leaves at once. With `job.terminal` the
// command has the terminal that this was typed at, and Ctrl-C is its own. Returns the job's exit code, 130 after
// Ctrl-C.
Result<int> run(const RunArguments& arguments, const Surroundings& surroundings, const ServerAddress& address,
                const Console& console);

}  // namespace dure::cli
