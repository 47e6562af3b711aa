// The part of Dure's policy that moves jobs for a larger one that finds no room in one piece.
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "dure/core/harm.h"
#include "dure/policy/dure_policy.h"

namespace dure {

// Before anything else: what it needs under limits is its own, and no other pool is to have it.
void DurePolicy::start_moved(const State& state, PoolId id, std::vector<Decision>& out) {
  if (plan_of(id).promises.moves().empty()) return;
  const std::set<JobId> moved = plan_of(id).promises.moves();
  for (const JobId job : moved) start_promised(state, id, job, out);
}

// Whether what was promised to the job is free now, in the way of nobody who is promised something there sooner than
// the job, and on nodes that no window bars.
bool DurePolicy::is_its_place_free(const State& state, PoolId id, const Job& job) {
  PoolCapacity& capacity = index_->pool(id);
  const Allocation& place = plan_of(id).promises[job.id].allocation;
  capacity.count(job.id, false);
  const bool is_free = capacity.is_free(place, state.shape_of(job).per_task);
  capacity.count(job.id, true);
  return is_free && !capacity.is_barred(place, bar_for(id, now_, job.time_limit));
}

// Those with a promise by time limits are few. Tried anew at each plan, with no memory of earlier ones: a policy made
// from the state decides the same.
void DurePolicy::open_holes(const State& state, PoolId id, std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  pool.next_movable = Time::never();
  const std::set<JobId> promised = pool.promises.for_backfill();
  std::optional<Defragmenter> defragmenter;
  for (const JobId job_id : promised) {
    if (!is_fragmented_for(state, id, job_id)) continue;
    const Job& job = state.jobs()[job_id];
    if (!defragmenter) {
      defragmenter.emplace(state, *index_, id, pool.queue, pool.promises, pool.ends, pool.stopping, pool.own_grounds,
                           now_);
    }
    index_->pool(id).count(job_id, false);
    auto hole = defragmenter->find(job, pool.promises[job_id].from);
    // Promises are not moved forward when something ends early: by now the hole may open sooner by itself.
    const auto by_itself = hole ? earliest_start(state, id, job, job.time_limit, out) : std::nullopt;
    index_->pool(id).count(job_id, true);
    pool.next_movable = defragmenter->next_movable();
    if (!hole || (by_itself && !defragmenter->is_worth(job, *hole, by_itself->from))) continue;
    if (starts_elsewhere_before(state, id, job, hole->from + Defragmenter::least_gain, out)) continue;
    move_for(state, id, job, *hole, out);
  }
}

// Whether so much is free in the pool as the job waits for, and it waits for long. O(tenants).
bool DurePolicy::is_fragmented_for(const State& state, PoolId id, JobId job_id) const {
  const PoolPlan& pool = pools_[id.index()];
  const PromiseBook::Entry& promise = pool.promises[job_id];
  if (promise.why != Promise::backfill || promise.from < now_ + after_grace + Defragmenter::least_gain) return false;
  const Job& job = state.jobs()[job_id];
  const std::int64_t wanted = state.amount(state.shape_of(job), id, promise.tasks);
  if (wanted == 0 || job.keeps_failing() || pool.queue.room_for(job) < wanted) return false;
  std::int64_t free = state.fleet().pool(id).capacity();
  for (std::size_t t = 0; t < state.tenants().size(); ++t) {
    const TenantId tenant = id_of<TenantTag>(t);
    if (!state.tenants()[tenant].parent) free -= pool.queue.held(tenant);
  }
  return wanted <= free;
}

// Whether the job starts in another pool by then, if what runs there takes as long as it may.
bool DurePolicy::starts_elsewhere_before(const State& state, PoolId id, const Job& job, Time then,
                                         std::span<const Decision> planned) {
  const Shape& shape = state.shape_of(job);
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const PoolId other = id_of<PoolTag>(i);
    if (other == id || !state.is_eligible(shape, other)) continue;
    if (pools_[i].queue.room_for(job) < state.amount(shape, other, shape.tasks_min)) continue;
    const Terms terms{Fences::respected, bar_for(other, now_, job.time_limit), ground_for(state, other, job)};
    if (index_->pool(other).most_tasks(shape.placing(), shape.within, terms) >= shape.tasks_min) return true;
    const auto earliest = earliest_start(state, other, job, job.time_limit, planned);
    if (earliest && earliest->from < then) return true;
  }
  return false;
}

// Whoever is moved is promised its new place in the same step, and the job what they leave.
void DurePolicy::move_for(const State& state, PoolId id, const Job& job, const Hole& hole, std::vector<Decision>& out) {
  drop(state, job.id, DropCause::improved, out);
  for (const Move& move : hole.moves) {
    book_stop(state, move.job);
    out.push_back(eviction_of(state, state.jobs()[move.job], StopCause::defragment, job.id, now_));
  }
  for (const Move& move : hole.moves) {
    promise_to(state, {move.job, id, move.gone_by, move.to, Promise::move}, out);
  }
  promise_to(state, {job.id, id, hole.from, hole.allocation, Promise::defragment}, out);
}

}  // namespace dure
