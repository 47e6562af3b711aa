// The part of Dure's policy that takes back what is borrowed, and what is of a lower priority.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "dure/core/harm.h"
#include "dure/policy/dure_policy.h"
#include "dure/policy/expiry.h"
#include "dure/policy/kept_racks.h"

namespace dure {
namespace {

StopCause cause_of(Right right) {
  switch (right) {
    case Right::guarantee:
    case Right::racks: return StopCause::reclaim;
    case Right::priority: return StopCause::preempt;
    case Right::fairness: return StopCause::fairness;
  }
  return StopCause::asked;
}

Promise promise_by(Right right) {
  switch (right) {
    case Right::guarantee:
    case Right::racks: return Promise::reclaim;
    case Right::priority: return Promise::preempt;
    case Right::fairness: return Promise::fairness;
  }
  return Promise::backfill;
}

}  // namespace

// Whether more may be taken back in the pool for the job: it has no promise, or one by time limits in another pool.
// What it is promised here is asked for before.
bool DurePolicy::may_gain(PoolId id, JobId job) const {
  const std::optional<PoolId> promised = promised_in(job);
  return !promised || (promised != id && pools_[promised->index()].promises[job].why == Promise::backfill);
}

// Whoever is within a guarantee and fits, before others borrow what they would be evicted from for it.
void DurePolicy::start_owed(const State& state, PoolId id, std::vector<Decision>& out) {
  constexpr int most_looks = 256;
  PoolPlan& pool = plan_of(id);
  if (!pool.queue.has_guarantees()) return;
  if (pool.stale) find_open_classes(state, id);
  std::vector<Candidate> seen;
  for (int looks = 0; looks < most_looks; ++looks) {
    const auto candidate = pool.queue.next(pool.open);
    if (!candidate) break;
    const Job& job = state.jobs()[candidate->job];
    const bool is_owed = may_gain(id, job.id) && guarantor_of(state, id, job);
    const auto terms =
        is_owed ? terms_for(state, id, job, pool.demand_of(candidate->job_class)) : std::optional<Terms>{};
    if (terms) {
      start(state, id, job, *terms, out);
    } else {
      pool.queue.hide(candidate->tenant, candidate->job_class);
      seen.push_back(*candidate);
    }
  }
  for (const Candidate& candidate : seen) pool.queue.unhide(candidate.tenant, candidate.job_class);
}

// Whoever may take back what others borrowed. What is owed comes first in the order of tenants, so that a few looks
// find them.
void DurePolicy::reclaim_for_guarantees(const State& state, PoolId id, Reclaimer& reclaimer,
                                        std::vector<Decision>& out) {
  constexpr int most_failures = 16;
  constexpr std::size_t most_looks = 256;
  PoolPlan& pool = plan_of(id);
  const std::set<JobId> promised = pool.promises.for_backfill();
  const bool is_worth_it = !promised.empty() || !pool.stopping.empty() || state.tenants().kept_racks(id) > 0 ||
                           is_anything_borrowed(state, id, pool.queue, pool.on_the_way);
  if (!is_worth_it) return;
  unhide_passed(pool);
  bool is_in_vain = false;
  // Those with a promise by time limits need not wait for that.
  for (JobId promised_job : promised) {
    if (!pool.promises.contains(promised_job)) continue;  // dropped for one before it
    if (pool.promises[promised_job].why == Promise::defragment) continue;
    const Job& job = state.jobs()[promised_job];
    const auto by = guarantor_of(state, id, job);
    if (by && !reclaim_within_guarantee(state, id, job, *by, reclaimer, out)) is_in_vain = true;
  }
  std::vector<Candidate> hidden;
  std::vector<Candidate> seen;
  int failures = 0;
  for (bool again = is_anybody_owed(state, id, pool.queue, pool.waiting); again;) {
    again = false;
    pool.queue.visit_in_order(pool.waiting, [&](const Candidate& candidate) {
      if (hidden.size() + seen.size() == most_looks || failures == most_failures) return false;
      const Job& job = state.jobs()[candidate.job];
      if (const auto by = may_gain(id, job.id) ? guarantor_of(state, id, job) : std::nullopt) {
        again = reclaim_within_guarantee(state, id, job, *by, reclaimer, out);
        if (again) return false;
        ++failures;
      }
      seen.push_back(candidate);
      return true;
    });
    // Whom it served changes the order: those before it are not looked at again.
    for (const Candidate& candidate : seen) {
      if (again) pool.queue.hide(candidate.tenant, candidate.job_class);
    }
    if (again) hidden.insert(hidden.end(), seen.begin(), seen.end());
    seen.clear();
  }
  for (const Candidate& candidate : hidden) pool.queue.unhide(candidate.tenant, candidate.job_class);
  pool.is_in_vain = is_in_vain || failures > 0;
  if (pool.is_in_vain) pool.next_evictable = reclaimer.next_evictable();
}

// Who could not leave in time keeps off racks that are kept for others, as it is lent nothing else. A job that names a
// window is where that is.
GroundId DurePolicy::ground_for(const State& state, PoolId id, const Job& job) const {
  const bool is_free = state.may_borrow(job.grace(), id) || state.shape_of(job).window;
  return is_free ? everywhere : own_ground(id, job.tenant);
}

// What is borrowed goes first; then what others have on racks that are kept for the job's tenants, and these racks are
// where it goes: there nobody else has a right to take its place again.
bool DurePolicy::reclaim_within_guarantee(const State& state, PoolId id, const Job& job, TenantId guarantor,
                                          Reclaimer& reclaimer, std::vector<Decision>& out) {
  if (reclaim_for(state, id, {job, guarantor}, reclaimer, out)) return true;
  std::vector<TenantId> keepers = keepers_of(state, id, plan_of(id).queue, job);
  if (keepers.empty()) return false;
  return reclaim_for(state, id, {job, guarantor, Right::racks, std::move(keepers)}, reclaimer, out);
}

// Whoever is of a higher priority than something that runs within the tenant whose affair that is: the highest first,
// then the oldest. Limits hide nobody here: what goes may be what leaves room under them. O(classes of such leaves).
void DurePolicy::preempt_by_priority(const State& state, PoolId id, Reclaimer& reclaimer, std::vector<Decision>& out) {
  constexpr int most_failures = 16;
  PoolPlan& pool = plan_of(id);
  if (pool.running_priorities.empty()) return;
  int failures = 0;
  for (JobId promised : pool.promises.for_backfill()) {
    const Job& job = state.jobs()[promised];
    if (pool.promises[promised].why == Promise::defragment) continue;
    if (!outranks_any(state, pool, job)) continue;
    if (reclaim_for(state, id, {job, *preempts_within(state, job), Right::priority}, reclaimer, out)) {
      return preempt_by_priority(state, id, reclaimer, out);  // others may have lost their promises
    }
    if (++failures == most_failures) break;
  }
  std::set<ByPriority> candidates;
  const auto consider_front = [&](TenantId leaf, ClassId job_class, const ClassQueue::Entry& front) {
    const Job& job = state.jobs()[front.job];
    if (may_gain(id, job.id) && outranks_any(state, pool, job)) candidates.insert({front, leaf, job_class});
  };
  pool.queue.for_each_preempting_front(consider_front);
  for (; !candidates.empty() && failures < most_failures;) {
    const ByPriority first = candidates.extract(candidates.begin()).value();
    const Job& job = state.jobs()[first.entry.job];
    if (!outranks_any(state, pool, job)) continue;  // what it outranked is being stopped for others
    if (!reclaim_for(state, id, {job, *preempts_within(state, job), Right::priority}, reclaimer, out)) {
      ++failures;
    } else if (const auto next = pool.queue.front(first.leaf, first.job_class)) {
      consider_front(first.leaf, first.job_class, *next);
    }
  }
  if (failures == 0) return;
  pool.is_in_vain = true;
  pool.next_evictable = std::min(pool.next_evictable, reclaimer.next_evictable());
}

// Whether anything runs that the job could evict by priority. O(log priorities).
bool DurePolicy::outranks_any(const State& state, const PoolPlan& pool, const Job& job) {
  const auto within = preempts_within(state, job);
  if (!within) return false;
  const auto running = pool.running_priorities.find(*within);
  return running != pool.running_priorities.end() && running->second.begin()->first < job.priority;
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
  const Terms terms{Fences::respected, bar_for(id, now_, job.time_limit), ground_for(state, id, job)};
  const bool has_room =
      beneficiary.right != Right::priority || pool.queue.room_for(job) >= state.amount(shape, id, shape.tasks_min);
  const bool starts_anyway = has_room && capacity.fits(demand, shape.tasks_min, shape.within, terms);
  capacity.unwatch(demand);
  if (starts_anyway || leaves_to_later(state, id, job)) return false;
  const bool is_by_guarantee = beneficiary.right == Right::guarantee;
  if (is_by_guarantee && pool.in_vain_for.holds(job.id, beneficiary.within, now_)) {
    reclaimer.look_who_is_fresh();
    return false;
  }
  // What was promised to borrowers does not stand in the way of a guarantee, nor what was to the job itself.
  const std::vector<JobId> yielding = yielding_to(state, id, beneficiary);
  const std::uint64_t mark = capacity.mark();
  for (JobId promised : yielding) capacity.count(promised, false);
  const auto reclaim =
      reclaimer.find(beneficiary, beneficiary.right == Right::racks ? racks_of(state, id, beneficiary.keepers, capacity)
                                                                    : terms.ground);
  for (JobId promised : yielding) capacity.count(promised, true);
  capacity.undone_since(mark);
  if (!reclaim) {
    // Who expires, or may not run into a window, finds other terms as time passes, and a promise that yields later
    // leaves room. What this plan starts may be evicted from the next one on.
    const bool is_settled = is_by_guarantee && planned_.empty() && !has_windows(id) && !may_expire(job) &&
                            yielding.size() == pool.promises.for_backfill().size();
    if (is_settled && reclaimer.changes_needed()) {
      pool.in_vain_for.note(job.id, beneficiary.within, *reclaimer.changes_needed(), reclaimer.next_evictable());
    }
    return false;
  }
  const Time from = now_ + reclaim->grace + after_grace;
  const std::optional<PoolId> promised = promised_in(job.id);
  if (promised && !reclaim->fits_now && plan_of(*promised).promises[job.id].from <= from) return false;
  drop_yielding(state, id, yielding, beneficiary, reclaim->allocation, out);
  if (reclaim->fits_now) {
    // What yielded did so for this place. Who may be wider looks for the best one there is now; its own promise is not
    // in its way.
    if (promised == id) capacity.count(job.id, false);
    if (shape.tasks_min < shape.tasks_max) {
      start(state, id, job, terms, out);
    } else {
      start_on(state, {job.id, id, reclaim->allocation}, out);
    }
    return true;
  }
  if (promised) drop(state, job.id, DropCause::improved, out);
  for (const Eviction& eviction : reclaim->victims) drop_yielding(state, id, yielding, beneficiary, eviction.kept, out);
  stop_for(state, id, beneficiary, *reclaim, from, out);
  promise_to(state, {job.id, id, from, reclaim->allocation, promise_by(beneficiary.right)}, out);
  // What is being stopped may have been in its way only later.
  pool.promises.look_again(job.id);
  return true;
}

// Who keeps its minimum is promised that, so that it goes on as soon as it has saved its work.
void DurePolicy::stop_for(const State& state, PoolId id, const Beneficiary& beneficiary, const Reclaim& reclaim,
                          Time from, std::vector<Decision>& out) {
  const StopCause in_full = cause_of(beneficiary.right);
  for (const Eviction& eviction : reclaim.victims) {
    const StopCause cause = eviction.kept.empty() ? in_full : StopCause::shrink;
    book_stop(state, eviction.job);
    out.push_back(eviction_of(state, state.jobs()[eviction.job], cause, beneficiary.job.id, now_));
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

// Of those that are promised something in the pool: by time limits, or on racks that are kept for the beneficiary.
std::vector<JobId> DurePolicy::yielding_to(const State& state, PoolId id, const Beneficiary& beneficiary) const {
  const PromiseBook& promises = pools_[id.index()].promises;
  std::vector<JobId> yielding;
  for (JobId promised : promises.for_backfill()) {
    const bool yields = promised == beneficiary.job.id || yields_to(state, id, beneficiary, state.jobs()[promised]);
    if (yields) yielding.push_back(promised);
  }
  if (beneficiary.right != Right::racks) return yielding;
  for (const auto& [promised, entry] : promises.all()) {
    const bool is_known = std::find(yielding.begin(), yielding.end(), promised) != yielding.end();
    if (!is_known && is_lent_by(state, id, beneficiary.keepers, entry.tenant, entry.allocation)) {
      yielding.push_back(promised);
    }
  }
  return yielding;
}

// Whether what is promised by time limits to this one does not stand in the way: it is owed to nobody by a guarantee,
// or, by priority, to one of less of the same tenants. To fairness nothing yields.
bool DurePolicy::yields_to(const State& state, PoolId id, const Beneficiary& beneficiary, const Job& promised) const {
  if (beneficiary.right == Right::fairness) return false;
  if (beneficiary.right != Right::priority) return !guarantor_of(state, id, promised);
  if (promised.priority >= beneficiary.job.priority) return false;
  if (!state.tenants().is_within(promised.tenant, beneficiary.within)) return false;
  return promised.tenant == beneficiary.job.tenant || !guarantor_of(state, id, promised);
}

// Those that are promised something on the same nodes, if not the same devices: CPUs and memory are the nodes'.
void DurePolicy::drop_yielding(const State& state, PoolId id, std::span<const JobId> yielding,
                               const Beneficiary& beneficiary, const Allocation& taken, std::vector<Decision>& out) {
  const auto is_in_the_way = [&](const Placement& theirs) {
    return std::any_of(taken.begin(), taken.end(), [&](const Placement& ours) { return ours.node == theirs.node; });
  };
  const DropCause cause = beneficiary.right == Right::priority ? DropCause::preempted : DropCause::reclaimed;
  for (JobId promised : yielding) {
    if (promised == beneficiary.job.id || !plan_of(id).promises.contains(promised)) continue;
    const Allocation& theirs = plan_of(id).promises[promised].allocation;
    if (std::any_of(theirs.begin(), theirs.end(), is_in_the_way)) drop(state, promised, cause, out);
  }
}

}  // namespace dure
