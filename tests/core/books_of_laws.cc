// What the laws count by themselves: what is held, promised and free, and what limits leave.
#include <algorithm>

#include "laws.h"

namespace dure {

// When the job has reached its time limit, or the end of its grace and of the ten seconds that engines may take.
Time Laws::gone_by(const Job& job) const {
  if (job.state != JobState::stopping) return job.latest_end();
  return std::min(job.latest_end(), stopped_.at(job.id) + job.grace() + seconds(10));
}

// What a job that is being stopped goes on with, in the pool's unit.
std::int64_t Laws::kept(JobId id, PoolId pool) const {
  const auto promise = state_.reservations().find(id);
  if (promise == state_.reservations().end() || !outlasts_a_stop(promise->second.promise)) return 0;
  return state_.amount(state_.shape_of(state_.jobs()[id]), pool, placed_tasks(promise->second.allocation));
}

std::int64_t Laws::wanted(const Job& job, PoolId pool) const {
  const Shape& shape = state_.shape_of(job);
  return state_.amount(shape, pool, shape.tasks_min);
}

std::int64_t Laws::held_by_stopping(TenantId tenant, PoolId pool) const {
  std::int64_t milli = 0;
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    if (job.state != JobState::stopping || job.pool != pool || !state_.tenants().is_within(job.tenant, tenant))
      continue;
    milli += state_.amount(state_.shape_of(job), pool, job.placed_tasks()) - kept(id, pool);
  }
  return milli;
}

std::int64_t Laws::taken_back_for(TenantId tenant, PoolId pool, Time until) const {
  std::int64_t milli = 0;
  for (const auto& [id, promise] : state_.reservations()) {
    const Job& job = state_.jobs()[id];
    if (!takes_back(promise.promise) || promise.pool != pool || promise.from > until) continue;
    if (state_.tenants().is_within(job.tenant, tenant)) milli += wanted(job, pool);
  }
  return milli;
}

// Under all limits on its path, beside what is held and what is being taken back for others.
bool Laws::has_room(const Job& job, PoolId pool) const {
  const auto promise = state_.reservations().find(job.id);
  const bool has_claim =
      promise != state_.reservations().end() && promise->second.pool == pool && takes_back(promise->second.promise);
  const std::int64_t own = has_claim ? wanted(job, pool) : 0;
  const Time until = has_claim ? promise->second.from : Time::never();
  bool is_covered = may_borrow(job, pool) || has_claim || wanted(job, pool) == 0;
  for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) {
    const std::int64_t limit = state_.tenants().quota(*at, pool).limit_milli;
    const std::int64_t taken = state_.usage(*at, pool).held_milli + taken_back_for(*at, pool, until) - own;
    if (limit != no_limit && taken + wanted(job, pool) > limit) return false;
    is_covered = is_covered || taken + wanted(job, pool) <= state_.tenants().quota(*at, pool).guarantee_milli;
  }
  return is_covered;
}

// What others are guaranteed, so that it must be within a guarantee where it is not: who could not leave in time.
bool Laws::may_borrow(const Job& job, PoolId pool) const {
  const PoolSpec& spec = state_.fleet().pool(pool).spec;
  return job.grace() + spec.min_run_time <= spec.reclaim_within || !state_.tenants().quota(job.tenant, pool).is_lent_to;
}

// For the least time of its pool.
bool Laws::has_run_enough(const Job& job) const {
  return job.ordered + state_.fleet().pool(job.pool).spec.min_run_time <= now_;
}

test::Witness Laws::books(PoolId pool, const Jobs& yielding, const Jobs& running, const Jobs& gone) const {
  test::Witness books;
  books.pool = &state_.fleet().pool(pool);
  books.sick = sick_;
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    if (!job.holds_devices() || job.pool != pool || gone.contains(id)) continue;
    const bool is_stopping = job.state == JobState::stopping && !running.contains(id);
    books.held.push_back({.allocation = job.allocation,
                          .demand = state_.shape_of(job).per_task,
                          .end = job.latest_end(),
                          .is_stopping = is_stopping,
                          .by = is_stopping ? gone_by(job) : Time{}});
  }
  for (const auto& [id, promise] : state_.reservations()) {
    if (promise.pool != pool || yielding.contains(id)) continue;
    // Where somebody is moved to nobody comes before.
    const Time from = promise.promise == Promise::move ? now_ : promise.from;
    books.promised.push_back({id, from, promise.allocation, state_.shape_of(state_.jobs()[id]).per_task});
  }
  return books;
}

bool Laws::fits(const test::Witness& books, const Job& job, Fences fences, const std::vector<TenantId>* keepers) const {
  const Shape& shape = state_.shape_of(job);
  const Duration wait = fences == Fences::after_stops ? hours(1) + seconds(10) : Duration{};
  const Time end = state_.now() + wait + job.time_limit;
  const Pool& pool = *books.pool;
  std::uint64_t tasks = 0;
  for (std::uint32_t n = 0; n < pool.node_count; ++n) {
    if (n % pool.nodes_in(shape.within) == 0) tasks = 0;
    const NodeId node{pool.first_node.value + n};
    if (keepers != nullptr && !is_on_rack_of(node, *keepers)) continue;
    if (state_.health(node).is_available() && may_be_on(node, job, end))
      tasks += books.tasks_that_fit(node, shape.per_task, fences);
    if (tasks >= shape.tasks_min) return true;
  }
  return false;
}

}  // namespace dure
