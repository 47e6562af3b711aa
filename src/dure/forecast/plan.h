// When and where a job would start if it were submitted now: docs/design/0027-plans.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/core/reservation.h"
#include "dure/core/state.h"
#include "dure/forecast/draw.h"
#include "dure/forecast/quantiles.h"
#include "dure/work/job.h"
#include "dure/work/shape.h"

namespace dure::forecast {

// What is submitted: one job, or those of an array in their order. All of one shape and time limit.
using Wish = std::vector<JobSpec>;

// How long a plan may take.
struct PlanLimits {
  std::uint32_t draws_max = 16;        // >= 2
  std::function<bool()> is_time_up{};  // asked between draws; at least two are made. Empty: never
};

// Of the job, and of an array of the one that starts first, where nothing else is said.
struct Plan {
  Time made;
  Job job;  // the first, after the turn of its submission
  Shape shape;
  std::optional<Reservation> promise;  // to it, likewise
  bool starts_at_once = false;         // that turn orders its start
  std::vector<DrawnStart> starts;      // by draw; where it starts at once that start alone
  std::vector<double> drawn;           // seconds until it starts, ascending; infinity: not within the horizon
  Quantiles start{};                   // corrected as forecasts are; zeros where it starts at once
  std::optional<Quantiles> last;       // of an array: when the last of it has started
  std::vector<std::int64_t> runs_ns;   // how long jobs like it run, within its time limit, ascending; empty: unknown

  // The part of the draws in which it starts within `seconds`: 1 where it starts at once.
  double chance_within(double seconds) const;
  // The place it has in most draws; of equals the one that comes first. Null if it never starts.
  const DrawnStart* likely_place() const;
  // In how many of the draws it starts there.
  std::size_t count_at(const DrawnStart& place) const;
};

// The state after the turn in which `wish` was submitted at `now`, and the turns that follow at once: what a server
// would do, with the same checks. Fails with what it would refuse the job with.
Result<void> submit_into(State& state, Time now, Wish wish, const MakePolicy& make_policy);

// Whether who waits as in `as_is` would be helped by what `changed` is of: it starts within the horizon in half of the
// draws at least, and its median is sooner by a fifth and by five minutes; or it starts at once where it would wait for
// more than a minute.
bool is_sooner(const Plan& changed, const Plan& as_is);

}  // namespace dure::forecast
