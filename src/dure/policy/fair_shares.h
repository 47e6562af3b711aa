// By what right a job may have others evicted though nothing is guaranteed to its tenant: that had far less than its
// part, and theirs far more. How often that may be is bounded.
#pragma once

#include <cstdint>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/core/state.h"
#include "dure/policy/pool_queue.h"

namespace dure {

// Whoever went back to the queue so often is left alone: every job comes to its end.
constexpr std::uint32_t evictions_before_spared = 3;

// Of one pool at one instant.
class FairShares {
 public:
  // `queue` is that of the pool, weighed as of `now`; both must outlive this. O(evictions of the last hour).
  FairShares(const State& state, PoolId pool, const PoolQueue& queue, std::uint32_t most_per_hour, Time now);

  // How many more jobs may be evicted now.
  std::uint32_t left() const { return left_; }
  // When the first of those evictions no longer counts: there is more left then, or somebody may take again. Never
  // without any.
  Time next_forgotten() const;

  // Whether jobs of the leaf `gainer` may have jobs of the leaf `loser` evicted: where their paths part, the one has
  // used at most half of what the other has, each for its weight, and the other has taken nothing from it in the same
  // way within the hour: so two cannot take from each other in turn. Nor where priority decides between them. O(depth
  // squared + evictions of the last hour).
  bool may_take(TenantId gainer, TenantId loser) const;
  // Whether there is a leaf that they may take from. O(tenants) times that.
  bool may_take(TenantId gainer) const;

 private:
  const State& state_;
  const PoolQueue& queue_;
  std::vector<FairEviction> lately_;  // in this pool
  std::uint32_t left_ = 0;
};

}  // namespace dure
