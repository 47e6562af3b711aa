#include "dure/policy/reclaim.h"

#include <algorithm>
#include <functional>
#include <ranges>
#include <tuple>
#include <utility>

#include "dure/policy/expiry.h"
#include "dure/policy/kept_racks.h"

namespace dure {

std::optional<TenantId> guarantor(const State& state, PoolId pool, const PoolQueue& queue, const Job& job) {
  const Shape& shape = state.shape_of(job);
  const std::int64_t wanted = state.amount(shape, pool, shape.tasks_min);
  if (wanted == 0 || queue.paid_room(job) < wanted) return std::nullopt;
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
  if (job.keeps_failing() || state.shape_of(job).window) return std::nullopt;
  return state.tenants()[job.tenant].preempts_within;
}

// Only a leaf that holds more than is guaranteed to it has anything to lose.
bool is_anything_borrowed(const State& state, PoolId pool, const PoolQueue& queue, const OnTheWay& on_the_way) {
  if (on_the_way.uncounted > 0 || state.ledger().borrows_in(pool)) return true;
  return std::any_of(queue.borrowing().begin(), queue.borrowing().end(), [&](TenantId leaf) {
    const std::int64_t left = queue.held(leaf) - on_the_way.leaving_milli[leaf.index()];
    return left > state.tenants().quota(leaf, pool).guarantee_milli;
  });
}

bool is_anybody_owed(const State& state, PoolId pool, PoolQueue& queue, const ClassSet& among) {
  return std::any_of(queue.guaranteed().begin(), queue.guaranteed().end(), [&](TenantId id) {
    const std::int64_t owed = state.tenants().quota(id, pool).guarantee_milli - queue.held(id) - queue.claimed(id);
    return owed > 0 && queue.has_any(id, among);
  });
}

namespace {

// `restarting` of the `tasks` that it has must start again.
Wide cost_of(const State& state, const Job& job, Time now, std::uint32_t restarting, std::uint32_t tasks) {
  constexpr Duration restart = minutes(1);
  constexpr std::uint32_t most_doublings = 16;
  const Duration lost = job.requeues ? job.work_at_stake(now) : std::max(job.work_at_stake(now), job.time_limit);
  const std::int64_t amount = state.amount(state.shape_of(job), job.pool, tasks);
  const Wide held = std::max<std::int64_t>(amount, 1);
  const Wide cost = Wide{lost.ns} * held + Wide{restart.ns} * held * restarting / tasks;
  return cost << std::min(job.evictions, most_doublings);
}

}  // namespace

Wide eviction_cost(const State& state, const Job& job, Time now) {
  return cost_of(state, job, now, job.placed_tasks(), job.placed_tasks());
}

Wide narrowing_cost(const State& state, const Job& job, Time now) {
  return cost_of(state, job, now, job.placed_tasks() - state.shape_of(job).tasks_min, job.placed_tasks());
}

void Reclaimer::gather() {
  const Duration least_run = state_.fleet().pool(pool_).spec.min_run_time;
  is_gathered_ = true;
  for (const auto& [end, id] : running_.sorted()) {
    const Job* job = state_.jobs().find(id);
    // A plan's own starts are not in the state yet.
    if (job == nullptr || (job->state != JobState::starting && job->state != JobState::running)) continue;
    const Time evictable = job->ordered + least_run;
    const bool is_fresh = evictable > now_;
    if (is_fresh) next_evictable_ = std::min(next_evictable_, evictable);
    if (!is_fresh || is_lent_by_any(state_, pool_, job->tenant, job->allocation)) add_candidate(*job, is_fresh);
  }
  std::sort(victims_.begin(), victims_.end(), [](const Victim& a, const Victim& b) {
    return std::tuple(a.cost, ~a.job->id.value, b.is_narrowed) < std::tuple(b.cost, ~b.job->id.value, a.is_narrowed);
  });
  link_twins();
}

void Reclaimer::look_who_is_fresh() {
  const bool is_anybody = state_.fleet().pool(pool_).spec.min_run_time > Duration{};
  if (is_anybody && !is_gathered_ && is_anything_borrowed(state_, pool_, queue_, on_the_way_)) gather();
}

void Reclaimer::add_candidate(const Job& job, bool is_fresh) {
  const Shape& shape = state_.shape_of(job);
  const Time then = end_of_minute(now_);
  Victim victim{.cost = eviction_cost(state_, job, then),
                .job = &job,
                .given_milli = state_.amount(shape, pool_, job.placed_tasks()),
                .is_fresh = is_fresh,
                .twin = {}};
  victims_.push_back(victim);
  if (!may_narrow(shape, job)) return;
  victim.cost = narrowing_cost(state_, job, then);
  victim.given_milli -= state_.amount(shape, pool_, shape.tasks_min);
  victim.is_narrowed = true;
  victims_.push_back(victim);
}

void Reclaimer::link_twins() {
  std::map<JobId, std::size_t> narrowed;
  for (std::size_t i = 0; i < victims_.size(); ++i) {
    if (victims_[i].is_narrowed) narrowed[victims_[i].job->id] = i;
  }
  for (std::size_t i = 0; i < victims_.size() && !narrowed.empty(); ++i) {
    const auto found = narrowed.find(victims_[i].job->id);
    if (victims_[i].is_narrowed || found == narrowed.end()) continue;
    victims_[i].twin = found->second;
    victims_[found->second].twin = i;
  }
}

// Requires that it fits.
Allocation Reclaimer::place(const Search& search, Fences fences) {
  const Shape& shape = *search.shape;
  return index_.pool(pool_).place(shape.placing(), shape.tasks_min, shape.within, search.terms(fences));
}

bool Reclaimer::fits(const Search& search, Fences fences) {
  return has_room(search) &&
         index_.pool(pool_).fits(search.demand, search.shape->tasks_min, search.shape->within, search.terms(fences));
}

// What the tenant and those below it hold once all that is being stopped has gone, with the victims.
std::int64_t Reclaimer::left_to(const Search& search, TenantId tenant) const {
  return queue_.held(tenant) - on_the_way_.leaving_milli[tenant.index()] - search.taken[tenant.index()].milli;
}

// Whether any of the victims, this one among them, would take its tenant beyond its guarantee if it came back: the
// smallest would. None of them may take back for itself, then, what was taken from its tenant.
bool Reclaimer::is_borrowed(const Search& search, TenantId tenant, std::int64_t more_milli) const {
  const auto& each_milli = search.taken[tenant.index()].each_milli;
  const std::int64_t smallest = each_milli.empty() ? more_milli : std::min(more_milli, each_milli.front().first);
  return left_to(search, tenant) - more_milli + smallest > state_.tenants().quota(tenant, pool_).guarantee_milli;
}

// Whether limits, and what it may not borrow, leave the job room by then. By guarantee or fairness they do already.
bool Reclaimer::has_room(const Search& search) const {
  if (search.for_whom->right != Right::priority) return true;
  const Job& job = search.for_whom->job;
  if (queue_.paid_room(job) < search.wanted_milli) return false;
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
  if (victim.is_narrowed && !may_go_on(search, victim)) return false;
  if (is_too_late(gains.job, now_ + victim.job->grace() + after_grace)) return false;
  if (gains.right == Right::racks) {
    return is_lent_by(state_, pool_, gains.keepers, victim.job->tenant, victim.job->allocation);
  }
  if (victim.is_fresh) return false;
  if (gains.right == Right::fairness) return may_lose_to_fairness(search, victim);
  if (victim.given_milli == 0) return true;  // no guarantee counts it
  if (const ledger::Hold* hold = state_.ledger().hold_of(victim.job->id); hold != nullptr && hold->is_borrowed) {
    return true;  // nothing pays for it
  }
  for (std::optional<TenantId> at = victim.job->tenant; at; at = state_.tenants()[*at].parent) {
    if (std::find(search.above.begin(), search.above.end(), *at) != search.above.end()) return true;
    if (!is_borrowed(search, *at, victim.given_milli)) return false;
  }
  return true;
}

// Nobody is taken below a guarantee for who has none to claim. What the pool does not count, nobody has had too much
// of.
bool Reclaimer::may_lose_to_fairness(const Search& search, const Victim& victim) const {
  if (victim.given_milli == 0 || victim.job->evictions >= evictions_before_spared) return false;
  for (std::optional<TenantId> at = victim.job->tenant; at; at = state_.tenants()[*at].parent) {
    if (std::find(search.above.begin(), search.above.end(), *at) != search.above.end()) break;
    const std::int64_t left = left_to(search, *at) - victim.given_milli;
    if (left < state_.tenants().quota(*at, pool_).guarantee_milli) return false;
  }
  return search.for_whom->shares->may_take(search.for_whom->job.tenant, victim.job->tenant);
}

// Whether a window is in its way where it is, if it starts anew when it has saved its work.
bool Reclaimer::would_run_into_window(const Job& job) const {
  const PoolCapacity& capacity = index_.pool(pool_);
  const Time end = now_ + longest_grace + after_grace + job.time_limit;
  return capacity.is_barred(job.allocation, capacity.windows().bar(now_, end));
}

// Whether limits leave room for its minimum, also where they were lowered since it started, or bind the job as well.
bool Reclaimer::may_go_on(const Search& search, const Victim& victim) const {
  // Else who gives way gives back all: what it kept would be in the way of the next, and counts as one eviction.
  const Right right = search.for_whom->right;
  if (right == Right::priority || right == Right::fairness) return false;
  if (would_run_into_window(*victim.job)) return false;
  if (is_too_late(*victim.job, now_ + longest_grace + after_grace)) return false;
  // Guarantees may cover less than its minimum by now, and it may borrow nothing.
  const Job& job = *victim.job;
  const Shape& shape = state_.shape_of(job);
  if (state_.amount(shape, pool_, shape.tasks_min) > state_.most_ever(job.tenant, job.grace(), pool_)) return false;
  // And its racks may be kept for others, so that it does not start there again.
  if (!state_.may_borrow(job.grace(), pool_) && is_lent_by_any(state_, pool_, job.tenant, job.allocation)) return false;
  const std::int64_t room = queue_.room_for(job);
  if (room == no_limit) return true;
  TenantId root = job.tenant;
  while (state_.tenants()[root].parent) root = *state_.tenants()[root].parent;
  const std::int64_t other = search.above.back() == root ? search.wanted_milli : 0;
  return room + victim.given_milli >= other;
}

// What gives back nothing that the pool counts says nothing about who could take back what.
void Reclaimer::count(Search& search, const Victim& victim) const {
  if (victim.given_milli == 0) return;
  for (std::optional<TenantId> at = victim.job->tenant; at; at = state_.tenants()[*at].parent) {
    Taken& taken = search.taken[at->index()];
    taken.milli += victim.given_milli;
    const std::pair alike(victim.given_milli, 0u);
    const auto place = std::lower_bound(taken.each_milli.begin(), taken.each_milli.end(), alike);
    const bool is_there = place != taken.each_milli.end() && place->first == victim.given_milli;
    ++(is_there ? place : taken.each_milli.insert(place, alike))->second;
  }
}

void Reclaimer::count_no_more(Search& search, const Victim& victim) const {
  if (victim.given_milli == 0) return;
  for (std::optional<TenantId> at = victim.job->tenant; at; at = state_.tenants()[*at].parent) {
    Taken& taken = search.taken[at->index()];
    taken.milli -= victim.given_milli;
    const std::pair alike(victim.given_milli, 0u);
    const auto place = std::lower_bound(taken.each_milli.begin(), taken.each_milli.end(), alike);
    if (--place->second == 0) taken.each_milli.erase(place);
  }
}

void Reclaimer::take(Search& search, const Victim& victim) {
  index_.give_back(pool_, victim.job->allocation, state_.shape_of(*victim.job).per_task, {victim.job->latest_end()});
  count(search, victim);
}

void Reclaimer::put_back(Search& search, const Victim& victim) {
  index_.book(pool_, victim.job->allocation, state_.shape_of(*victim.job).per_task, {victim.job->latest_end()});
  count_no_more(search, victim);
}

std::optional<Reclaim> Reclaimer::find(const Beneficiary& beneficiary, GroundId ground) {
  changes_needed_.reset();
  const Job& job = beneficiary.job;
  const Shape& shape = state_.shape_of(job);
  PoolCapacity& capacity = index_.pool(pool_);
  // It is not known yet whom it will wait for: the longest grace is early enough for all.
  Search search{.for_whom = &beneficiary,
                .shape = &shape,
                .wanted_milli = state_.amount(shape, pool_, shape.tasks_min),
                .demand = capacity.watch(shape.placing()),
                .now = capacity.windows().bar(now_, now_ + job.time_limit),
                .later = capacity.windows().bar(now_, now_ + longest_grace + after_grace + job.time_limit),
                .ground = ground,
                .taken = std::vector<Taken>(state_.tenants().size())};
  for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) search.above.push_back(*at);
  const Duration grace = on_the_way_.graces.empty() ? Duration{} : on_the_way_.graces.rbegin()->first;
  const bool may_wait = !is_too_late(job, now_ + grace + after_grace);
  std::optional<Reclaim> found;
  const bool has_room_now = beneficiary.right != Right::priority || queue_.room_for(job) >= search.wanted_milli;
  if (has_room_now && fits(search, Fences::respected)) {
    found = Reclaim{.allocation = place(search, Fences::respected), .fits_now = true};
  } else if (may_wait && fits(search, Fences::after_stops)) {
    found = Reclaim{.allocation = place(search, Fences::after_stops), .grace = grace};
  } else if (may_wait &&
             (beneficiary.right != Right::guarantee || is_anything_borrowed(state_, pool_, queue_, on_the_way_))) {
    const std::uint64_t mark = capacity.mark();
    if (!is_gathered_) gather();
    if (auto plan = cheapest(search)) {
      for (std::size_t i = 0; i < plan->victims.size(); ++i) {
        take(search, victims_[plan->victims[i]]);
        keep(*plan, i);
      }
      found = Reclaim{.allocation = place(search, Fences::after_stops), .grace = grace};
      put_back_all(search, *plan);
      for (std::size_t i = 0; i < plan->victims.size(); ++i) {
        const Job& victim = *victims_[plan->victims[i]].job;
        found->victims.push_back({victim.id, std::move(plan->kept[i])});
        found->grace = std::max(found->grace, victim.grace());
      }
    }
    capacity.undone_since(mark);
  }
  capacity.unwatch(search.demand);
  // Who is owed nothing waits for what leaves anyway like everybody else.
  if (found && found->victims.empty() && beneficiary.right == Right::fairness) return std::nullopt;
  return found;
}

