#include "dure/policy/reclaim.h"

#include <algorithm>
#include <functional>
#include <ranges>
#include <tuple>
#include <utility>

namespace dure {

std::optional<TenantId> guarantor(const State& state, PoolId pool, const PoolQueue& queue, const Job& job) {
  const Shape& shape = state.shape_of(job);
  const std::int64_t wanted = state.amount(shape, pool, shape.tasks_min);
  if (wanted == 0) return std::nullopt;
  std::optional<TenantId> found;
  for (std::optional<TenantId> at = job.tenant; at; at = state.tenants()[*at].parent) {
    const Quota& quota = state.tenants().quota(*at, pool);
    const std::int64_t owed = queue.held(*at) + queue.claimed(*at) + wanted;
    if (owed > quota.limit_milli) return std::nullopt;
    if (!found && owed <= quota.guarantee_milli) found = at;
  }
  return found;
}

std::optional<TenantId> preempts_within(const State& state, const Job& job) {
  return job.keeps_failing() ? std::nullopt : state.tenants()[job.tenant].preempts_within;
}

// Only a leaf that holds more than is guaranteed to it has anything to lose.
bool is_anything_borrowed(const State& state, PoolId pool, const PoolQueue& queue, const OnTheWay& on_the_way) {
  if (on_the_way.uncounted > 0) return true;
  for (std::size_t t = 0; t < state.tenants().size(); ++t) {
    const TenantId id = id_of<TenantTag>(t);
    const std::int64_t left = queue.held(id) - on_the_way.leaving_milli[t];
    if (state.tenants()[id].children.empty() && left > state.tenants().quota(id, pool).guarantee_milli) return true;
  }
  return false;
}

Wide eviction_cost(const State& state, const Job& job, Time now) {
  constexpr Duration restart = minutes(1);
  constexpr std::uint32_t most_doublings = 16;
  const Duration lost = job.requeues ? job.work_at_stake(now) : std::max(job.work_at_stake(now), job.time_limit);
  const std::int64_t held = state.amount(state.shape_of(job), job.pool, job.placed_tasks());
  return Wide{(lost + restart).ns} * std::max<std::int64_t>(held, 1) << std::min(job.evictions, most_doublings);
}

void Reclaimer::gather() {
  const Duration least_run = state_.fleet().pool(pool_).spec.min_run_time;
  is_gathered_ = true;
  for (const auto& [end, id] : running_.sorted()) {
    const Job* job = state_.jobs().find(id);
    // A plan's own starts are not in the state yet.
    if (job == nullptr || (job->state != JobState::starting && job->state != JobState::running)) continue;
    if (const Time evictable = job->ordered + least_run; evictable > now_) {
      next_evictable_ = std::min(next_evictable_, evictable);
      continue;
    }
    const std::int64_t held = state_.amount(state_.shape_of(*job), pool_, job->placed_tasks());
    victims_.push_back({.cost = eviction_cost(state_, *job, now_), .job = job, .held_milli = held});
  }
  std::sort(victims_.begin(), victims_.end(), [](const Victim& a, const Victim& b) {
    return std::tuple(a.cost, ~a.job->id.value) < std::tuple(b.cost, ~b.job->id.value);
  });
}

bool Reclaimer::fits(const Search& search, Fences fences) {
  return has_room(search) &&
         index_.pool(pool_).fits(search.demand, search.shape->tasks_min, search.shape->within, fences);
}

// What the tenant and those below it hold once all that is being stopped has gone, with the victims.
std::int64_t Reclaimer::left_to(const Search& search, TenantId tenant) const {
  const auto taken = search.taken_milli.find(tenant);
  return queue_.held(tenant) - on_the_way_.leaving_milli[tenant.index()] -
         (taken == search.taken_milli.end() ? 0 : taken->second);
}

// Whether limits, and what it may not borrow, leave the job room by then. A guarantor has seen to it before.
bool Reclaimer::has_room(const Search& search) const {
  if (search.for_whom->right == Right::guarantee) return true;
  const Job& job = search.for_whom->job;
  const bool may_borrow =
      state_.may_borrow(job.grace(), pool_) || !state_.tenants().quota(job.tenant, pool_).is_lent_to;
  bool is_covered = may_borrow;
  for (const TenantId at : search.above) {
    const Quota& quota = state_.tenants().quota(at, pool_);
    const std::int64_t with_it = left_to(search, at) + queue_.claimed(at) + search.wanted_milli;
    if (quota.limit_milli != no_limit && with_it > quota.limit_milli) return false;
    is_covered = is_covered || with_it <= quota.guarantee_milli;
  }
  return is_covered;
}

// Whether the job may be evicted for this one. What the beneficiary is part of loses nothing: it gains as much.
bool Reclaimer::may_lose(const Search& search, const Victim& victim) const {
  const Beneficiary& gains = *search.for_whom;
  const bool is_within = state_.tenants().is_within(victim.job->tenant, gains.within);
  if (is_within != (gains.right == Right::priority)) return false;
  if (gains.right == Right::priority && victim.job->priority >= gains.job.priority) return false;
  if (victim.held_milli == 0) return true;  // no guarantee counts it
  for (std::optional<TenantId> at = victim.job->tenant; at; at = state_.tenants()[*at].parent) {
    if (std::find(search.above.begin(), search.above.end(), *at) != search.above.end()) return true;
    const std::int64_t left = left_to(search, *at);
    if (left - victim.held_milli < state_.tenants().quota(*at, pool_).guarantee_milli) return false;
  }
  return true;
}

void Reclaimer::change(Search& search, const Victim& victim, int times) const {
  for (std::optional<TenantId> at = victim.job->tenant; at; at = state_.tenants()[*at].parent) {
    search.taken_milli[*at] += times * victim.held_milli;
  }
}

void Reclaimer::take(Search& search, const Victim& victim) {
  index_.give_back(pool_, victim.job->allocation, state_.shape_of(*victim.job).per_task, {victim.job->latest_end()});
  change(search, victim, 1);
}

void Reclaimer::put_back(Search& search, const Victim& victim) {
  index_.book(pool_, victim.job->allocation, state_.shape_of(*victim.job).per_task, {victim.job->latest_end()});
  change(search, victim, -1);
}

std::optional<Reclaim> Reclaimer::find(const Beneficiary& beneficiary) {
  const Job& job = beneficiary.job;
  const Shape& shape = state_.shape_of(job);
  PoolCapacity& capacity = index_.pool(pool_);
  Search search{.for_whom = &beneficiary,
                .shape = &shape,
                .demand = capacity.watch(shape.placing()),
                .wanted_milli = state_.amount(shape, pool_, shape.tasks_min)};
  for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) search.above.push_back(*at);
  const auto place = [&](Fences fences) {
    return capacity.place(shape.placing(), shape.tasks_min, shape.within, fences);
  };
  const Duration grace = on_the_way_.graces.empty() ? Duration{} : on_the_way_.graces.rbegin()->first;
  std::optional<Reclaim> found;
  const bool has_room_now = beneficiary.right == Right::guarantee || queue_.room_for(job) >= search.wanted_milli;
  if (has_room_now && fits(search, Fences::respected)) {
    found = Reclaim{.allocation = place(Fences::respected), .fits_now = true};
  } else if (fits(search, Fences::after_stops)) {
    found = Reclaim{.allocation = place(Fences::after_stops), .grace = grace};
  } else if (beneficiary.right == Right::priority || is_anything_borrowed(state_, pool_, queue_, on_the_way_)) {
    const std::uint64_t mark = capacity.mark();
    if (!is_gathered_) gather();
    if (const auto choice = cheapest(search)) {
      for (const std::size_t victim : *choice) take(search, victims_[victim]);
      found = Reclaim{.allocation = place(Fences::after_stops), .grace = grace};
      for (const std::size_t victim : *choice) {
        put_back(search, victims_[victim]);
        found->victims.push_back(victims_[victim].job->id);
        found->grace = std::max(found->grace, victims_[victim].job->grace());
      }
    }
    capacity.undone_since(mark);
  }
  capacity.unwatch(search.demand);
  return found;
}

