// The part of Dure's policy that takes back what is borrowed.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "dure/core/harm.h"
#include "dure/policy/dure_policy.h"

namespace dure {

// Whoever may take back what others borrowed. What is owed comes first in the order of tenants, so that a few looks
// find them.
void DurePolicy::reclaim_for_guarantees(const State& state, PoolId id, Reclaimer& reclaimer,
                                        std::vector<Decision>& out) {
  constexpr int most_failures = 16;
  constexpr int most_looks = 256;
  PoolPlan& pool = plan_of(id);
  pool.next_evictable = Time::never();
  const std::set<JobId> promised = pool.promises.for_backfill();
  const bool may_gain =
      !promised.empty() || !pool.stopping.empty() || is_anything_borrowed(state, id, pool.queue, pool.on_the_way);
  if (!may_gain) return;
  unhide_passed(pool);
  bool is_in_vain = false;
  // Those with a promise by time limits need not wait for that.
  for (JobId promised_job : promised) {
    if (!pool.promises.contains(promised_job)) continue;  // dropped for one before it
    const Job& job = state.jobs()[promised_job];
    const auto by = guarantor_of(state, id, job);
    if (by && !reclaim_for(state, id, {job, *by}, reclaimer, out)) is_in_vain = true;
  }
  std::vector<Candidate> seen;
  int failures = 0;
  for (int looks = 0; looks < most_looks && failures < most_failures;) {
    const auto candidate = pool.queue.next(pool.waiting);
    if (!candidate) break;
    const Job& job = state.jobs()[candidate->job];
    if (const auto by = promised_in(job.id) ? std::nullopt : guarantor_of(state, id, job)) {
      if (reclaim_for(state, id, {job, *by}, reclaimer, out)) continue;
      ++failures;
    }
    pool.queue.hide(candidate->tenant, candidate->job_class);
    seen.push_back(*candidate);
    ++looks;
  }
  for (const Candidate& candidate : seen) pool.queue.unhide(candidate.tenant, candidate.job_class);
  if (is_in_vain || failures > 0) pool.next_evictable = reclaimer.next_evictable();
}

// By whose guarantee the job may take back what is borrowed: by none, once it keeps failing or if it names a window.
// Requires that nothing is being taken back for it.
std::optional<TenantId> DurePolicy::guarantor_of(const State& state, PoolId id, const Job& job) const {
  if (job.keeps_failing() || state.shape_of(job).window) return std::nullopt;
  const PoolPlan& pool = pools_[id.index()];
  return guarantor(state, id, pool.queue, job);
}

// What is freed is promised to the job in the same step. By then all that is being stopped has had its grace, and a
// little more.
bool DurePolicy::reclaim_for(const State& state, PoolId id, const Beneficiary& beneficiary, Reclaimer& reclaimer,
                             std::vector<Decision>& out) {
  const Job& job = beneficiary.job;
  const Shape& shape = state.shape_of(job);
  PoolPlan& pool = plan_of(id);
  PoolCapacity& capacity = index_->pool(id);
  const DemandId demand = capacity.watch(shape.placing());
  const Terms terms{Fences::respected, bar_for(id, now_, job.time_limit)};
  const bool starts_anyway = capacity.fits(demand, shape.tasks_min, shape.within, terms);
  capacity.unwatch(demand);
  if (starts_anyway) return false;
  // What was promised to borrowers does not stand in the way of a guarantee, nor what was to the job itself.
  std::vector<JobId> yielding;
  for (JobId promised : pool.promises.for_backfill()) {
    if (promised == job.id || !guarantor_of(state, id, state.jobs()[promised])) yielding.push_back(promised);
  }
  for (JobId promised : yielding) capacity.count(promised, false);
  const auto reclaim = reclaimer.find(beneficiary);
  for (JobId promised : yielding) capacity.count(promised, true);
  if (!reclaim) return false;
  const Time from = now_ + reclaim->grace + after_grace;
  const bool has_promise = pool.promises.contains(job.id);
  if (has_promise && !reclaim->fits_now && pool.promises[job.id].from <= from) return false;
  drop_yielding(state, id, yielding, job.id, reclaim->allocation, out);
  if (reclaim->fits_now) {
    // What yielded did so for this place. Who may be wider looks for the best one there is now; its own promise is not
    // in its way.
    if (has_promise) capacity.count(job.id, false);
    if (shape.tasks_min < shape.tasks_max) {
      start(state, id, job, terms, out);
    } else {
      start_on(state, {job.id, id, reclaim->allocation}, out);
    }
    return true;
  }
  if (has_promise) drop(state, job.id, DropCause::improved, out);
  for (const Eviction& eviction : reclaim->victims) drop_yielding(state, id, yielding, job.id, eviction.kept, out);
  stop_for(state, id, job, *reclaim, from, out);
  promise_to(state, {job.id, id, from, reclaim->allocation, Promise::reclaim}, out);
  // What is being stopped may have been in its way only later.
  pool.promises.look_again(job.id);
  return true;
}

// Who keeps its minimum is promised that, so that it goes on as soon as it has saved its work.
void DurePolicy::stop_for(const State& state, PoolId id, const Job& beneficiary, const Reclaim& reclaim, Time from,
                          std::vector<Decision>& out) {
  for (const Eviction& eviction : reclaim.victims) {
    const StopCause cause = eviction.kept.empty() ? StopCause::reclaim : StopCause::shrink;
    book_stop(state, eviction.job);
    out.push_back(eviction_of(state, state.jobs()[eviction.job], cause, beneficiary.id, now_));
  }
  for (const Eviction& eviction : reclaim.victims) {
    if (!eviction.kept.empty()) promise_to(state, {eviction.job, id, from, eviction.kept, Promise::keep}, out);
  }
}

void DurePolicy::promise_to(const State& state, ReservationMade promise, std::vector<Decision>& out) {
  book_promise(state, promise, out);
  planned_.push_back(promise.job);
  out.push_back(std::move(promise));
}

// Those that are promised something on the same nodes, if not the same devices: CPUs and memory are the nodes'.
void DurePolicy::drop_yielding(const State& state, PoolId id, std::span<const JobId> yielding, JobId job,
                               const Allocation& taken, std::vector<Decision>& out) {
  const auto is_in_the_way = [&](const Placement& theirs) {
    return std::any_of(taken.begin(), taken.end(), [&](const Placement& ours) { return ours.node == theirs.node; });
  };
  for (JobId promised : yielding) {
    if (promised == job || !plan_of(id).promises.contains(promised)) continue;
    const Allocation& theirs = plan_of(id).promises[promised].allocation;
    if (std::any_of(theirs.begin(), theirs.end(), is_in_the_way)) drop(state, promised, DropCause::reclaimed, out);
  }
}

}  // namespace dure
