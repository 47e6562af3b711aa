#include "dure/policy/reference/pack.h"

#include <algorithm>
#include <utility>

#include "dure/base/assert.h"
#include "dure/base/overload.h"
#include "dure/policy/reference/pending.h"

namespace dure {
namespace {

NodeView view_of(const State& state, NodeId node) {
  const PoolId pool = state.fleet().pool_of(node);
  return {.id = node, .pool = pool, .spec = state.fleet().pool(pool).spec, .room = state.occupancy().room(node)};
}

std::vector<bool> allowed_pools(const State& state, const Shape& shape) {
  std::vector<bool> allowed(state.fleet().pools().size());
  for (std::size_t i = 0; i < allowed.size(); ++i) allowed[i] = state.is_eligible(shape, id_of<PoolTag>(i));
  return allowed;
}

}  // namespace

PackPolicy::PackPolicy(std::unique_ptr<NodeScore> score, std::vector<NodeId> tie_order)
    : score_(std::move(score)), tie_order_(std::move(tie_order)), place_of_(tie_order_.size()) {
  for (std::size_t place = 0; place < tie_order_.size(); ++place) {
    place_of_[tie_order_[place].index()] = static_cast<std::uint32_t>(place);
  }
}

void PackPolicy::observe(const State& state, const Fact& fact) {
  const auto node_changed = [&](NodeId node) { changed(state, node), try_all_pending(state); };
  std::visit(Overload{
                 [&](const FleetDeclared&) { rebuild(state); },
                 [&](const JobSubmitted& c) { arrive(state, c.job); },
                 [&](const JobReleased& c) { arrive(state, c.job); },
                 [&](const JobHeld& c) { std::erase(to_try_, c.job); },
                 [&](const JobCancelled& c) {
                   std::erase(to_try_, c.job);
                   for (const JobId released : state.released()) arrive(state, released);
                 },
                 [&](const StartOrdered& c) { on_placed(state, state.jobs()[c.job]); },
                 [&](const StartFailed&) { on_left(state, state.departed()); },
                 [&](const Ended&) { on_left(state, state.departed()); },
                 [&](const NodeLost& c) { node_changed(c.node); },
                 [&](const NodeReturned& c) { node_changed(c.node); },
                 [&](const NodeDrained& c) { node_changed(c.node); },
                 [&](const NodeResumed& c) { node_changed(c.node); },
                 [&](const DevicesFailed& c) { node_changed(c.node); },
                 [&](const DevicesReturned& c) { node_changed(c.node); },
                 [](const auto&) {},
             },
             fact.change);
}

void PackPolicy::rebuild(const State& state) {
  DURE_ASSERT(state.fleet().node_count() == tie_order_.size());
  boards_.clear();
  log_.clear();
  score_->reset(state.fleet());
  for (const JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    score_->on_arrival(state.shape_of(job));
    if (job.holds_devices()) on_placed(state, job);
  }
  try_all_pending(state);
}

void PackPolicy::try_all_pending(const State& state) {
  to_try_ = state.jobs().sorted_ids();
  std::erase_if(to_try_, [&](JobId job) { return !is_pending(state, job); });
}

void PackPolicy::changed(const State& state, NodeId node) {
  score_->on_room(view_of(state, node));
  log_.push_back(place_of_[node.index()]);
}

void PackPolicy::arrive(const State& state, JobId job) {
  if (score_->on_arrival(state.shape_of(state.jobs()[job]))) ++epoch_;
  if (is_pending(state, job)) to_try_.insert(std::lower_bound(to_try_.begin(), to_try_.end(), job), job);
}

void PackPolicy::on_placed(const State& state, const Job& job) {
  for (const Placement& placement : job.allocation) {
    score_->on_change(placement.node, state.shape_of(job).per_task, NodeScore::Change::placed);
    changed(state, placement.node);
  }
}

// Whoever waits may fit now.
void PackPolicy::on_left(const State& state, const Job& job) {
  for (const Placement& placement : job.allocation) {
    score_->on_change(placement.node, state.shape_of(job).per_task, NodeScore::Change::left);
    changed(state, placement.node);
  }
  try_all_pending(state);
}

ScoreBoard::Score PackPolicy::score_of(const State& state, const Shape& shape, const Board& board,
                                       std::uint32_t place) {
  const NodeId node = tie_order_[place];
  if (!board.allows[state.fleet().pool_of(node).index()]) return ScoreBoard::unfit;
  if (state.occupancy().tasks_that_fit(node, shape.per_task) == 0) return ScoreBoard::unfit;
  return score_->score(view_of(state, node), shape);
}

PackPolicy::Board& PackPolicy::board_of(const State& state, const Shape& shape) {
  auto found = boards_.find(shape);
  if (found == boards_.end()) {
    Board made{.scores = ScoreBoard(state.fleet().node_count()), .allows = allowed_pools(state, shape)};
    found = boards_.emplace(shape, std::move(made)).first;
  }
  Board& board = found->second;
  score_->prepare(shape);
  const auto score = [&](std::uint32_t place) { return score_of(state, shape, board, place); };
  if (board.epoch != epoch_ || log_.size() - board.read >= tie_order_.size()) {
    board.scores.fill(score);
  } else {
    for (std::size_t i = board.read; i < log_.size(); ++i) board.scores.set(log_[i], score(log_[i]));
  }
  board.read = log_.size();
  board.epoch = epoch_;
  return board;
}

bool PackPolicy::start(const State& state, JobId job, std::vector<Decision>& out) {
  const Shape& shape = state.shape_of(state.jobs()[job]);
  const ScoreBoard& scores = board_of(state, shape).scores;
  const std::uint32_t best = scores.best();
  if (scores.score(best) == ScoreBoard::unfit) return false;
  const NodeView node = view_of(state, tie_order_[best]);
  StartOrdered order{.job = job, .pool = node.pool, .allocation = {}};
  score_->place(node, shape, order.allocation);
  out.emplace_back(std::move(order));
  return true;
}

// One start at a time, so that the next is planned with its nodes taken.
void PackPolicy::plan(const State& state, Time, std::vector<Decision>& out) {
  std::size_t tried = 0;
  while (tried < to_try_.size() && !start(state, to_try_[tried++], out)) {
  }
  to_try_.erase(to_try_.begin(), to_try_.begin() + static_cast<std::ptrdiff_t>(tried));
}

std::optional<Time> PackPolicy::next_wakeup(const State&, Time now) const {
  return to_try_.empty() ? std::nullopt : std::optional(now);
}

}  // namespace dure
