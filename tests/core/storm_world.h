// Small random fleets, tenant trees and jobs, and the changes that their operators make to them.
#pragma once

#include <cstdint>

#include "dure/base/random.h"
#include "dure/core/state.h"
#include "dure/policy/dure_policy.h"

namespace dure {

// `fragmented`: most jobs are small, run for hours and have checkpoints, and some want all of some nodes.
enum class StormJobs : std::uint8_t { any, fragmented };

struct StormWorld {
  FleetSpec fleet;
  TenantsSpec tenants;
  DureOptions options;
  StormJobs jobs = StormJobs::any;
};

// Mostly a few nodes, one time in thirty some hundred devices; one or two sites, one to three pools.
StormWorld random_storm_world(Random& random);
// The same tree with other guarantees, limits and weights, and sometimes a leaf more or less.
TenantsSpec edited(Random& random, TenantsSpec tenants, const FleetSpec& fleet);
// Nobody is limited, or guaranteed more than there is.
TenantsSpec without_limits(TenantsSpec tenants);
// A block or a pool more, or nodes that have more or less, or the pools in another order.
FleetSpec edited(Random& random, FleetSpec fleet);
// Tonight or in a while, on these nodes, for a minute to a day; some are reserved.
Window random_window(Random& random, const State& state, std::vector<NodeId> nodes, Time now);
// Gangs, elastic jobs and shares of a GPU, few shapes and limits, so that classes are shared; some name a window.
JobSpec random_storm_job(Random& random, const State& state, StormJobs jobs);

}  // namespace dure
