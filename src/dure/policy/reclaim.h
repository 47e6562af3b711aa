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

// Whether some tenant on the path of the job's tenant would hold no more than its guarantee with the job and with those
// that are promised a start already. `queue` is that of the pool. O(depth x promised).
bool is_guaranteed(const State& state, PoolId pool, const PoolQueue& queue, const Job& job,
                   std::span<const JobId> promised);

// Returns whom to evict so that `job`, which does not fit now, fits; nullopt if no borrowed work is enough, or if what
// is being stopped already, also by `planned`, will be. A victim's eviction takes no tenant below its guarantee, but
// those that the job itself is below. Leaves `index` as found. O(n log n) for n that run in the pool.
std::optional<Reclaim> find_reclaim(const State& state, CapacityIndex& index, PoolId pool, const PoolQueue& queue,
                                    const Job& job, LatestEnds& running, Time now, std::span<const Decision> planned);

}  // namespace dure