void Reclaimer::keep(const Plan& plan, std::size_t at) {
  if (!plan.kept[at].empty()) narrowing_.book(*victims_[plan.victims[at]].job, plan.kept[at]);
}

void Reclaimer::keep_no_more(const Plan& plan, std::size_t at) {
  if (!plan.kept[at].empty()) narrowing_.give_back(*victims_[plan.victims[at]].job, plan.kept[at]);
}

void Reclaimer::put_back_all(Search& search, const Plan& plan) {
  for (std::size_t i = 0; i < plan.victims.size(); ++i) {
    keep_no_more(plan, i);
    put_back(search, victims_[plan.victims[i]]);
  }
}

// Takes one more, in place of its twin if that is there; says whether it could.
bool Reclaimer::add(Search& search, Plan& plan, std::size_t victim) {
  const Victim& it = victims_[victim];
  const auto twin = it.twin ? std::find(plan.victims.begin(), plan.victims.end(), *it.twin) : plan.victims.end();
  const auto at = static_cast<std::size_t>(twin - plan.victims.begin());
  if (twin != plan.victims.end()) count_no_more(search, victims_[*twin]);
  const bool may = may_lose(search, it);
  if (twin != plan.victims.end()) {
    count(search, victims_[*twin]);
    if (!may) return false;
    keep_no_more(plan, at);
    put_back(search, victims_[*twin]);
    plan.victims.erase(twin);
    plan.kept.erase(plan.kept.begin() + static_cast<std::ptrdiff_t>(at));
  }
  if (!may) return false;
  take(search, it);
  auto kept = it.is_narrowed ? narrowing_.keep(*it.job, {}) : std::optional(Allocation{});
  if (!kept) return put_back(search, it), false;
  plan.victims.push_back(victim);
  plan.kept.push_back(*std::move(kept));
  keep(plan, plan.victims.size() - 1);
  return true;
}

