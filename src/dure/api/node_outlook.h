// What is free for good on one node, from all that is held and promised there: as the policy's own Outlook has it, made
// anew from nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dure/base/time.h"
#include "dure/fleet/allocation.h"
#include "dure/fleet/room.h"

namespace dure::api {

// One placement on the node, and when it leaves, or is taken.
struct TimedPlacement {
  Time at;
  Placement placement;
  Demand demand;
};

// Appends the placements of an allocation that lie on the node. O(log allocation + what it appends).
void append_on(NodeId node, Time at, const Allocation& allocation, const Demand& demand,
               std::vector<TimedPlacement>& out);

// Returns the least, amount by amount, of what is free now and of what is free at the time of each promise: by then
// what ends until then has left, and what is promised until then is taken. Amounts may be below zero. `now` is free at
// present; `held` end at `at` at the latest. O(promised x (promised + held)).
NodeAmounts lasting(const NodeAmounts& now, std::span<const TimedPlacement> held,
                    std::span<const TimedPlacement> promised, std::uint32_t devices);

}  // namespace dure::api
