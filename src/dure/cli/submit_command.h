// `dure submit`.
#pragma once

#include <string>
#include <vector>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"
#include "dure/cli/job_options.h"
#include "dure/cli/submission.h"

namespace dure::cli {

struct SubmitArguments {
  JobOptions job;
  std::vector<std::string> file;   // its path, and what came behind it; empty: `command` is run
  std::vector<std::string> words;  // behind `--`: the command, or the arguments of the script
  std::string deadline;            // warn or refuse; empty: nothing is asked of start_by
  bool wait = false;
  bool plan = false;  // only say what would come of it
  bool json = false;
};

// Returns the exit code.
Result<int> submit(SubmitArguments arguments, const Surroundings& surroundings, Connection& connection,
                   const Console& console);

// Sends it. `shown` is what the person calls the file, in place of the server's name for it.
// `deadline` as in SubmitArguments.
Result<Received> send_submission(Connection& connection, const Submission& submission, const std::string& shown,
                                 const std::string& deadline = {});

// Takes what is an option of `dure submit` itself out of what came behind a script: --json, --plan, --wait
// and -W.
void take_own_options(SubmitArguments& arguments);

}  // namespace dure::cli
