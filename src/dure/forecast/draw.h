// One way in which things may go from now on: a copy of the state run forward by the same loop and policy.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "dure/base/random.h"
#include "dure/core/state.h"
#include "dure/policy/policy.h"
#include "dure/world/job_source.h"
#include "dure/world/world.h"

namespace dure::forecast {

// `world` outlives the policy.
using MakePolicy = std::function<std::unique_ptr<Policy>(const World& world)>;
// How much work of a job is left, > 0.
using RunLeft = std::function<Duration(const Job& job)>;

// When each of `jobs`, which are pending or held in `present`, starts next; never() where it does not by `until`. Ends
// as soon as all have, or once `is_closed` is true, where it is not null. Work arrives from `arrivals`. `present` is as
// it is after the last turn until `now`. Takes the memory of a second state and policy. O(jobs + nodes), and what a
// simulation of all that starts and ends meanwhile takes.
std::vector<Time> draw_starts(const State& present, Time now, Time until, std::span<const JobId> jobs,
                              const MakePolicy& make_policy, const RunLeft& run_left, JobSource& arrivals,
                              const std::atomic<bool>* is_closed = nullptr);

}  // namespace dure::forecast
