// What would come of a job if it were submitted: docs/design/0027-plans.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dure/base/time.h"
#include "dure/forecast/plan.h"
#include "dure/forecast/variants.h"
#include "dure/work/dependency.h"
#include "dure/work/job_spec.h"

namespace dure::api {

// A small change that would start it sooner.
struct PlannedChange {
  forecast::Variation variation = forecast::Variation::wider;
  JobSpec job;  // so changed
  forecast::Plan plan;
};

struct JobPlan {
  JobSpec job;  // as it would be submitted; of an array the first
  std::size_t count = 1;
  forecast::Plan plan;
  std::vector<PlannedChange> changes;  // the soonest first
  Duration horizon;
  std::uint64_t sequence = 0;  // of the last fact that was known

  // The part of the draws in which it starts by then.
  double chance_by(Time by) const { return plan.chance_within(static_cast<double>((by - plan.made).ns) * 1e-9); }
};

}  // namespace dure::api
