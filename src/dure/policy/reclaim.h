// Taking borrowed capacity back for a job within its tenant's guarantee. A first, simple version: whole jobs, the least
// work lost first, and only if the job then fits.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dure/base/time.h"
#include "dure/core/state.h"
#include "dure/fleet/allocation.h"
#include "dure/fleet/capacity_index.h"
#include "dure/policy/latest_ends.h"
#include "dure/policy/policy.h"
#include "dure/policy/pool_queue.h"

namespace dure {

struct Reclaim {
  std::vector<JobId> victims;  // put any one back, and the job no longer fits
  Allocation allocation;       // where the job fits once they are gone
  Duration grace;              // the longest that any of them was given
};

// Returns the lowest tenant on the path of the job's tenant that would hold no more than its guarantee with the job and
// with those that are promised a start already; nullopt if there is none. What a pool does not count, such as the CPUs
// of a job without GPUs where there are GPUs, nothing guarantees. `queue` is that of the pool. O(depth x promised).
std::optional<TenantId> guarantor(const State& state, PoolId pool, const PoolQueue& queue, const Job& job,
                                  std::span<const JobId> promised);

// Who takes back, and by whose guarantee.
struct Beneficiary {
  const Job& job;
  TenantId guarantor;
};

// Returns whom to evict so that the job, which does not fit now, fits; nullopt if no borrowed work is enough, or if
// what is being stopped already, also by `planned`, will be. A victim's eviction takes no tenant below its guarantee,
// but those that the job itself is below. What the guarantor's own tenants run is not borrowed: with the job it is
// within the same guarantee. Leaves `index` as found. O(n log n) for n that run in the pool.
std::optional<Reclaim> find_reclaim(const State& state, CapacityIndex& index, PoolId pool, const PoolQueue& queue,
                                    const Beneficiary& beneficiary, LatestEnds& running, Time now,
                                    std::span<const Decision> planned);

}  // namespace dure
