// Priority: who evicts whom within the tenant whose affair that is (docs/design/0019).
#include <algorithm>

#include "laws.h"

namespace dure {

// Whom the job may evict by priority: of less, and within a tenant on both paths that says so.
bool Laws::outranks(const Job& job, const Job& other) const {
  if (other.priority >= job.priority || job.keeps_failing() || state_.shape_of(job).window) return false;
  for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) {
    const auto& within = state_.tenants()[*at].preempts_within;
    if (within == at && state_.tenants().is_within(other.tenant, *at)) return true;
  }
  return false;
}

// What happens by priority stays within the tenant whose affair it is, and below it nobody loses what is guaranteed.
void Laws::a_preemption_is_by_priority(const ReservationMade& promise) {
  const Job& job = state_.jobs()[promise.job];
  yielding_is_for_who_is_owed(promise.job, promise.allocation);
  for (const JobId id : victims_) {
    const Job& victim = state_.jobs()[id];
    expect(victim.pool == promise.pool && outranks(job, victim), id,
           "is evicted for one of no higher priority, or elsewhere");
    expect(has_run_enough(victim), id, "is evicted before the least run time is over");
    if (state_.amount(state_.shape_of(victim), promise.pool, 1) == 0) continue;
    for (std::optional<TenantId> at = victim.tenant; at; at = state_.tenants()[*at].parent) {
      if (state_.tenants().is_within(job.tenant, *at)) break;
      const std::int64_t left = state_.usage(*at, promise.pool).held_milli - held_by_stopping(*at, promise.pool);
      expect(left >= state_.tenants().quota(*at, promise.pool).guarantee_milli, id,
             "invariant 3: is evicted by priority, and its tenant falls below its guarantee");
    }
  }
  victims_are_needed(job, promise.pool, Promise::preempt, promise.allocation);
  victims_know_why(promise.job, StopCause::preempt);
  preemptions_ += victims_.empty() ? 0u : 1u;
  victims_.clear();
}

// Under all limits once what is being stopped has gone, but for these.
bool Laws::has_room_then(const Job& job, PoolId pool, const Jobs& staying) const {
  bool is_covered = may_borrow(job, pool);
  for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) {
    const std::int64_t limit = state_.tenants().quota(*at, pool).limit_milli;
    std::int64_t held = state_.usage(*at, pool).held_milli - held_by_stopping(*at, pool) + taken_back_for(*at, pool);
    for (const JobId id : staying) {
      const Job& stays = state_.jobs()[id];
      if (!state_.tenants().is_within(stays.tenant, *at)) continue;
      held += state_.amount(state_.shape_of(stays), pool, stays.placed_tasks());
    }
    if (limit != no_limit && held + wanted(job, pool) > limit) return false;
    is_covered = is_covered || held + wanted(job, pool) <= state_.tenants().quota(*at, pool).guarantee_milli;
  }
  return is_covered;
}

// At rest nobody waits whom the end of one job of a lower priority would let in. No more than sixteen of a pool are
// tried in vain.
void Laws::priorities_are_served() {
  constexpr std::size_t most_in_vain = 16;
  for (std::size_t p = 0; p < state_.fleet().pools().size(); ++p) {
    const PoolId pool = id_of<PoolTag>(p);
    std::vector<JobId> waiting;
    std::set<TenantId> unclear;  // whose first job may be too late
    for (const JobId id : state_.jobs().sorted_ids()) {
      const Job& job = state_.jobs()[id];
      if (job.state != JobState::pending || !state_.tenants()[job.tenant].preempts_within) continue;
      if (state_.shape_of(job).window || job.keeps_failing()) continue;  // nothing is taken back for it
      if (may_expire(job)) unclear.insert(job.tenant);
      if (job.not_before > state_.now() || !state_.is_eligible(state_.shape_of(job), pool)) continue;
      if (!state_.reservations().contains(id)) waiting.push_back(id);
    }
    if (waiting.size() + state_.reservations().size() > most_in_vain) continue;
    for (const JobId id : waiting) {
      if (!unclear.contains(state_.jobs()[id].tenant)) no_preemption_would_do(state_.jobs()[id], pool);
    }
  }
}

void Laws::no_preemption_would_do(const Job& job, PoolId pool) {
  const Jobs yielding = yielding_to(job.id, pool, Promise::preempt);
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& victim = state_.jobs()[id];
    const bool may_go = victim.holds_devices() && victim.state != JobState::stopping && victim.pool == pool &&
                        outranks(job, victim) && has_run_enough(victim) && is_borrowed(job, victim, pool) &&
                        is_in_time(job, pool, victim.grace());
    if (!may_go) continue;
    std::int64_t missing = 0;  // beyond a limit on both paths, or on the job's alone
    bool is_covered = may_borrow(job, pool);
    for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) {
      const std::int64_t limit = state_.tenants().quota(*at, pool).limit_milli;
      const std::int64_t gone = state_.tenants().is_within(victim.tenant, *at)
                                    ? state_.amount(state_.shape_of(victim), pool, victim.placed_tasks())
                                    : 0;
      const std::int64_t with_it = state_.usage(*at, pool).held_milli - held_by_stopping(*at, pool) - gone +
                                   taken_back_for(*at, pool) + wanted(job, pool);
      if (limit != no_limit) missing = std::max(missing, with_it - limit);
      is_covered = is_covered || with_it <= state_.tenants().quota(*at, pool).guarantee_milli;
    }
    expect(missing > 0 || !is_covered || !fits(books(pool, yielding, {}, {id}), job, Fences::after_stops), job.id,
           "waits though the end of one job of a lower priority would do");
  }
}

}  // namespace dure
