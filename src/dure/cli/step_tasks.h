// The processes of a step, from their start to their end.
#pragma once

#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/cli/step_plan.h"

namespace dure::cli {

struct StepOutput {
  bool has_labels = false;  // `0: ` before every line of task 0
};

// Starts all tasks of the plan with the command and the environment of this process, and waits for them. Task 0 reads
// this process's standard input, the others nothing. INT, TERM, HUP, USR1, USR2 and CONT are passed on to all. The
// first task that fails ends the others: TERM, and KILL five seconds later. What a task leaves behind is killed.
// Returns the highest of the exit codes, 128 + signal where a signal ended it.
// Requires a process without other threads and other children.
Result<int> run_tasks(const std::vector<std::string>& words, const StepPlan& plan, StepOutput output);

}  // namespace dure::cli
