// What would come of a job, as a person reads it.
#pragma once

#include <string>

#include "dure/base/time.h"
#include "dure/cli/answer.h"

namespace dure::cli {

// Lines: when, where, at what cost, why not at once, and what would start it sooner. `plan`: what POST /v1/plans
// answers.
std::string plan_text(const Answer& plan, Time now);

}  // namespace dure::cli
