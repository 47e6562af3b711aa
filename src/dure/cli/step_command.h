// `dure step`, also known as `srun`: tasks inside the job that calls it.
#pragma once

#include "dure/base/result.h"
#include "dure/cli/console.h"
#include "dure/cli/server_address.h"
#include "dure/cli/step_plan.h"

namespace dure::cli {

// Starts the tasks and waits for them; no server is asked. Returns the highest of their exit codes.
// Requires a process without other threads and other children.
Result<int> step(const StepArguments& arguments, const Environment& environment, const Console& console);

}  // namespace dure::cli
