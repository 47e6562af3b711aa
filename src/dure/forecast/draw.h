// One way in which things may go from now on: a copy of the state run forward by the same loop and policy.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "dure/core/state.h"
#include "dure/policy/policy.h"
#include "dure/runtime/ports.h"
#include "dure/world/job_source.h"
#include "dure/world/world.h"

namespace dure::forecast {

// `world` outlives the policy.
using MakePolicy = std::function<std::unique_ptr<Policy>(const World& world)>;
// How much work of a job is left, > 0.
using RunLeft = std::function<Duration(const Job& job)>;

// From where a draw sets out, and how far it goes.
struct Outset {
  const State& present;  // as it is after the last turn until `now`
  Time now;
  Time until;
  const MakePolicy& make_policy;
  WorldOptions world;
  const std::atomic<bool>* is_closed = nullptr;  // once true, it ends soon; may be null
  bool is_otherwise = false;                     // something was changed since that turn: the policy is asked at once
};

// What happens from the outset until its end, or until `is_over` says so; `observer` hears of it. Returns the state
// then. Work arrives from `arrivals`. Takes the memory of a second state and policy. O(jobs + nodes), and what a
// simulation of all that starts and ends meanwhile takes.
State draw(const Outset& outset, const RunLeft& run_left, JobSource& arrivals, Observer& observer,
           const std::function<bool()>& is_over);

// When each of `jobs`, which are pending or held at the outset, starts next; never() where it does not in time. Ends as
// soon as all have. As above.
std::vector<Time> draw_starts(const Outset& outset, std::span<const JobId> jobs, const RunLeft& run_left,
                              JobSource& arrivals);

// When a job starts, and on what.
struct DrawnStart {
  Time at = Time::never();  // then the rest says nothing
  PoolId pool;
  Allocation allocation;
};

// The same, and where each starts.
std::vector<DrawnStart> draw_places(const Outset& outset, std::span<const JobId> jobs, const RunLeft& run_left,
                                    JobSource& arrivals);

}  // namespace dure::forecast
