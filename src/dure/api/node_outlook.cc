#include "dure/api/node_outlook.h"

#include <algorithm>

namespace dure::api {

void append_on(NodeId node, Time at, const Allocation& allocation, const Demand& demand,
               std::vector<TimedPlacement>& out) {
  auto place = std::lower_bound(allocation.begin(), allocation.end(), node,
                                [](const Placement& placement, NodeId id) { return placement.node < id; });
  for (; place != allocation.end() && place->node == node; ++place) out.push_back({at, *place, demand});
}

NodeAmounts lasting(const NodeAmounts& now, std::span<const TimedPlacement> held,
                    std::span<const TimedPlacement> promised, std::uint32_t devices) {
  NodeAmounts least = now;
  for (const TimedPlacement& horizon : promised) {
    NodeAmounts then = now;
    for (const TimedPlacement& claim : promised) {
      if (claim.at <= horizon.at) then.add(claim.placement, claim.demand, -1);
    }
    for (const TimedPlacement& leaving : held) {
      if (leaving.at <= horizon.at) then.add(leaving.placement, leaving.demand, 1);
    }
    least.lower_to(then, devices);
  }
  return least;
}

}  // namespace dure::api