// Puts back what is not needed, the dearest first: all of it, or the minimum of who can go on with that. Requires that
// all are taken, and leaves them so.
void Reclaimer::spare(Search& search, Plan& plan) {
  Plan needed;
  while (!plan.victims.empty()) {
    const std::size_t last = plan.victims.size() - 1;
    const Victim& victim = victims_[plan.victims[last]];
    keep_no_more(plan, last);
    put_back(search, victim);
    if (!fits(search, Fences::after_stops)) {
      take(search, victim);
      keep(plan, last);
      narrow(search, plan, last);
      needed.victims.push_back(plan.victims[last]);
      needed.kept.push_back(std::move(plan.kept[last]));
    }
    plan.victims.pop_back();
    plan.kept.pop_back();
  }
  std::reverse(needed.victims.begin(), needed.victims.end());
  std::reverse(needed.kept.begin(), needed.kept.end());
  plan = std::move(needed);
}

// Lets one who was to give back all keep its minimum if what is above that is enough.
void Reclaimer::narrow(Search& search, Plan& plan, std::size_t at) {
  constexpr std::size_t few_parts = 4;
  constexpr int few_ways = 4;
  const Victim& victim = victims_[plan.victims[at]];
  if (victim.is_narrowed || !victim.twin || !may_go_on(search, victims_[*victim.twin])) return;
  const auto suits = [&] { return fits(search, Fences::after_stops); };
  const bool is_small = victim.job->allocation.size() <= few_parts;
  const Allocation wanted = place(search, Fences::after_stops);
  auto kept = narrowing_.keep_all({&victim.job, 1}, wanted, suits, is_small ? Narrowing::most_ways : few_ways);
  if (!kept) return;
  count_no_more(search, victim);
  count(search, victims_[*victim.twin]);
  plan.victims[at] = *victim.twin;
  plan.kept[at] = std::move(kept->front());
}