// Of these victims, the cheapest first: those of them that are needed.
template <class Victims>
std::optional<Reclaimer::Choice> Reclaimer::cheapest_first(Search& search, const Victims& victims) {
  Choice chosen;
  bool is_enough = false;
  for (const std::size_t i : victims) {
    if (is_enough) break;
    if (stopping_.contains(victims_[i].job->id) || !may_lose(search, victims_[i])) continue;
    take(search, victims_[i]);
    chosen.push_back(i);
    is_enough = fits(search, Fences::after_stops);
  }
  Choice needed;
  for (std::size_t c = chosen.size(); c-- > 0;) {
    const Victim& victim = victims_[chosen[c]];
    put_back(search, victim);
    if (!is_enough || fits(search, Fences::after_stops)) continue;
    take(search, victim);
    needed.push_back(chosen[c]);
  }
  std::reverse(needed.begin(), needed.end());
  for (const std::size_t victim : needed) put_back(search, victims_[victim]);
  if (!is_enough) return std::nullopt;
  return needed;
}

std::optional<Reclaimer::Choice> Reclaimer::cheapest(Search& search) {
  while (first_ < victims_.size() && stopping_.contains(victims_[first_].job->id)) ++first_;
  // One candidate more than few tells that they are many.
  Choice candidates;
  for (std::size_t i = first_; i < victims_.size() && candidates.size() <= few; ++i) {
    if (!stopping_.contains(victims_[i].job->id) && may_lose(search, victims_[i])) candidates.push_back(i);
  }
  if (candidates.size() <= few) return cheapest_of_few(search, candidates);
  if (auto choice = cheapest_first(search, std::views::iota(candidates.front(), victims_.size()))) return choice;
  return cheapest_of_domains(search);
}

