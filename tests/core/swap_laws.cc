// The laws of gangs that go on with other nodes where some have failed.
#include <algorithm>

#include "laws.h"

namespace dure {

Time Laws::resumed(const Job& job) const {
  const auto swapped = swapped_.find(job.id);
  return swapped == swapped_.end() ? job.started : std::max(job.started, swapped->second);
}

std::vector<NodeId> Laws::failed_nodes(const Job& job) const {
  std::vector<NodeId> failed;
  for (const Placement& at : job.allocation) {
    const auto sick = sick_.find(at.node);
    const bool is_sick = sick != sick_.end() && (sick->second & at.gpus) != 0;
    if (is_sick || state_.health(at.node).lost) failed.push_back(at.node);
  }
  failed.erase(std::unique(failed.begin(), failed.end()), failed.end());
  return failed;
}

// It has lost nodes twice before it came to anything, and now again.
bool Laws::may_break_nodes(const Job& job) const {
  const Duration least = job.checkpoint ? std::min(minutes(10), job.checkpoint->every) : minutes(10);
  return now_ - resumed(job) < least && job.failures >= 2;
}

// What is held and promised in its pool without what it holds on these nodes.
test::Witness Laws::books_without(const Job& job, const std::vector<NodeId>& failed) const {
  test::Witness books = this->books(job.pool, {}, {}, {job.id});
  books.held.push_back({.allocation = part_off(job.allocation, failed),
                        .demand = state_.shape_of(job).per_task,
                        .end = job.latest_end()});
  return books;
}

// Whether the job may have so many of its tasks there until its end, beside windows and promises.
bool Laws::is_spare(const test::Witness& books, const Job& job, NodeId node, std::uint32_t tasks) const {
  const Shape& shape = state_.shape_of(job);
  Fences fences = Fences::ignored;
  for (const test::Promised& promise : books.promised) {
    if (!shape.window && promise.from < job.latest_end()) fences = Fences::respected;
  }
  return state_.health(node).is_available() && !is_on(books.held.back().allocation, node) &&
         may_be_on(node, job, job.latest_end()) && books.tasks_that_fit(node, shape.per_task, fences) >= tasks;
}

void Laws::before(const NodesSwapped& swap) {
  const Job& job = state_.jobs()[swap.job];
  expect(is_deciding_ && job.hot_swap && job.requeues && job.state == JobState::running, swap.job,
         "has nodes swapped that did not ask for it");
  expect(swap.from == failed_nodes(job), swap.job, "does not lose just what has failed");
  expect(!may_break_nodes(job), swap.job, "is given another node though it may be what breaks them");
  const test::Witness books = books_without(job, swap.from);
  for (const Placement& at : swap.to) {
    expect(is_spare(books, job, at.node, placed_tasks(part_on(swap.to, {at.node}))), swap.job,
           "goes on with a node that is not free for as long as it stays");
  }
  mended_ = job;
  ++swaps_;
}

// Promises to others count on its end, its user on the rest.
void Laws::a_swap_changes_nothing_else(const Job& job) {
  expect(job.latest_end() == mended_->latest_end() && job.ordered == mended_->ordered, job.id,
         "stays longer as its nodes were swapped");
  expect(job.placed_tasks() == mended_->placed_tasks() && job.pool == mended_->pool, job.id,
         "is wider or narrower as its nodes were swapped");
  expect(job.evictions == mended_->evictions && job.submitted == mended_->submitted, job.id,
         "counts as evicted as its nodes were swapped");
  expect(job.work_at_stake(now_) == Duration{}, job.id, "has done something since its nodes were swapped just now");
  swapped_[job.id] = now_;
}

// Whoever lost one node is stopped only where none is free for it. Of several, who gets which is a choice.
void Laws::no_spare_would_do(const Job& job) {
  const std::vector<NodeId> failed = failed_nodes(job);
  ++unswapped_;
  if (failed.size() != 1 || may_break_nodes(job) || job.latest_end() <= now_) return;
  const Pool& pool = state_.fleet().pool(job.pool);
  const std::uint32_t span = pool.nodes_in(state_.shape_of(job).within);
  const std::uint32_t first = (failed.front().value - pool.first_node.value) / span * span + pool.first_node.value;
  const std::uint32_t tasks = placed_tasks(part_on(job.allocation, failed));
  const test::Witness books = books_without(job, failed);
  for (std::uint32_t n = first; n < first + span; ++n) {
    expect(!is_spare(books, job, NodeId{n}, tasks), job.id, "loses all of its nodes though there is a spare for one");
  }
}

void Laws::no_gang_stays_broken() {
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    expect(!job.may_swap() || failed_nodes(job).empty(), id, "goes on with a node that has failed");
  }
}

}  // namespace dure
