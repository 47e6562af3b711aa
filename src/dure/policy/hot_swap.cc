// The part of Dure's policy that finds other nodes for a gang that has lost some, so that the rest of it goes on.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "dure/core/harm.h"
#include "dure/policy/dure_policy.h"

namespace dure {
namespace {

// The nodes of a pool that share a domain of the level with one.
struct Span {
  NodeId first;
  std::uint32_t count = 0;

  static Span around(const Pool& pool, NodeId node, Level level) {
    const std::uint32_t count = pool.nodes_in(level);
    return {NodeId{pool.first_node.value + pool.domain_of(node, level) * count}, count};
  }
  bool contains(NodeId node) const { return node >= first && node.value - first.value < count; }
  std::uint32_t tasks_of(const Allocation& allocation) const {
    std::uint32_t tasks = 0;
    for (const Placement& at : allocation) tasks += contains(at.node) ? at.tasks : 0;
    return tasks;
  }
};

// How far from the failed node a spare may lie: a segment is not torn apart, whole ones may go elsewhere.
Level reach_of(const Shape& shape, std::uint32_t tasks) {
  if (shape.segments.whole_groups_of(tasks) == tasks) return shape.within;
  return std::min(shape.within, shape.segments.within);
}

}  // namespace

void DurePolicy::note_swapper(PoolPlan& pool, const Job& job, const Allocation& held) {
  if (job.hot_swap && held.front().node != held.back().node) pool.swappers.insert(job.id);
}

// Decides about gangs that a fault has broken. Returns whether there is anything to be done: nothing else is planned
// beside, as all that counts on where they are must first see it. O(gangs that may swap x their nodes), where a node
// went or came.
bool DurePolicy::mend_gangs(const State& state, std::vector<Decision>& out) {
  const std::size_t before = out.size();
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const PoolId id = id_of<PoolTag>(i);
    PoolPlan& pool = pools_[i];
    if (!pool.is_shaken) continue;
    std::vector<JobId> broken;
    for (const JobId job_id : pool.swappers) {
      const Job& job = state.jobs()[job_id];
      if (job.may_swap() && !state.failed_nodes(job.allocation).empty()) broken.push_back(job_id);
    }
    if (broken.empty()) continue;
    // A promise that is broken as well keeps nobody from a spare.
    drop_shaken(state, id, out);
    for (const JobId job : broken) mend(state, state.jobs()[job], out);
  }
  return out.size() > before;
}

void DurePolicy::mend(const State& state, const Job& job, std::vector<Decision>& out) {
  if (auto swap = find_spares(state, job)) {
    book_swap(state, job, *swap);
    planned_.push_back(job.id);
    out.push_back(*std::move(swap));
    return;
  }
  book_stop(state, job.id);
  out.push_back(stop_for_fault(state, job, now_));
}

// A spare for each of its nodes that failed; nullopt if one of them has none, if none is left to go on with, or if the
// job may be what breaks them.
std::optional<NodesSwapped> DurePolicy::find_spares(const State& state, const Job& job) {
  NodesSwapped swap{.job = job.id, .from = state.failed_nodes(job.allocation), .to = {}};
  Allocation held = part_off(job.allocation, swap.from);
  if (held.empty() || job.latest_end() <= now_) return std::nullopt;
  if (!job.has_settled(now_) && job.failures + 1 >= failures_before_pause) return std::nullopt;
  const Shape& shape = state.shape_of(job);
  const auto bar = bar_now(state, job.pool, shape, job.latest_end() - now_);
  if (!bar) return std::nullopt;
  const bool is_over_in_time = shape.window || job.latest_end() <= plan_of(job.pool).promises.backfill_until();
  const Terms terms{is_over_in_time ? Fences::ignored : Fences::respected, *bar, ground_for(state, job.pool, job)};

  PoolCapacity& capacity = index_->pool(job.pool);
  const Departure leaves{job.latest_end()};
  const Allocation failed = part_on(job.allocation, swap.from);
  const std::uint64_t mark = capacity.mark();
  index_->give_back(job.pool, failed, shape.per_task, leaves);
  for (const NodeId node : swap.from) {
    const auto spare = find_spare(state, job, terms, node, placed_tasks(part_on(failed, {node})), held);
    if (!spare) break;
    index_->book(job.pool, *spare, shape.per_task, leaves);
    swap.to = joined(swap.to, *spare);
    held = joined(held, *spare);
  }
  index_->give_back(job.pool, swap.to, shape.per_task, leaves);
  index_->book(job.pool, failed, shape.per_task, leaves);
  capacity.undone_since(mark);
  return placed_tasks(swap.to) == placed_tasks(failed) ? std::optional(std::move(swap)) : std::nullopt;
}

// The nearest node that takes all the tasks of a failed one beside the `others` of the gang; of equal ones the one with
// the fewest free places, then the first. O(nodes of the domain in which it is found).
std::optional<Allocation> DurePolicy::find_spare(const State& state, const Job& job, const Terms& terms, NodeId failed,
                                                 std::uint32_t tasks, const Allocation& others) {
  const Shape& shape = state.shape_of(job);
  const Pool& pool = state.fleet().pool(job.pool);
  const PoolCapacity& capacity = index_->pool(job.pool);
  const auto suits = [&](NodeId node) {
    const Span domain = Span::around(pool, node, shape.spread.over);
    return !is_on(others, node) && (shape.spread.most == 0 || domain.tasks_of(others) + tasks <= shape.spread.most);
  };
  for (const Level level : {Level::node, Level::rack, Level::block, Level::site}) {
    if (level > reach_of(shape, tasks)) break;
    const Span near = Span::around(pool, failed, level);
    std::optional<NodeId> tightest;
    std::uint32_t fewest = 0;
    for (NodeId node = near.first; near.contains(node); ++node.value) {
      const auto free = capacity.room_on(node, terms);
      const std::uint32_t places = free ? free->tasks_that_fit(shape.per_task) : 0;
      if (places < tasks || (tightest && places >= fewest) || !suits(node)) continue;
      tightest = node;
      fewest = places;
    }
    if (!tightest) continue;
    Allocation spare;
    capacity.room_on(*tightest, terms)->choose(*tightest, shape.per_task, tasks, spare);
    std::sort(spare.begin(), spare.end(), lies_before);
    return spare;
  }
  return std::nullopt;
}

// `former`: the job as it was before. It is as wide as then and leaves as late: only where it is changes.
void DurePolicy::book_swap(const State& state, const Job& former, const NodesSwapped& swap) {
  PoolPlan& pool = plan_of(former.pool);
  const Demand& per_task = state.shape_of(former).per_task;
  const Departure leaves{former.latest_end()};
  index_->give_back(former.pool, part_on(former.allocation, swap.from), per_task, leaves);
  index_->book(former.pool, swap.to, per_task, leaves);
  for (const NodeId node : swap.from) pool.promises.touch(node);
  pool.in_vain_for.forget_all();
  const Allocation held = joined(part_off(former.allocation, swap.from), swap.to);
  // What it holds anew is clear of windows for as long as it stays.
  leave_the_way(state, former, held);
  reopen(pool);
}

}  // namespace dure