// Taken from all over, the cheapest may be all that their tenants can lose before any domain has room. So it is tried
// for each domain by itself: what it costs is in proportion to what runs.
std::optional<Reclaimer::Choice> Reclaimer::cheapest_of_domains(Search& search) {
  const Level level = search.shape->tasks_min == 1 ? Level::node : search.shape->within;
  if (level == Level::site) return std::nullopt;
  const Pool& pool = state_.fleet().pool(pool_);
  std::map<std::uint32_t, Choice> by_domain;
  for (std::size_t i = first_; i < victims_.size(); ++i) {
    for (const Placement& placement : victims_[i].job->allocation) {
      Choice& there = by_domain[(placement.node.value - pool.first_node.value) / pool.nodes_in(level)];
      if (there.empty() || there.back() != i) there.push_back(i);
    }
  }
  std::optional<std::pair<Wide, Choice>> best;
  for (const auto& [domain, victims] : by_domain) {
    const auto choice = cheapest_first(search, victims);
    if (!choice) continue;
    Wide cost = 0;
    for (const std::size_t victim : *choice) cost += victims_[victim].cost;
    if (!best || cost < best->first) best = {cost, *choice};
  }
  if (!best) return std::nullopt;
  return std::move(best->second);
}

std::optional<Reclaimer::Choice> Reclaimer::cheapest_of_few(Search& search, const Choice& candidates) {
  std::optional<std::pair<Wide, Choice>> best;
  Choice chosen;
  try_all(search, candidates, 0, 0, chosen, best);
  if (!best) return std::nullopt;
  return std::move(best->second);
}

// Of all sets the one that costs the least; of equals the smaller, then the one with the newest jobs.
void Reclaimer::try_all(Search& search, const Choice& candidates, std::size_t next, Wide cost, Choice& chosen,
                        std::optional<std::pair<Wide, Choice>>& best) {
  const auto is_better = [&] {
    if (!best) return true;
    const auto ids = [&](const Choice& choice) {
      std::vector<JobId> jobs;
      for (const std::size_t i : choice) jobs.push_back(victims_[i].job->id);
      std::sort(jobs.begin(), jobs.end(), std::greater());
      return jobs;
    };
    if (std::pair(cost, chosen.size()) != std::pair(best->first, best->second.size())) {
      return std::pair(cost, chosen.size()) < std::pair(best->first, best->second.size());
    }
    return ids(chosen) > ids(best->second);
  };
  if (best && cost > best->first) return;
  if (!chosen.empty() && fits(search, Fences::after_stops)) {
    if (is_better()) best = {cost, chosen};
    return;
  }
  for (std::size_t i = next; i < candidates.size(); ++i) {
    const Victim& victim = victims_[candidates[i]];
    if (!may_lose(search, victim)) continue;
    take(search, victim);
    chosen.push_back(candidates[i]);
    try_all(search, candidates, i + 1, cost + victim.cost, chosen, best);
    chosen.pop_back();
    put_back(search, victim);
  }
}

}  // namespace dure
