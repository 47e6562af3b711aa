// What `dure run -it` does besides `dure run`: a person and a job at one terminal.
#pragma once

#include "dure/cli/attendance.h"
#include "dure/cli/connection.h"

namespace dure::cli {

// An error unless the standard input is a terminal.
Result<void> check_has_terminal();
// An error unless the server runs on this machine, under an account whose files this one may open: the job's terminal
// is reached by a file.
Result<void> check_is_here(Connection& connection);

// Waits until the job has its terminal, and passes on keys and output to its end. Returns the job's exit code, or 130.
// A terminal that goes away here leaves the job to itself: 129.
Result<int> run_at_terminal(Attendance& attendance);

}  // namespace dure::cli
