// Racks that are kept for tenants, as the policy sees them (docs/design/0020).
#pragma once

#include <span>
#include <vector>

#include "dure/core/state.h"
#include "dure/fleet/allocation.h"
#include "dure/fleet/capacity_index.h"
#include "dure/policy/pool_queue.h"

namespace dure {

// Returns the tenants on the path of the job's tenant for whom racks of the pool are kept and whose guarantee covers
// the job beside what they hold and what is being taken back for them. `queue` is that of the pool. O(depth).
std::vector<TenantId> keepers_of(const State& state, PoolId pool, const PoolQueue& queue, const Job& job);

// Returns for each tenant the racks of the pool that are not kept for others; empty where none are kept.
// `capacity` is that of the pool. O(tenants x (racks + depth)).
std::vector<GroundId> own_grounds(const State& state, PoolId pool, PoolCapacity& capacity);

// Returns the racks that are kept for the keepers, and no others. O(racks x (keepers + grounds)).
GroundId racks_of(const State& state, PoolId pool, std::span<const TenantId> keepers, PoolCapacity& capacity);

// Whether some of what a job of `holder` has in the pool is lent to it by one of the keepers: on a rack that is kept
// for that one, and `holder` is not of its tenants. O(nodes x (keepers + depth)).
bool is_lent_by(const State& state, PoolId pool, std::span<const TenantId> keepers, TenantId holder,
                const Allocation& allocation);

// The same, by anyone. O(1) where no racks are kept.
bool is_lent_by_any(const State& state, PoolId pool, TenantId holder, const Allocation& allocation);

}  // namespace dure