// Of these victims, the cheapest first: those of them that are needed.
template <class Victims>
std::optional<Reclaimer::Plan> Reclaimer::cheapest_first(Search& search, const Victims& victims) {
  Plan plan;
  bool is_enough = false;
  for (const std::size_t i : victims) {
    if (is_enough) break;
    if (stopping_.contains(victims_[i].job->id)) continue;
    if (add(search, plan, i)) is_enough = fits(search, Fences::after_stops);
  }
  if (is_enough) spare(search, plan);
  put_back_all(search, plan);
  if (!is_enough || plan.victims.size() > search.for_whom->most_victims()) return std::nullopt;
  return plan;
}

std::optional<Reclaimer::Plan> Reclaimer::cheapest(Search& search) {
  while (first_ < victims_.size() && stopping_.contains(victims_[first_].job->id)) ++first_;
  // One candidate more than few tells that they are many.
  Choice candidates;
  for (std::size_t i = first_; i < victims_.size() && candidates.size() <= few; ++i) {
    if (!stopping_.contains(victims_[i].job->id) && may_lose(search, victims_[i])) candidates.push_back(i);
  }
  if (candidates.size() <= few) {
    if (!fits_without_any(search)) return std::nullopt;
    return settled(search, cheapest_of_few(search, candidates));
  }
  if (auto plan = cheapest_first(search, std::views::iota(candidates.front(), victims_.size()))) return plan;
  if (!fits_without_any(search)) return std::nullopt;
  if (auto plan = cheapest_of_domains(search)) return plan;
  return cheapest_alone(search);
}

