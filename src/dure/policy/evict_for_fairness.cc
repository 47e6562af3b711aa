// The part of Dure's policy that has a few jobs evicted where one tenant has had far less than its part and another far
// more.
#include <algorithm>
#include <vector>

#include "dure/policy/dure_policy.h"
#include "dure/policy/fair_shares.h"

namespace dure {

// One beneficiary a plan: what is decided is counted once it is a fact. Tenants in order, the least served first.
void DurePolicy::evict_for_fairness(const State& state, PoolId id, Reclaimer& reclaimer, std::vector<Decision>& out) {
  constexpr int most_failures = 16;
  constexpr int most_looks = 256;
  PoolPlan& pool = plan_of(id);
  pool.awaits_fairness = false;
  if (!is_anything_borrowed(state, id, pool.queue, pool.on_the_way)) return;
  const FairShares shares(state, id, pool.queue, options_.fair_evictions, now_);
  pool.next_evictable = std::min(pool.next_evictable, shares.next_forgotten());
  if (shares.left() == 0) return;
  int failures = 0;
  const auto serve = [&](const Job& job) {
    pool.awaits_fairness = true;
    if (!may_be_served_by_fairness(state, id, job) || !shares.may_take(job.tenant)) return false;
    if (reclaim_for(state, id, {.job = job, .within = job.tenant, .right = Right::fairness, .shares = &shares},
                    reclaimer, out))
      return true;
    pool.next_evictable = std::min(pool.next_evictable, reclaimer.next_evictable());
    ++failures;
    return false;
  };
  unhide_passed(pool);
  for (const JobId promised : pool.promises.for_backfill()) {
    if (failures == most_failures || serve(state.jobs()[promised])) return;
  }
  std::vector<Candidate> seen;
  for (int looks = 0; looks < most_looks && failures < most_failures; ++looks) {
    const auto candidate = pool.queue.next(pool.waiting);
    if (!candidate) break;
    if (may_gain(id, candidate->job) && serve(state.jobs()[candidate->job])) break;
    pool.queue.hide(candidate->tenant, candidate->job_class);
    seen.push_back(*candidate);
  }
  for (const Candidate& candidate : seen) pool.queue.unhide(candidate.tenant, candidate.job_class);
}

// Whether it waits for devices alone, holds what the pool counts, and has no guarantee that takes them back for it.
bool DurePolicy::may_be_served_by_fairness(const State& state, PoolId id, const Job& job) {
  const Shape& shape = state.shape_of(job);
  const std::int64_t wanted = state.amount(shape, id, shape.tasks_min);
  if (job.keeps_failing() || shape.window || wanted == 0) return false;
  // What a guarantee took back is not taken from it again in another way.
  if (job.evictions > 0 && job.last_eviction.cause == StopCause::reclaim) return false;
  if (options_.reclaims && guarantor_of(state, id, job)) return false;
  PoolPlan& pool = plan_of(id);
  if (pool.queue.room_for(job) < wanted) return false;
  if (promised_in(job.id) == id) return true;  // it waits for that, and is looked at when others are evicted
  const DemandId demand = index_->pool(id).watch(shape.placing());
  const bool starts_anyway = terms_for(state, id, job, demand).has_value();
  index_->pool(id).unwatch(demand);
  return !starts_anyway;
}

}  // namespace dure
