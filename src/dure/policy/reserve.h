// When and where a blocked job can start at the latest, by the time limits of what runs.
#pragma once

#include <optional>
#include <span>

#include "dure/base/time.h"
#include "dure/core/state.h"
#include "dure/fleet/allocation.h"
#include "dure/fleet/capacity_index.h"
#include "dure/policy/latest_ends.h"
#include "dure/policy/policy.h"

namespace dure {

struct EarliestStart {
  Time from;
  Allocation allocation;
};

// What is to start: a shape, for as long as the limit, on devices of the ground, before that time.
struct Wish {
  const Shape& shape;
  Duration limit;
  GroundId ground = everywhere;
  Time before = Time::never();
};

// Returns the earliest time from `now` on, and before the wish's, at which its shape, which does not fit now, fits on
// devices that nobody else was promised and that no window takes, or nullopt if never. `stopping` are the
// jobs of the pool that are being stopped; they too are counted on by their time limits alone. `planned` are decisions
// that `ends` and `index` know of and the state does not yet. Leaves `index` as found. O(what ends before that time,
// windows too); with nodes down, all that runs in the pool.
std::optional<EarliestStart> find_earliest_start(const State& state, CapacityIndex& index, PoolId pool,
                                                 const Wish& wish, LatestEnds& ends, const Stopping& stopping, Time now,
                                                 std::span<const Decision> planned);

}  // namespace dure