// Whether it would fit if all had gone that may be evicted for it: each may, before others are. The more have gone the
// fewer may, and the more fits; so if this is not enough, nothing is.
bool Reclaimer::fits_without_any(Search& search) {
  Choice all;
  for (std::size_t i = first_; i < victims_.size(); ++i) {
    const Victim& victim = victims_[i];
    const bool is_alone = !victim.is_narrowed && !stopping_.contains(victim.job->id);
    if (is_alone && may_lose(search, victim)) all.push_back(i);
  }
  for (const std::size_t i : all) take(search, victims_[i]);
  const bool is_enough = fits(search, Fences::after_stops);
  if (!is_enough && search.for_whom->right == Right::guarantee) {
    changes_needed_ = index_.pool(pool_).changes_needed(search.demand, search.shape->tasks_min, search.shape->within,
                                                        search.terms(Fences::after_stops));
  }
  for (const std::size_t i : all) put_back(search, victims_[i]);
  return is_enough;
}

// The cheapest of a domain, too, may be all that a tenant can lose, where one dearer job would have been enough.
std::optional<Reclaimer::Plan> Reclaimer::cheapest_alone(Search& search) {
  for (std::size_t i = first_; i < victims_.size(); ++i) {
    if (auto plan = cheapest_first(search, std::views::single(i))) return plan;
  }
  return std::nullopt;
}

// Not all ways to keep a minimum are tried: one that was overlooked may spare somebody.
std::optional<Reclaimer::Plan> Reclaimer::settled(Search& search, std::optional<Plan> plan) {
  const auto is_elastic = [&](std::size_t victim) { return victims_[victim].twin.has_value(); };
  if (!plan || std::none_of(plan->victims.begin(), plan->victims.end(), is_elastic)) return plan;
  for (std::size_t i = 0; i < plan->victims.size(); ++i) {
    take(search, victims_[plan->victims[i]]);
    keep(*plan, i);
  }
  spare(search, *plan);
  put_back_all(search, *plan);
  return plan;
}

