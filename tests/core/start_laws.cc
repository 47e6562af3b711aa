// Starts: who may, in which turn, in time, and that nobody waits who could.
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "laws.h"

namespace dure {

// When it is too late for the job to start.
Time Laws::expires(const Job& job) const { return job.start_by && !job.was_running ? *job.start_by : Time::never(); }

// Whether there is time for the job to wait for all that is being stopped in the pool, and for one with that grace.
bool Laws::is_in_time(const Job& job, PoolId pool, Duration grace) const {
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& other = state_.jobs()[id];
    if (other.state == JobState::stopping && other.pool == pool) grace = std::max(grace, other.grace());
  }
  return now_ + grace + seconds(10) < expires(job);
}

// Whether one that is alike but for when it expires may be looked at in its place, and be too late.
bool Laws::is_behind_who_expires(const Job& job) const {
  const std::vector<JobId> ids = state_.jobs().sorted_ids();
  return may_expire(job) && std::any_of(ids.begin(), ids.end(), [&](JobId id) {
           const Job& other = state_.jobs()[id];
           return id != job.id && other.state == JobState::pending && other.shape == job.shape &&
                  other.tenant == job.tenant && expires(other) < expires(job);
         });
}

// Who is of no use later is told to stop, also if it has got devices and the engine is not done with it.
void Laws::nobody_starts_too_late() {
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    const bool is_late = expires(job) <= state_.now();
    expect(!is_late || job.state == JobState::stopping, id, "waits or starts after its deadline");
  }
}

void Laws::only_released_jobs_start(JobId id) {
  const Job& job = state_.jobs()[id];
  expect(job.state == JobState::pending && !job.is_user_held, id, "starts though it does not wait, or is held");
  for (const Dependency& dependency : after_[id]) {
    const auto end = ended_.find(dependency.job);
    expect(end != ended_.end() && is_met(dependency.kind, end->second), id, "starts before what it comes after");
  }
}

// Of jobs that are alike in all that decides where and when they fit, that of the user who has used least is the first
// to start; of one user the oldest. Who was promised a start has it whoever's turn it is, and who has waited too long
// where short jobs go first (docs/design/0013).
void Laws::users_take_turns(JobId id, PoolId pool) {
  const Job& job = state_.jobs()[id];
  if (!state_.tenants()[job.tenant].takes_turns() || state_.reservations().contains(id)) return;
  const Duration patience = std::min(hours(16) + std::min(job.time_limit, hours(12)) * 4, hours(48));
  if (options_.order == LeafOrder::shortest && now_ - job.submitted >= patience) return;
  // As of the end of the minute: what starts now counts at once.
  const std::int64_t weight = state_.usage_clock().weight(Time{now_.ns - now_.ns % minutes(1).ns + minutes(1).ns});
  const auto used = [&](const Job& any) { return state_.user_usage().of({any.tenant, pool, any.user}).usage(weight); };
  for (const JobId other_id : state_.jobs().sorted_ids()) {
    const Job& other = state_.jobs()[other_id];
    const bool is_alike = other.tenant == job.tenant && other.shape == job.shape && other.priority == job.priority &&
                          other.time_limit == job.time_limit && other.grace() == job.grace() &&
                          other.estimate == job.estimate && may_expire(other) == may_expire(job) &&
                          other.keeps_failing() == job.keeps_failing();
    if (other_id == id || other.state != JobState::pending || !is_alike || other.not_before > now_) continue;
    if (state_.reservations().contains(other_id)) continue;
    if (other.user == job.user) {
      expect(std::pair(job.submitted, id) < std::pair(other.submitted, other_id), id,
             "starts before an older job of its user that is alike");
    } else {
      expect(used(job) <= used(other), id, "starts before that of a user who has used less");
    }
  }
}

// What users hold where they take turns is what their tenant holds.
void Laws::use_adds_up() {
  std::map<std::pair<TenantId, PoolId>, std::int64_t> held;
  for (const auto& [key, account] : state_.user_usage().all()) held[{key.tenant, key.pool}] += account.held_milli;
  for (std::size_t t = 0; t < state_.tenants().size(); ++t) {
    for (std::size_t p = 0; p < state_.fleet().pools().size(); ++p) {
      const TenantId tenant = id_of<TenantTag>(t);
      const PoolId pool = id_of<PoolTag>(p);
      const std::int64_t expected = state_.tenants()[tenant].takes_turns() ? state_.usage(tenant, pool).held_milli : 0;
      expect(held[{tenant, pool}] == expected, JobId{}, "users hold together more or less than their tenant");
    }
  }
}

// Invariant 6: at rest nobody waits who fits beside all promises, and whose tenants' limits leave it room.
void Laws::nobody_waits_who_fits() {
  std::map<std::tuple<ShapeId, PoolId, Duration, Duration, TenantId>, bool> known;
  std::map<PoolId, test::Witness> books_of;
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    if (job.state != JobState::pending || job.not_before > state_.now()) continue;
    const Shape& shape = state_.shape_of(job);
    const auto promise = state_.reservations().find(id);
    for (std::size_t p = 0; p < state_.fleet().pools().size(); ++p) {
      const PoolId pool = id_of<PoolTag>(p);
      if (!state_.is_eligible(shape, pool) || !has_room(job, pool)) continue;
      if (promise != state_.reservations().end() && promise->second.pool == pool) {
        expect(is_in_place(job, pool) || !fits(books(pool, {id}, {}, {}), job, Fences::respected), id,
               "fits, is promised, and waits");
        continue;
      }
      const auto [found, is_new] = known.try_emplace({job.shape, pool, job.time_limit, job.grace(), job.tenant});
      if (is_new) {
        if (!books_of.contains(pool)) books_of[pool] = books(pool, {}, {}, {});
        found->second = fits(books_of[pool], job, shape.window ? Fences::ignored : Fences::respected);
      }
      expect(!found->second, id, "invariant 6: fits, may start, and waits");
    }
  }
}

}  // namespace dure
