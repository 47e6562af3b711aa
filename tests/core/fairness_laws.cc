// The laws of evictions that serve fairness alone: few within any hour, from who has had far more than its part, and
// not in turn.
#include <algorithm>

#include "laws.h"

namespace dure {

// As often as options say in any hour of one pool, and by no tenant that lost as much to that one within the hour.
void Laws::fair_evictions_are_few(const StopOrdered& stop) {
  const Job& victim = state_.jobs()[stop.job];
  const Job* beneficiary = stop.why.beneficiary ? state_.jobs().find(*stop.why.beneficiary) : nullptr;
  if (beneficiary == nullptr) return expect(false, stop.job, "is evicted for fairness and not told for whom");
  const FairStop made{.time = now_,
                      .pool = state_.fleet().pool(victim.pool).path,
                      .loser = state_.tenants()[victim.tenant].path,
                      .gainer = state_.tenants()[beneficiary->tenant].path};
  std::erase_if(fair_stops_, [&](const FairStop& one) { return one.time + hours(1) <= now_; });
  const auto here =
      std::count_if(fair_stops_.begin(), fair_stops_.end(), [&](const FairStop& one) { return one.pool == made.pool; });
  expect(here < static_cast<std::ptrdiff_t>(options_.fair_evictions), stop.job,
         "is evicted for fairness, and within an hour as many were as may be");
  const auto is_the_other_way = [&](const FairStop& one) {
    return one.pool == made.pool && one.loser == made.gainer && one.gainer == made.loser;
  };
  expect(std::none_of(fair_stops_.begin(), fair_stops_.end(), is_the_other_way), stop.job,
         "is evicted for fairness for who lost to its tenant within the hour");
  fair_stops_.push_back(made);
  ++fair_evictions_;
}

// Who has gone and comes again is somebody else.
void Laws::forget_who_left() {
  for (FairStop& one : fair_stops_) {
    if (!state_.tenants().find(one.loser)) one.loser.clear();
    if (!state_.tenants().find(one.gainer)) one.gainer.clear();
  }
}

// The highest tenant on its path that the other is not within.
TenantId Laws::side_of(TenantId tenant, TenantId other) const {
  TenantId side = tenant;
  for (std::optional<TenantId> at = tenant; at && !state_.tenants().is_within(other, *at);) {
    side = *at;
    at = state_.tenants()[*at].parent;
  }
  return side;
}

// Whether priority does not decide between them, the victim was not evicted three times before, its side has used at
// least twice as much for its weight, and its tenants that are not the job's too
// keep what is guaranteed to them if they hold so much less than when all has gone that is being stopped.
bool Laws::is_fair(const Job& job, const Job& victim, PoolId pool, std::int64_t less_milli) const {
  if (victim.tenant == job.tenant || state_.amount(state_.shape_of(victim), pool, 1) == 0) return false;
  const auto& scope = state_.tenants()[job.tenant].preempts_within;
  if (victim.evictions >= 3 || (scope && scope == state_.tenants()[victim.tenant].preempts_within)) return false;
  for (std::optional<TenantId> at = victim.tenant; at; at = state_.tenants()[*at].parent) {
    if (state_.tenants().is_within(job.tenant, *at)) break;
    const std::int64_t left = state_.usage(*at, pool).held_milli - held_by_stopping(*at, pool) - less_milli;
    if (left < state_.tenants().quota(*at, pool).guarantee_milli) return false;
  }
  const Time minute{now_.ns - now_.ns % minutes(1).ns + minutes(1).ns};
  const std::int64_t weight = state_.usage_clock().weight(std::max(minute, state_.usage_clock().epoch()));
  const TenantId ours = side_of(job.tenant, victim.tenant);
  const TenantId theirs = side_of(victim.tenant, job.tenant);
  const Wide our_use = state_.usage(ours, pool).usage(weight) * state_.tenants()[theirs].weight;
  const Wide their_use = state_.usage(theirs, pool).usage(weight) * state_.tenants()[ours].weight;
  return their_use > 0 && our_use * 2 <= their_use;
}

void Laws::a_fair_eviction_is_fair(const ReservationMade& promise) {
  const Job& job = state_.jobs()[promise.job];
  expect(!victims_.empty(), promise.job, "is promised for fairness what nobody gives");
  const bool was_taken_back = job.evictions > 0 && job.last_eviction.cause == StopCause::reclaim;
  expect(!was_taken_back, promise.job, "has others evicted for fairness, and a guarantee took it back");
  expect(!job.keeps_failing() && !state_.shape_of(job).window && wanted(job, promise.pool) > 0, promise.job,
         "has others evicted for fairness, and may not");
  for (const JobId id : victims_) {
    const Job& victim = state_.jobs()[id];
    expect(victim.pool == promise.pool && is_fair(job, victim, promise.pool, 0), id,
           "is evicted for fairness, and its tenant has not had far more, or falls below its guarantee");
    expect(has_run_enough(victim), id, "is evicted for fairness before it has run for its pool's least time");
  }
  victims_are_needed(job, promise.pool, Promise::fairness, promise.allocation);
  victims_know_why(promise.job, StopCause::fairness);
  victims_.clear();
}

// At rest nobody waits whom one such eviction would let in, where one is left. No more than sixteen of a pool are tried
// in vain; time limits tell jobs of one class apart where there are windows.
void Laws::shares_are_served() {
  constexpr std::size_t most_in_vain = 16;
  if (options_.fair_evictions == 0 || !state_.windows().empty()) return;
  for (std::size_t p = 0; p < state_.fleet().pools().size(); ++p) {
    const PoolId pool = id_of<PoolTag>(p);
    const auto lately = std::count_if(fair_stops_.begin(), fair_stops_.end(), [&](const FairStop& one) {
      return one.pool == state_.fleet().pool(pool).path && one.time + hours(1) > now_;
    });
    if (lately >= static_cast<std::ptrdiff_t>(options_.fair_evictions)) continue;
    std::vector<JobId> waiting;
    std::set<TenantId>
        unclear;  // whose first job may be one for which nobody is evicted, is promised something, or is too late
    for (const JobId id : state_.jobs().sorted_ids()) {
      const Job& job = state_.jobs()[id];
      if (job.keeps_failing() || may_expire(job) || state_.reservations().contains(id)) unclear.insert(job.tenant);
      if (job.state != JobState::pending || job.not_before > state_.now()) continue;
      if (state_.is_eligible(state_.shape_of(job), pool) && !state_.reservations().contains(id)) waiting.push_back(id);
    }
    if (waiting.size() + state_.reservations().size() > most_in_vain) continue;
    for (const JobId id : waiting) {
      if (!unclear.contains(state_.jobs()[id].tenant)) no_fair_eviction_would_do(state_.jobs()[id], pool);
    }
  }
}

void Laws::no_fair_eviction_would_do(const Job& job, PoolId pool) {
  const bool is_owed = options_.reclaims && guarantor(job, pool);
  if (job.evictions > 0 && job.last_eviction.cause == StopCause::reclaim) return;
  if (is_owed || wanted(job, pool) == 0 || !has_room(job, pool) || !state_.may_borrow(job.grace(), pool)) return;
  if (fits(books(pool, {job.id}, {}, {}), job, Fences::after_stops)) return;  // it waits for what leaves anyway
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& victim = state_.jobs()[id];
    if (!victim.holds_devices() || victim.state == JobState::stopping || victim.pool != pool) continue;
    const std::int64_t held = state_.amount(state_.shape_of(victim), pool, victim.placed_tasks());
    if (!is_in_time(job, pool, victim.grace())) continue;
    if (!has_run_enough(victim) || !is_fair(job, victim, pool, held) || has_lost_lately(victim, job, pool)) continue;
    expect(!fits(books(pool, {job.id}, {}, {id}), job, Fences::after_stops), job.id,
           "waits though fairness may evict the one job that is in its way");
  }
}

// Whether anybody on the job's side lost a job to anybody on the victim's within the hour.
bool Laws::has_lost_lately(const Job& victim, const Job& job, PoolId pool) const {
  const TenantId ours = side_of(job.tenant, victim.tenant);
  const TenantId theirs = side_of(victim.tenant, job.tenant);
  return std::any_of(fair_stops_.begin(), fair_stops_.end(), [&](const FairStop& one) {
    const auto loser = state_.tenants().find(one.loser);
    const auto gainer = state_.tenants().find(one.gainer);
    return one.pool == state_.fleet().pool(pool).path && one.time + hours(1) > now_ && loser && gainer &&
           state_.tenants().is_within(*loser, ours) && state_.tenants().is_within(*gainer, theirs);
  });
}

}  // namespace dure