// Taken from all over, the cheapest may be all that their tenants can lose before any domain has room. So it is tried
// for each domain by itself: what it costs is in proportion to what runs.
std::optional<Reclaimer::Plan> Reclaimer::cheapest_of_domains(Search& search) {
  const Level level = search.shape->tasks_min == 1 ? Level::node : search.shape->within;
  if (level == Level::site) return std::nullopt;
  const Pool& pool = state_.fleet().pool(pool_);
  std::map<std::uint32_t, Choice> by_domain;
  for (std::size_t i = first_; i < victims_.size(); ++i) {
    for (const Placement& placement : victims_[i].job->allocation) {
      Choice& there = by_domain[pool.domain_of(placement.node, level)];
      if (there.empty() || there.back() != i) there.push_back(i);
    }
  }
  std::optional<std::pair<Wide, Plan>> best;
  for (const auto& [domain, victims] : by_domain) {
    auto plan = cheapest_first(search, victims);
    if (!plan) continue;
    Wide cost = 0;
    for (const std::size_t victim : plan->victims) cost += victims_[victim].cost;
    if (!best || cost < best->first) best = {cost, *std::move(plan)};
  }
  if (!best) return std::nullopt;
  return std::move(best->second);
}

std::optional<Reclaimer::Plan> Reclaimer::cheapest_of_few(Search& search, const Choice& candidates) {
  std::optional<std::pair<Wide, Plan>> best;
  Choice chosen;
  try_all(search, candidates, 0, 0, chosen, best);
  if (!best) return std::nullopt;
  return std::move(best->second);
}

// Of all sets the one that costs the least; of equals the smaller, then the one with the newest jobs.
bool Reclaimer::is_better(const Choice& chosen, Wide cost, const std::optional<std::pair<Wide, Plan>>& best) const {
  if (!best) return true;
  const Choice& so_far = best->second.victims;
  const auto ids = [&](const Choice& choice) {
    std::vector<JobId> jobs;
    for (const std::size_t i : choice) jobs.push_back(victims_[i].job->id);
    std::sort(jobs.begin(), jobs.end(), std::greater());
    return jobs;
  };
  if (std::pair(cost, chosen.size()) != std::pair(best->first, so_far.size())) {
    return std::pair(cost, chosen.size()) < std::pair(best->first, so_far.size());
  }
  return ids(chosen) > ids(so_far);
}

// What those of the chosen keep that are narrowed, so that the job fits beside it; nullopt if it does not. Nothing
// stays booked. Requires that it fits with all that they hold.
std::optional<std::vector<Allocation>> Reclaimer::what_they_keep(Search& search, const Choice& chosen) {
  std::vector<const Job*> narrowed;
  for (const std::size_t i : chosen) {
    if (victims_[i].is_narrowed) narrowed.push_back(victims_[i].job);
  }
  std::vector<Allocation> kept(chosen.size());
  if (narrowed.empty()) return kept;
  const auto suits = [&] { return fits(search, Fences::after_stops); };
  const Allocation wanted = place(search, Fences::after_stops);
  auto found = narrowing_.keep_all(narrowed, wanted, suits, Narrowing::most_ways);
  if (!found) return std::nullopt;
  for (std::size_t i = 0, n = 0; i < chosen.size(); ++i) {
    if (!victims_[chosen[i]].is_narrowed) continue;
    narrowing_.give_back(*narrowed[n], (*found)[n]);
    kept[i] = std::move((*found)[n++]);
  }
  return kept;
}

void Reclaimer::try_all(Search& search, const Choice& candidates, std::size_t next, Wide cost, Choice& chosen,
                        std::optional<std::pair<Wide, Plan>>& best) {
  if (best && cost > best->first) return;
  if (!chosen.empty() && fits(search, Fences::after_stops)) {
    if (!is_better(chosen, cost, best)) return;
    if (auto kept = what_they_keep(search, chosen)) {
      best = {cost, Plan{chosen, *std::move(kept)}};
      return;
    }
  }
  if (chosen.size() >= search.for_whom->most_victims()) return;
  for (std::size_t i = next; i < candidates.size(); ++i) {
    const Victim& victim = victims_[candidates[i]];
    if (victim.twin && std::find(chosen.begin(), chosen.end(), *victim.twin) != chosen.end()) continue;
    if (!may_lose(search, victim)) continue;
    take(search, victim);
    chosen.push_back(candidates[i]);
    try_all(search, candidates, i + 1, cost + victim.cost, chosen, best);
    chosen.pop_back();
    put_back(search, victim);
  }
}

}  // namespace dure
