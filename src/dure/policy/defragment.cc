#include "dure/policy/defragment.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "dure/policy/reclaim.h"

namespace dure {

// But for how long it has run. Where its tenant holds more than it may by now, it might not start again.
bool Defragmenter::is_movable(const Job& job) const {
  if (job.state != JobState::running || !job.has_run() || !job.requeues || !job.checkpoint) return false;
  if (state_.shape_of(job).window || state_.is_on_sick(job.allocation) || queue_.room_for(job) < 0) return false;
  return now_ + job.grace() + after_grace < job.latest_end();  // else it is over as soon as it has saved its work
}

void Defragmenter::gather() {
  is_gathered_ = true;
  const Duration least = state_.fleet().pool(pool_).spec.min_run_time;
  for (const auto& [end, id] : running_.sorted()) {
    const Job* job = state_.jobs().find(id);
    // A plan's own starts are not in the state yet.
    if (job == nullptr || !is_movable(*job) || stopping_.contains(id)) continue;
    if (const Time movable = std::max(job->ordered + least, job->started + least_run); movable > now_) {
      next_movable_ = std::min(next_movable_, movable);
      continue;
    }
    movable_.push_back({.cost = eviction_cost(state_, *job, now_),
                        .job = job,
                        .milli = state_.amount(state_.shape_of(*job), pool_, job->placed_tasks()),
                        .gone_by = job->gone_by(now_)});
  }
  std::sort(movable_.begin(), movable_.end(), [](const Movable& a, const Movable& b) {
    return std::tuple(a.cost, ~a.job->id.value) < std::tuple(b.cost, ~b.job->id.value);
  });
}

// By an earlier find it may be on its way.
bool Defragmenter::may_move(const Search& search, const Movable& movable) const {
  return movable.milli < search.wanted_milli && movable.gone_by + least_gain <= search.otherwise &&
         !stopping_.contains(movable.job->id);
}

bool Defragmenter::fits(const Search& search) {
  return index_.pool(pool_).fits(search.demand, search.shape->tasks_min, search.shape->within, search.terms);
}

void Defragmenter::take(std::size_t leaver) {
  const Job& job = *movable_[leaver].job;
  index_.give_back(pool_, job.allocation, state_.shape_of(job).per_task, {job.latest_end()});
}

void Defragmenter::put_back(std::size_t leaver) {
  const Job& job = *movable_[leaver].job;
  index_.book(pool_, job.allocation, state_.shape_of(job).per_task, {job.latest_end()});
}

std::optional<Hole> Defragmenter::find(const Job& job, Time otherwise) {
  if (!is_gathered_) gather();
  if (movable_.empty()) return std::nullopt;
  const Shape& shape = state_.shape_of(job);
  PoolCapacity& capacity = index_.pool(pool_);
  // It is not known yet whom it will wait for: the longest grace is early enough for all.
  const Bar bar = capacity.windows().bar(now_, now_ + longest_grace + after_grace + job.time_limit);
  const Search search{.job = &job,
                      .shape = &shape,
                      .demand = capacity.watch(shape.placing()),
                      .terms = {Fences::respected, bar, ground_of(job)},
                      .otherwise = otherwise,
                      .wanted_milli = state_.amount(shape, pool_, shape.tasks_min)};
  const std::uint64_t mark = capacity.mark();
  std::optional<Hole> found;
  if (!fits(search)) {
    for (const Domain& domain : cheapest_domains(search)) {
      found = opened(search, domain);
      if (found) break;
    }
  }
  capacity.undone_since(mark);
  capacity.unwatch(search.demand);
  return found;
}

// For each domain of the job's level where moves would open a hole: who must leave it.
std::vector<Defragmenter::Domain> Defragmenter::cheapest_domains(const Search& search) {
  const Level level = search.shape->tasks_min == 1 ? Level::node : search.shape->within;
  const Pool& pool = state_.fleet().pool(pool_);
  std::map<std::uint32_t, Leavers> by_domain;
  for (std::size_t i = 0; i < movable_.size(); ++i) {
    if (!may_move(search, movable_[i])) continue;
    for (const Placement& placement : movable_[i].job->allocation) {
      Leavers& there = by_domain[pool.domain_of(placement.node, level)];
      if ((there.empty() || there.back() != i) && there.size() < most_in_domain) there.push_back(i);
    }
  }
  std::vector<Domain> domains;
  for (const auto& [number, candidates] : by_domain) {
    if (auto domain = needed_of(search, candidates)) {
      domain->number = number;
      domains.push_back(*std::move(domain));
    }
  }
  std::sort(domains.begin(), domains.end(), [](const Domain& a, const Domain& b) {
    return std::tuple(a.cost, a.number) < std::tuple(b.cost, b.number);
  });
  return domains;
}

// Of all that may leave a domain those stay that need not, the dearest first. Nullopt if all are not enough.
std::optional<Defragmenter::Domain> Defragmenter::needed_of(const Search& search, const Leavers& candidates) {
  for (const std::size_t leaver : candidates) take(leaver);
  const bool is_enough = fits(search);
  Domain domain;
  for (auto leaver = candidates.rbegin(); leaver != candidates.rend(); ++leaver) {
    put_back(*leaver);
    if (!is_enough || fits(search)) continue;
    take(*leaver);
    domain.leavers.push_back(*leaver);
    domain.cost += movable_[*leaver].cost;
  }
  for (const std::size_t leaver : domain.leavers) put_back(leaver);
  return is_enough ? std::optional(std::move(domain)) : std::nullopt;
}

bool Defragmenter::may_move_at_once(const Leavers& leavers) const {
  if (promises_.moves().empty() && leavers.size() == 1) return true;
  std::int64_t milli = 0;
  for (const JobId job : promises_.moves()) {
    const PromiseBook::Entry& promise = promises_[job];
    milli += state_.amount(state_.shapes()[promise.shape], pool_, promise.tasks);
  }
  for (const std::size_t leaver : leavers) milli += movable_[leaver].milli;
  return milli <= state_.fleet().pool(pool_).capacity() / most_of_pool;
}

bool Defragmenter::is_worth(const Job& job, const Hole& hole, Time otherwise) const {
  if (hole.from + least_gain > otherwise) return false;
  const Shape& shape = state_.shape_of(job);
  return hole.cost <= Wide{(otherwise - hole.from).ns} * state_.amount(shape, pool_, shape.tasks_min);
}

std::optional<Hole> Defragmenter::opened(const Search& search, const Domain& domain) {
  if (!may_move_at_once(domain.leavers)) return std::nullopt;
  Hole hole{.moves = {}, .allocation = {}, .from = now_, .cost = domain.cost};
  for (const std::size_t leaver : domain.leavers) hole.from = std::max(hole.from, movable_[leaver].gone_by);
  if (!is_worth(*search.job, hole, search.otherwise)) return std::nullopt;
  for (const std::size_t leaver : domain.leavers) take(leaver);
  hole.allocation =
      index_.pool(pool_).place(search.shape->placing(), search.shape->tasks_min, search.shape->within, search.terms);
  for (const std::size_t leaver : domain.leavers) put_back(leaver);
  auto moves = moved(domain.leavers, hole.allocation);
  if (!moves) return std::nullopt;
  hole.moves = *std::move(moves);
  return hole;
}

// Where all of them go on, the largest first: beside what they hold, so that nobody waits for another to leave, and on
// none of the hole's nodes. Nullopt if there is not room for all.
std::optional<std::vector<Move>> Defragmenter::moved(Leavers leavers, const Allocation& hole) {
  std::sort(leavers.begin(), leavers.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(movable_[b].milli, a) < std::tuple(movable_[a].milli, b);
  });
  close(hole, true);
  std::vector<Move> moves;
  const auto demand_of = [&](const Job& job) { return state_.shape_of(job).per_task; };
  for (const std::size_t leaver : leavers) {
    const Movable& it = movable_[leaver];
    auto place = place_beside(it);
    if (!place) break;
    index_.book(pool_, *place, demand_of(*it.job), {Time::never()});
    moves.push_back({.job = it.job->id, .to = *std::move(place), .gone_by = it.gone_by});
  }
  for (const Move& move : moves) index_.give_back(pool_, move.to, demand_of(state_.jobs()[move.job]), {Time::never()});
  close(hole, false);
  return moves.size() == leavers.size() ? std::optional(std::move(moves)) : std::nullopt;
}

std::optional<Allocation> Defragmenter::place_beside(const Movable& movable) {
  const Job& job = *movable.job;
  const Shape& shape = state_.shape_of(job);
  PoolCapacity& capacity = index_.pool(pool_);
  const Terms terms{Fences::respected, capacity.windows().bar(now_, movable.gone_by + job.time_limit), ground_of(job)};
  const std::uint32_t tasks = job.placed_tasks();
  if (capacity.most_tasks(shape.placing(), shape.within, terms) < tasks) return std::nullopt;
  return capacity.place(shape.placing(), tasks, shape.within, terms);
}

// Requires that the nodes are available when they are not closed.
void Defragmenter::close(const Allocation& hole, bool is_closed) {
  for (const Placement& placement : hole) index_.set_available(pool_, placement.node, !is_closed);
}

}  // namespace dure
