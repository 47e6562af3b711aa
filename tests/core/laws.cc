#include "laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "dure/base/overload.h"

namespace dure {
namespace {

bool share_a_node(const Allocation& a, const Allocation& b) {
  return std::any_of(a.begin(), a.end(), [&](const Placement& ours) {
    return std::any_of(b.begin(), b.end(), [&](const Placement& theirs) { return ours.node == theirs.node; });
  });
}

}  // namespace

void Laws::expect(bool holds, JobId job, const char* law) {
  ++checks_;
  if (holds || complaints_.size() >= 5) return;
  complaints_.push_back(fmt::format("{} fact {} job {}: {}", to_text(now_), state_.fact_count(), job.value, law));
}

void Laws::before(const Fact& fact) {
  now_ = fact.time;
  std::visit(Overload{
                 [&](const StartOrdered& c) { before(c); },
                 [&](const StopOrdered& c) { before(c); },
                 [&](const ReservationMade& c) { before(c); },
                 [&](const ReservationDropped& c) { before(c); },
                 [&](const NodesSwapped& c) { before(c); },
                 [](const auto&) {},
             },
             fact.change);
}

void Laws::before(const StartOrdered& start) {
  only_released_jobs_start(start.job);
  users_take_turns(start.job, start.pool);
  const Job& job = state_.jobs()[start.job];
  expect(has_room(job, start.pool), start.job, "starts beyond a limit on its path");
  expect(!is_on_sick(start.allocation), start.job, "starts on a device that failed");
  for (const Placement& placement : start.allocation) {
    expect(!is_kept_from(job, placement.node), start.job, "starts on a rack that others could not have back in time");
  }
  places_are_kept(start);
  yielding_is_for_who_is_owed(start.job, start.allocation);
}

void Laws::before(const StopOrdered& stop) {
  stopped_.try_emplace(stop.job, now_);
  if (stop.outcome == Outcome::expired) {
    const Job& job = state_.jobs()[stop.job];
    expect(job.start_by && *job.start_by <= now_ && !job.was_running && job.state == JobState::starting, stop.job,
           "is stopped as expired, and is not");
    return;
  }
  if (!is_deciding_) return;
  a_stop_says_what_it_costs(stop);
  if (stop.why.cause == StopCause::defragment) return a_move_is_allowed(stop);
  if (stop.outcome == Outcome::node_lost) {
    const Job& job = state_.jobs()[stop.job];
    const bool is_hit = is_on_sick(job.allocation) || (job.may_swap() && !failed_nodes(job).empty());
    expect(job.requeues && is_hit, stop.job, "is stopped for a fault that does not touch it");
    if (job.may_swap()) no_spare_would_do(job);
    expect(stop.why.cause == StopCause::fault && !stop.why.beneficiary, stop.job, "is stopped and not told why");
    ++moves_;
    return;
  }
  if (is_in_the_way(state_.jobs()[stop.job])) {
    expect(stop.outcome == Outcome::evicted, stop.job, "is cancelled for a window");
    expect(stop.why.cause == StopCause::window && !stop.why.beneficiary, stop.job, "is stopped and not told why");
    ++cleared_;
    return;
  }
  const bool is_by_fairness = stop.why.cause == StopCause::fairness;
  const bool is_by_priority = stop.why.cause == StopCause::preempt;
  expect((options_.reclaims || is_by_priority || is_by_fairness) && stop.outcome == Outcome::evicted, stop.job,
         "invariant 4: is stopped, and nobody asked");
  const bool is_narrowed = stop.why.cause == StopCause::shrink;
  expect(
      (is_by_priority || is_by_fairness || is_narrowed || stop.why.cause == StopCause::reclaim) && stop.why.beneficiary,
      stop.job, "is evicted and not told why");
  if (is_by_fairness) fair_evictions_are_few(stop);
  if (is_narrowed) narrowed_.insert(stop.job);
  narrowed_so_far_ += is_narrowed ? 1u : 0u;
  causes_.insert(is_narrowed ? StopCause::reclaim : stop.why.cause);
  expected_.insert(stop.why.beneficiary.value_or(JobId{}));
  victims_.push_back(stop.job);
  ++evictions_;
}

// GPU-seconds since its last checkpoint, or its start, of what it holds; begun ones count in full.
void Laws::a_stop_says_what_it_costs(const StopOrdered& stop) {
  const Job& job = state_.jobs()[stop.job];
  const Demand& each = state_.shape_of(job).per_task;
  const bool has_gpus = state_.fleet().pool(job.pool).spec.gpus_per_node > 0;
  Wide held_milli = 0;
  for (const Placement& placement : job.allocation) {
    held_milli += Wide{has_gpus ? each.gpu_milli : each.cpu_milli} * placement.tasks;
  }
  Wide lost_ns = job.state == JobState::running ? (now_ - resumed(job)).ns : 0;
  if (job.checkpoint && job.requeues) lost_ns %= job.checkpoint->every.ns;
  const Wide second = Wide{1000} * 1'000'000'000;
  const Wide cost = held_milli * lost_ns;
  const Wide said = Wide{stop.why.cost_s} * second;
  expect(said >= cost && said - cost < second, stop.job, "its stop is said to cost something else");
}

void Laws::before(const ReservationMade& promise) {
  const Job& job = state_.jobs()[promise.job];
  if (promise.promise == Promise::keep) return what_is_kept_is_its_own(promise);
  if (promise.promise == Promise::move) return a_leaver_has_a_place(promise);
  const bool is_by_priority = promise.promise == Promise::preempt;
  expect(is_by_priority ? has_room_then(job, promise.pool, {}) : has_room(job, promise.pool), promise.job,
         "is promised a start beyond a limit on its path");
  const auto improvement = improvements_.find(promise.job);
  if (promise.promise == Promise::defragment) {
    a_hole_is_worth_it(promise, improvement == improvements_.end() ? std::nullopt : std::optional(improvement->second));
  }
  if (improvement != improvements_.end()) {
    expect(promise.from <= improvement->second, promise.job, "invariant 5: its promise moved later");
    improvements_.erase(improvement);
  }
  if (promise.promise == Promise::reclaim) an_eviction_has_a_beneficiary(promise);
  if (is_by_priority) a_preemption_is_by_priority(promise);
  if (promise.promise == Promise::fairness) a_fair_eviction_is_fair(promise);
  promised_[promise.job] = promise.from;
}

void Laws::before(const ReservationDropped& drop) {
  const auto found = state_.reservations().find(drop.job);
  expect(found != state_.reservations().end(), drop.job, "has no promise to drop");
  if (found != state_.reservations().end()) a_drop_has_its_cause(drop, found->second);
}

void Laws::after(const Fact& fact) {
  witness_.observe(state_, fact);
  std::visit(Overload{
                 [&](const JobSubmitted& c) { after_[c.job] = c.spec.after; },
                 [&](const Ended& c) {
                   stopped_.erase(c.job);
                   const bool goes_on = c.outcome == Outcome::evicted && state_.jobs().find(c.job) != nullptr;
                   if (!goes_on) promised_.erase(c.job);
                   if (state_.jobs().find(c.job) == nullptr) note_end(c.job, c.outcome == Outcome::completed);
                 },
                 [&](const JobCancelled& c) { note_end(c.job, false); },
                 [&](const WindowOpened& c) { opened_[c.window.id] = fact.time; },
                 [&](const WindowClosed& c) { opened_.erase(c.window); },
                 [&](const DevicesFailed& c) { sick_[c.node] |= c.gpus; },
                 [&](const DevicesReturned& c) { sick_[c.node] &= ~c.gpus; },
                 [&](const FleetDeclared&) { renumber_sick(); },
                 [&](const NodesSwapped& c) { a_swap_changes_nothing_else(state_.jobs()[c.job]); },
                 [&](const TenantsDeclared&) { forget_who_left(); },
                 [](const auto&) {},
             },
             fact.change);
  forget_promises(fact.change);
}

void Laws::note_end(JobId job, bool completed) {
  ended_[job] = completed;
  after_.erase(job);
}

// What ends a promise besides a listed cause: its job starts, or its user or an operator changed what it was made for.
void Laws::forget_promises(const Change& change) {
  std::visit(Overload{
                 [&](const StartOrdered& c) { promised_.erase(c.job); },
                 [&](const ReservationDropped& c) { promised_.erase(c.job); },
                 [&](const JobHeld& c) { promised_.erase(c.job); },
                 [&](const StopOrdered& c) {
                   if (c.outcome == Outcome::cancelled) promised_.erase(c.job);
                 },
                 [&](const JobCancelled& c) { promised_.erase(c.job); },
                 [&](const JobUpdated& c) {
                   if (c.time_limit || c.priority) promised_.erase(c.job);
                 },
                 [&](const TenantsDeclared&) { promised_.clear(); },
                 [&](const FleetDeclared&) { promised_.clear(); },
                 [](const auto&) {},
             },
             change);
}

void Laws::after_turn() {
  is_deciding_ = false;
  witness_.check_turn(state_);
  conservation_of_devices();
  use_adds_up();
  promises_last();
  drops_lead_to_something();
  nobody_starts_too_late();
}

// Who is of no use later is told to stop, also if it has got devices and the engine is not done with it.
void Laws::nobody_starts_too_late() {
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    const bool is_late = job.start_by && !job.was_running && *job.start_by <= state_.now();
    expect(!is_late || job.state == JobState::stopping, id, "waits or starts after its deadline");
  }
}

void Laws::at_rest(Time now) {
  now_ = now;
  witness_.check_all(state_);
  for (; witnessed_ < witness_.messages().size(); ++witnessed_) complaints_.push_back(witness_.messages()[witnessed_]);
  windows_are_empty();
  sick_devices_are_left();
  no_gang_stays_broken();
  promises_can_be_kept();  // a node that is put in quarantine has taken its promises with it by now
  nobody_waits_who_fits();
  moved_jobs_go_on();
  if (options_.reclaims) guarantees_are_served();
  priorities_are_served();
  shares_are_served();
}

bool Laws::is_on_sick(const Allocation& allocation) const {
  for (const Placement& placement : allocation) {
    const auto found = sick_.find(placement.node);
    if (found != sick_.end() && (placement.gpus & found->second) != 0) return true;
  }
  return false;
}

// Nodes may have other numbers now: no fewer devices are sick.
void Laws::renumber_sick() {
  int before = 0;
  int after = 0;
  for (const auto& [node, gpus] : std::exchange(sick_, {})) before += std::popcount(gpus);
  for (std::uint32_t n = 0; n < state_.fleet().node_count(); ++n) {
    const std::uint64_t gpus = state_.health(NodeId{n}).sick;
    if (gpus != 0) sick_[NodeId{n}] = gpus;
    after += std::popcount(gpus);
  }
  expect(before == after, JobId{}, "devices fail or return with the fleet");
}

// Nothing is promised on a device that failed, and whoever starts again is on its way elsewhere.
void Laws::sick_devices_are_left() {
  for (std::uint32_t n = 0; n < state_.fleet().node_count(); ++n) {
    const auto found = sick_.find(NodeId{n});
    expect(state_.health(NodeId{n}).sick == (found == sick_.end() ? 0 : found->second), JobId{},
           "the state and the witness differ on which devices are sick");
  }
  for (const auto& [job, promise] : state_.reservations()) {
    expect(!is_on_sick(promise.allocation), job, "is promised a device that failed");
  }
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    const bool stays = job.requeues && job.holds_devices() && job.state != JobState::stopping;
    expect(!stays || !is_on_sick(job.allocation), id, "stays on a device that failed");
  }
}

// Invariant 1, from the state alone: what is free and what jobs hold is what there is, to the last thousandth.
void Laws::conservation_of_devices() {
  const Occupancy& occupancy = state_.occupancy();
  std::vector<NodeAmounts> held(state_.fleet().node_count());
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    expect(job.holds_devices() == (job.state >= JobState::starting), id, "holds devices without a start, or none with");
    for (const Placement& placement : job.allocation) {
      held[placement.node.index()].add(placement, state_.shape_of(job).per_task, 1);
    }
  }
  for (std::uint32_t n = 0; n < held.size(); ++n) {
    const NodeId node{n};
    const PoolSpec& spec = state_.fleet().pool(state_.fleet().pool_of(node)).spec;
    bool is_kept = held[n].cpu_milli >= 0 && occupancy.free_cpu_milli(node) >= 0 &&
                   held[n].cpu_milli + occupancy.free_cpu_milli(node) == spec.cpu_milli;
    for (std::uint32_t device = 0; device < spec.gpus_per_node; ++device) {
      is_kept = is_kept && held[n].gpu_milli[device] + occupancy.free_gpu_milli(node, device) == whole;
    }
    expect(is_kept, JobId{}, "invariant 1: a node has more or less than it was declared with");
  }
}

// Who is to go on with fewer tasks is promised its minimum, on devices that it holds, in the step that stops it.
void Laws::what_is_kept_is_its_own(const ReservationMade& promise) {
  const Job& job = state_.jobs()[promise.job];
  std::uint32_t tasks = 0;
  for (const Placement& kept : promise.allocation) {
    tasks += kept.tasks;
    const auto covers = [&](const Placement& own) {
      return own.node == kept.node && (own.gpus & kept.gpus) == kept.gpus && own.tasks >= kept.tasks &&
             own.gpu_milli >= kept.gpu_milli;
    };
    expect(std::any_of(job.allocation.begin(), job.allocation.end(), covers), promise.job,
           "is to keep what it does not hold");
  }
  expect(job.requeues, promise.job, "is to go on, and does not start again");
  expect(job.state == JobState::stopping && narrowed_.erase(promise.job) == 1, promise.job,
         "is to keep something and was not told to go on with less");
  expect(tasks == state_.shape_of(job).tasks_min && tasks < job.placed_tasks(), promise.job,
         "keeps something else than its minimum");
  kept_.insert(kept_.end(), promise.allocation.begin(), promise.allocation.end());
  promised_[promise.job] = promise.from;
}

// Invariant 5: a promise stands until it is kept, dropped for a cause, or its user or an operator ends it.
void Laws::promises_last() {
  bool are_same = promised_.size() == state_.reservations().size();
  for (const auto& [job, promise] : state_.reservations()) {
    const auto found = promised_.find(job);
    are_same = are_same && found != promised_.end() && found->second == promise.from;
  }
  expect(are_same, JobId{}, "invariant 5: a promise vanished or changed without a fact");
}

// When the job has reached its time limit, or the end of its grace and of the ten seconds that engines may take.
Time Laws::gone_by(const Job& job) const {
  if (job.state != JobState::stopping) return job.latest_end();
  return std::min(job.latest_end(), stopped_.at(job.id) + job.grace() + seconds(10));
}

// Invariant 5: by its time, all that is on its devices will have gone.
void Laws::promises_can_be_kept() {
  std::map<NodeId, NodeAmounts> claimed;
  for (const auto& [id, promise] : state_.reservations()) {
    claimed.clear();
    for (const Placement& placement : promise.allocation) claimed[placement.node];
    const auto take = [&](const Allocation& allocation, const Demand& demand) {
      for (const Placement& placement : allocation) {
        const auto found = claimed.find(placement.node);
        if (found != claimed.end()) found->second.add(placement, demand, 1);
      }
    };
    for (const JobId other : state_.jobs().sorted_ids()) {
      const Job& job = state_.jobs()[other];
      if (!job.holds_devices() || gone_by(job) <= promise.from) continue;
      take(job.allocation, state_.shape_of(job).per_task);
    }
    for (const auto& [other, theirs] : state_.reservations()) {
      if (theirs.from <= promise.from) take(theirs.allocation, state_.shape_of(state_.jobs()[other]).per_task);
    }
    for (const auto& [node, amounts] : claimed) {
      const PoolSpec& spec = state_.fleet().pool(promise.pool).spec;
      bool fits = amounts.cpu_milli <= spec.cpu_milli && state_.health(node).is_available() &&
                  (spec.memory_mib == 0 || amounts.memory_mib <= spec.memory_mib);
      for (const std::int16_t milli : amounts.gpu_milli) fits = fits && milli <= whole;
      expect(fits, id, "invariant 5: what it is promised will not be free by then");
    }
  }
}

// Whoever is on a node in a window that is not its own was told to go when that was opened, and has not gone yet.
void Laws::windows_are_empty() {
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    for (const auto& [window_id, window] : state_.windows()) {
      if (!window.is_open(state_.now()) || state_.shape_of(job).window == window_id) continue;
      const bool is_there = std::any_of(job.allocation.begin(), job.allocation.end(),
                                        [&](const Placement& placement) { return window.has(placement.node); });
      const bool is_told = job.state == JobState::stopping && stopped_.at(id) <= opened_.at(window_id);
      expect(!is_there || is_told, id, "is on a node in a window that is not its own");
    }
  }
}

// Whether it must be told now to go, and no sooner.
bool Laws::is_in_the_way(const Job& job) const {
  return std::any_of(state_.windows().begin(), state_.windows().end(), [&](const auto& entry) {
    const Window& window = entry.second;
    const bool is_there = std::any_of(job.allocation.begin(), job.allocation.end(),
                                      [&](const Placement& placement) { return window.has(placement.node); });
    const Time latest = window.from - job.grace() - seconds(10);
    return is_there && job.latest_end() > window.from && now_ == std::max(latest, opened_.at(window.id));
  });
}

bool Laws::is_in_its_window(const Job& job, Time end) const {
  const auto found = state_.windows().find(*state_.shape_of(job).window);
  return found != state_.windows().end() && found->second.is_open(state_.now()) && end <= found->second.until;
}

bool Laws::may_be_on(NodeId node, const Job& job, Time end) const {
  const auto& named = state_.shape_of(job).window;
  if (named) return is_in_its_window(job, end) && state_.windows().at(*named).has(node);
  if (is_kept_from(job, node)) return false;
  return std::none_of(state_.windows().begin(), state_.windows().end(), [&](const auto& entry) {
    return entry.second.overlaps(state_.now(), end) && entry.second.has(node);
  });
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
// to start; of one user the oldest. Who was promised a start has it whoever's turn it is.
void Laws::users_take_turns(JobId id, PoolId pool) {
  const Job& job = state_.jobs()[id];
  if (!state_.tenants()[job.tenant].takes_turns() || state_.reservations().contains(id)) return;
  // As of the end of the minute: what starts now counts at once.
  const std::int64_t weight = state_.usage_clock().weight(Time{now_.ns - now_.ns % minutes(1).ns + minutes(1).ns});
  const auto used = [&](const Job& any) { return state_.user_usage().of({any.tenant, pool, any.user}).usage(weight); };
  for (const JobId other_id : state_.jobs().sorted_ids()) {
    const Job& other = state_.jobs()[other_id];
    const bool is_alike = other.tenant == job.tenant && other.shape == job.shape && other.priority == job.priority &&
                          other.time_limit == job.time_limit && other.grace() == job.grace() &&
                          other.keeps_failing() == job.keeps_failing() && other.estimate == job.estimate;
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

// Invariant 3: who is owed room waits only if what is borrowed stands not in its way alone. No more than sixteen jobs
// of a pool are tried in vain (docs/design/0011).
void Laws::guarantees_are_served() {
  constexpr std::size_t most_in_vain = 16;
  for (std::size_t p = 0; p < state_.fleet().pools().size(); ++p) {
    const PoolId pool = id_of<PoolTag>(p);
    std::vector<std::pair<JobId, TenantId>> owed;
    std::vector<JobId> promised_late;  // though owed
    for (const JobId id : state_.jobs().sorted_ids()) {
      const Job& job = state_.jobs()[id];
      if (job.state != JobState::pending || job.not_before > state_.now()) continue;
      if (!state_.is_eligible(state_.shape_of(job), pool) || !has_room(job, pool)) continue;
      const auto by = guarantor(job, pool);
      if (!by) continue;
      const auto promise = state_.reservations().find(id);
      if (promise == state_.reservations().end()) {
        owed.emplace_back(id, *by);
      } else if (promise->second.pool == pool && promise->second.from > now_ + hours(1) + seconds(10)) {
        promised_late.push_back(id);
      }
    }
    if (owed.size() > most_in_vain) continue;
    for (const auto& [id, by] : owed) one_eviction_would_not_do(state_.jobs()[id], pool, by);
    for (const auto& [id, by] : owed) racks_are_had(state_.jobs()[id], pool);
    for (const JobId id : promised_late) racks_are_had(state_.jobs()[id], pool);
  }
}

void Laws::one_eviction_would_not_do(const Job& job, PoolId pool, TenantId by) {
  const Jobs yielding = yielding_to(job.id, pool, Promise::reclaim);
  expect(!fits(books(pool, yielding, {}, {}), job, Fences::after_stops), job.id,
         "invariant 3: is owed room that is being freed, and is not promised it");
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& victim = state_.jobs()[id];
    if (!victim.holds_devices() || victim.pool != pool || !may_lose(job, by, victim, pool)) continue;
    expect(!fits(books(pool, yielding, {}, {id}), job, Fences::after_stops), job.id,
           "invariant 3: is owed room, and waits though one eviction would do");
  }
}

void Laws::a_drop_has_its_cause(const ReservationDropped& drop, const Reservation& promise) {
  const Job& job = state_.jobs()[drop.job];
  const auto is_gone = [&](const Placement& at) { return !state_.health(at.node).is_available(); };
  switch (drop.cause) {
    case DropCause::node_gone:
      return expect(
          std::any_of(promise.allocation.begin(), promise.allocation.end(), is_gone) || is_on_sick(promise.allocation),
          drop.job, "invariant 5: loses its promise for a node that is there");
    case DropCause::limit:
      expect(promise.promise != Promise::reclaim, drop.job, "invariant 4: has no use of what was taken back for it");
      return expect(promise.from <= now_ && !has_room(job, promise.pool), drop.job,
                    "invariant 5: loses its promise for a limit that leaves room");
    case DropCause::improved: improvements_[drop.job] = promise.from; return;
    case DropCause::reclaimed:
      yields_.push_back({drop.job, promise.allocation, drop.cause,
                         !is_owed_to_nobody(promise.promise) || guarantor(job, promise.pool)});
      return;
    case DropCause::preempted:
      expect(is_owed_to_nobody(promise.promise), drop.job, "loses to priority what was taken back for it");
      yields_.push_back({drop.job, promise.allocation, drop.cause});
      return;
    case DropCause::window:
      return expect(is_in_a_window(drop.job, promise), drop.job,
                    "invariant 5: loses its promise for a window that is not in its way");
    case DropCause::job_gone: return expect(false, drop.job, "invariant 5: loses its promise and is still there");
  }
}

// What was dropped for somebody or for something better was so in the same step; and so was whoever was evicted.
void Laws::drops_lead_to_something() {
  for (const JobId victim : victims_) expect(false, victim, "invariant 4: is evicted for nobody");
  for (const JobId leaver : leavers_) expect(false, leaver, "is moved for nobody");
  for (const JobId victim : narrowed_) expect(false, victim, "is to go on with less and is promised nothing");
  for (const Yield& yield : yields_) expect(false, yield.job, "invariant 5: loses its promise to nobody");
  for (const auto& [job, from] : improvements_) expect(false, job, "invariant 5: loses its promise for no better one");
  leavers_.clear();
  victims_.clear();
  narrowed_.clear();
  kept_.clear();
  yields_.clear();
  improvements_.clear();
}

void Laws::yielding_is_for_who_is_owed(JobId gainer, const Allocation& taken) {
  if (yields_.empty()) return;
  const Job& job = state_.jobs()[gainer];
  const PoolId pool = state_.fleet().pool_of(taken.front().node);
  for (const Yield& yield : yields_) {
    const Job& other = state_.jobs()[yield.job];
    const bool may = yield.cause == DropCause::preempted ? outranks(job, other) : guarantor(job, pool).has_value();
    expect(may, gainer, "invariant 5: takes what was promised to another, and is owed nothing");
    const std::vector<TenantId> kept_for = keepers(job, pool);
    expect(!yield.is_owed || is_guest(other.tenant, pool, yield.allocation, &kept_for), yield.job,
           "invariant 3: loses its promise though it is owed it");
    if (yield.cause == DropCause::preempted && other.tenant != job.tenant) {
      expect(!guarantor(other, pool), gainer, "invariant 3: takes by priority what another tenant is owed");
    }
  }
  const Shape& shape = state_.shape_of(job);
  for (const Yield& yield : yields_) {
    // Who may be wider than what yielded is for takes the best place there is then.
    expect(shape.tasks_min < shape.tasks_max || share_a_node(yield.allocation, taken) ||
               share_a_node(yield.allocation, kept_),
           yield.job, "invariant 5: loses its promise, which was in nobody's way");
  }
  yields_.clear();
}

// Invariant 4: who is evicted is so in the step that promises what is freed to somebody.
void Laws::an_eviction_has_a_beneficiary(const ReservationMade& promise) {
  const Job& job = state_.jobs()[promise.job];
  yielding_is_for_who_is_owed(promise.job, promise.allocation);
  expect(guarantor(job, promise.pool).has_value(), promise.job, "invariant 3: takes back what it is not owed");
  victims_are_borrowed(job, promise.pool);
  victims_are_needed(job, promise.pool, Promise::reclaim, promise.allocation);
  victims_know_why(promise.job, StopCause::reclaim);
  narrowed_.clear();
  kept_.clear();
  reclaims_ += victims_.empty() ? 0u : 1u;
  victims_.clear();
}

void Laws::victims_know_why(JobId beneficiary, StopCause cause) {
  const bool is_named = victims_.empty() || (expected_.size() == 1 && *expected_.begin() == beneficiary);
  expect(is_named, beneficiary, "invariant 4: gets what others were told they give to somebody else");
  expect(victims_.empty() || (causes_.size() == 1 && *causes_.begin() == cause), beneficiary,
         "invariant 4: gets what others were told they give for another cause");
  expected_.clear();
  causes_.clear();
}

// Whom the job may evict by priority: of less, and within a tenant on both paths that says so.
bool Laws::outranks(const Job& job, const Job& other) const {
  if (other.priority >= job.priority || job.keeps_failing() || state_.shape_of(job).window) return false;
  for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) {
    const auto& within = state_.tenants()[*at].preempts_within;
    if (within == at && state_.tenants().is_within(other.tenant, *at)) return true;
  }
  return false;
}

// What happens by priority stays within the tenant whose affair it is, and below it nobody loses what is guaranteed.
void Laws::a_preemption_is_by_priority(const ReservationMade& promise) {
  const Job& job = state_.jobs()[promise.job];
  yielding_is_for_who_is_owed(promise.job, promise.allocation);
  for (const JobId id : victims_) {
    const Job& victim = state_.jobs()[id];
    expect(victim.pool == promise.pool && outranks(job, victim), id,
           "is evicted for one of no higher priority, or elsewhere");
    expect(has_run_enough(victim), id, "is evicted before the least run time is over");
    if (state_.amount(state_.shape_of(victim), promise.pool, 1) == 0) continue;
    for (std::optional<TenantId> at = victim.tenant; at; at = state_.tenants()[*at].parent) {
      if (state_.tenants().is_within(job.tenant, *at)) break;
      const std::int64_t left = state_.usage(*at, promise.pool).held_milli - held_by_stopping(*at, promise.pool);
      expect(left >= state_.tenants().quota(*at, promise.pool).guarantee_milli, id,
             "invariant 3: is evicted by priority, and its tenant falls below its guarantee");
    }
  }
  victims_are_needed(job, promise.pool, Promise::preempt, promise.allocation);
  victims_know_why(promise.job, StopCause::preempt);
  preemptions_ += victims_.empty() ? 0u : 1u;
  victims_.clear();
}

// Under all limits once what is being stopped has gone, but for these.
bool Laws::has_room_then(const Job& job, PoolId pool, const Jobs& staying) const {
  bool is_covered = may_borrow(job, pool);
  for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) {
    const std::int64_t limit = state_.tenants().quota(*at, pool).limit_milli;
    std::int64_t held = state_.usage(*at, pool).held_milli - held_by_stopping(*at, pool) + taken_back_for(*at, pool);
    for (const JobId id : staying) {
      const Job& stays = state_.jobs()[id];
      if (!state_.tenants().is_within(stays.tenant, *at)) continue;
      held += state_.amount(state_.shape_of(stays), pool, stays.placed_tasks());
    }
    if (limit != no_limit && held + wanted(job, pool) > limit) return false;
    is_covered = is_covered || held + wanted(job, pool) <= state_.tenants().quota(*at, pool).guarantee_milli;
  }
  return is_covered;
}

// At rest nobody waits whom the end of one job of a lower priority would let in. No more than sixteen of a pool are
// tried in vain.
void Laws::priorities_are_served() {
  constexpr std::size_t most_in_vain = 16;
  for (std::size_t p = 0; p < state_.fleet().pools().size(); ++p) {
    const PoolId pool = id_of<PoolTag>(p);
    std::vector<JobId> waiting;
    for (const JobId id : state_.jobs().sorted_ids()) {
      const Job& job = state_.jobs()[id];
      if (job.state != JobState::pending || !state_.tenants()[job.tenant].preempts_within) continue;
      if (state_.shape_of(job).window || job.keeps_failing()) continue;  // nothing is taken back for it
      if (job.not_before > state_.now() || !state_.is_eligible(state_.shape_of(job), pool)) continue;
      if (!state_.reservations().contains(id)) waiting.push_back(id);
    }
    if (waiting.size() + state_.reservations().size() > most_in_vain) continue;
    for (const JobId id : waiting) no_preemption_would_do(state_.jobs()[id], pool);
  }
}

void Laws::no_preemption_would_do(const Job& job, PoolId pool) {
  const Jobs yielding = yielding_to(job.id, pool, Promise::preempt);
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& victim = state_.jobs()[id];
    const bool may_go = victim.holds_devices() && victim.state != JobState::stopping && victim.pool == pool &&
                        outranks(job, victim) && has_run_enough(victim) && is_borrowed(job, victim, pool);
    if (!may_go) continue;
    std::int64_t missing = 0;  // beyond a limit on both paths, or on the job's alone
    bool is_covered = may_borrow(job, pool);
    for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) {
      const std::int64_t limit = state_.tenants().quota(*at, pool).limit_milli;
      const std::int64_t gone = state_.tenants().is_within(victim.tenant, *at)
                                    ? state_.amount(state_.shape_of(victim), pool, victim.placed_tasks())
                                    : 0;
      const std::int64_t with_it = state_.usage(*at, pool).held_milli - held_by_stopping(*at, pool) - gone +
                                   taken_back_for(*at, pool) + wanted(job, pool);
      if (limit != no_limit) missing = std::max(missing, with_it - limit);
      is_covered = is_covered || with_it <= state_.tenants().quota(*at, pool).guarantee_milli;
    }
    expect(missing > 0 || !is_covered || !fits(books(pool, yielding, {}, {id}), job, Fences::after_stops), job.id,
           "waits though the end of one job of a lower priority would do");
  }
}

// Each would take its tenants, but those that the beneficiary is of too, beyond their guarantees if it came back: what
// a guarantee does not cover is borrowed.
void Laws::victims_are_borrowed(const Job& beneficiary, PoolId pool) {
  const auto by = guarantor(beneficiary, pool);
  if (!by) return;
  const std::vector<TenantId> kept_for = keepers(beneficiary, pool);
  for (const JobId id : victims_) {
    const Job& victim = state_.jobs()[id];
    expect(victim.pool == pool, id, "is evicted elsewhere");
    expect(has_run_enough(victim) || is_guest(victim.tenant, pool, victim.allocation, &kept_for), id,
           "is evicted before the least run time is over");
    expect(!state_.tenants().is_within(victim.tenant, *by), id, "is evicted for its own tenant's guarantee");
    if (state_.amount(state_.shape_of(victim), pool, 1) == 0) continue;
    if (is_guest(victim.tenant, pool, victim.allocation, &kept_for)) {
      ++from_racks_;
      continue;
    }
    for (std::optional<TenantId> at = victim.tenant; at; at = state_.tenants()[*at].parent) {
      if (state_.tenants().is_within(beneficiary.tenant, *at)) break;
      const std::int64_t left = state_.usage(*at, pool).held_milli - held_by_stopping(*at, pool);
      expect(left + smallest_victim_of(*at, pool) > state_.tenants().quota(*at, pool).guarantee_milli, id,
             "invariant 3: is evicted, and could take it back by its guarantee");
    }
  }
}

std::int64_t Laws::smallest_victim_of(TenantId tenant, PoolId pool) const {
  std::int64_t smallest = std::numeric_limits<std::int64_t>::max();
  for (const JobId id : victims_) {
    const Job& victim = state_.jobs()[id];
    if (!state_.tenants().is_within(victim.tenant, tenant)) continue;
    const std::int64_t held = state_.amount(state_.shape_of(victim), pool, victim.placed_tasks());
    if (held > 0) smallest = std::min(smallest, held - kept(id, pool));
  }
  return smallest;
}

// Put any one back, and the beneficiary no longer fits.
void Laws::victims_are_needed(const Job& beneficiary, PoolId pool, Promise why, const Allocation& place) {
  Jobs yielding = yielding_to(beneficiary.id, pool, why);
  const std::vector<TenantId> kept_for = keepers(beneficiary, pool);
  const std::vector<TenantId>* racks_of = nullptr;
  const auto fits_all = [&] {
    return fits(after_victims(pool, yielding, {}), beneficiary, Fences::after_stops, racks_of);
  };
  const auto is_needed = [&](JobId victim) {
    if (why == Promise::preempt && !has_room_then(beneficiary, pool, {victim})) return true;
    // As it was: what it was to keep instead is not promised.
    Jobs without = yielding;
    without.insert(victim);
    return !fits(after_victims(pool, without, {victim}), beneficiary, Fences::after_stops, racks_of);
  };
  const bool is_by_guarantee = fits_all() && std::all_of(victims_.begin(), victims_.end(), is_needed);
  if (!is_by_guarantee && why == Promise::reclaim && is_by_racks(kept_for, pool, place)) {
    yielding.merge(guests_promised(kept_for, pool));
    racks_of = &kept_for;
  }
  expect(fits_all(), beneficiary.id, "invariant 4: does not fit on what is freed for it");
  for (const JobId victim : victims_) {
    expect(is_needed(victim), victim, "invariant 4: is evicted, and need not be");
    if (why == Promise::reclaim) narrowing_would_not_do(beneficiary, pool, victim, racks_of);
  }
}

// If it starts anew where it is, after the longest grace that there is.
bool Laws::would_run_into_window(const Job& job) const {
  const Time end = now_ + longest_grace + after_grace + job.time_limit;
  return std::any_of(state_.windows().begin(), state_.windows().end(), [&](const auto& entry) {
    const Window& window = entry.second;
    return window.from < end && window.until > now_ &&
           std::any_of(job.allocation.begin(), job.allocation.end(),
                       [&](const Placement& placement) { return window.has(placement.node); });
  });
}

// As `books`; what the victims keep is theirs at once, and not only from the time that it is promised for.
test::Witness Laws::after_victims(PoolId pool, const Jobs& yielding, const Jobs& running) const {
  test::Witness books = this->books(pool, yielding, running, {});
  for (auto& promised : books.promised) {
    if (std::find(victims_.begin(), victims_.end(), promised.job) != victims_.end()) promised.from = now_;
  }
  return books;
}

// Whoever gives all back could not have gone on with its minimum on one of its nodes, beside what others are promised.
void Laws::narrowing_would_not_do(const Job& beneficiary, PoolId pool, JobId id, const std::vector<TenantId>* keepers) {
  const Job& victim = state_.jobs()[id];
  const Shape& shape = state_.shape_of(victim);
  if (victim.last_eviction.cause == StopCause::shrink || !victim.requeues) return;
  // Limits may leave it no room to go on, where they were lowered since it started.
  if (state_.most_ever(victim.tenant, victim.grace(), pool) != no_limit) return;
  if (shape.tasks_min >= victim.placed_tasks() || victim.allocation.size() > 4 || shape.segments.of > 0) return;
  if (shape.window || would_run_into_window(victim)) return;
  const Jobs yielding = yielding_to(beneficiary.id, pool, Promise::reclaim);
  for (const Placement& own : victim.allocation) {
    if (own.tasks < shape.tasks_min || shape.per_task.is_fraction()) continue;
    if (!state_.health(own.node).is_available()) continue;
    test::Witness with_it = after_victims(pool, yielding, {});
    const auto is_there = [&](const auto& promised) {
      return std::any_of(promised.allocation.begin(), promised.allocation.end(),
                         [&](const Placement& theirs) { return theirs.node == own.node; });
    };
    if (std::any_of(with_it.promised.begin(), with_it.promised.end(), is_there)) continue;
    Placement kept = own;
    kept.tasks = shape.tasks_min;
    while (std::popcount(kept.gpus) > shape.tasks_min * shape.per_task.whole_gpus()) kept.gpus &= kept.gpus - 1;
    with_it.promised.push_back({id, now_, {kept}, shape.per_task});
    expect(!fits(with_it, beneficiary, Fences::after_stops, keepers), id,
           "gives back all, and could have gone on with its minimum");
  }
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

// The lowest tenant whose guarantee covers the job, beside what it holds and what is being taken back for it, if no
// limit stands against that.
std::optional<TenantId> Laws::guarantor(const Job& job, PoolId pool) const {
  if (wanted(job, pool) == 0 || job.keeps_failing() || state_.shape_of(job).window) return std::nullopt;
  std::optional<TenantId> found;
  for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) {
    const Quota& quota = state_.tenants().quota(*at, pool);
    const std::int64_t owed = state_.usage(*at, pool).held_milli + taken_back_for(*at, pool) + wanted(job, pool);
    if (owed > quota.limit_milli) return std::nullopt;
    if (!found && owed <= quota.guarantee_milli) found = at;
  }
  return found;
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

bool Laws::may_lose(const Job& beneficiary, TenantId by, const Job& victim, PoolId pool) const {
  if (victim.state == JobState::stopping || !has_run_enough(victim)) return false;
  if (state_.tenants().is_within(victim.tenant, by)) return false;
  return is_borrowed(beneficiary, victim, pool);
}

// Whether the victim's tenants, but those that the beneficiary is of too, hold more than is guaranteed to them.
bool Laws::is_borrowed(const Job& beneficiary, const Job& victim, PoolId pool) const {
  const std::int64_t amount = state_.amount(state_.shape_of(victim), pool, victim.placed_tasks());
  if (amount == 0) return true;
  for (std::optional<TenantId> at = victim.tenant; at; at = state_.tenants()[*at].parent) {
    if (state_.tenants().is_within(beneficiary.tenant, *at)) return true;
    const std::int64_t left = state_.usage(*at, pool).held_milli - held_by_stopping(*at, pool);
    if (left <= state_.tenants().quota(*at, pool).guarantee_milli) return false;
  }
  return true;
}

Laws::Jobs Laws::yielding_to(JobId job, PoolId pool, Promise why) const {
  Jobs yielding{job};
  if (why == Promise::fairness) return yielding;
  for (const auto& [id, promise] : state_.reservations()) {
    if (promise.pool != pool || !is_owed_to_nobody(promise.promise)) continue;
    const Job& other = state_.jobs()[id];
    const bool is_owed = guarantor(other, pool).has_value();
    const bool yields = why == Promise::reclaim ? !is_owed
                                                : outranks(state_.jobs()[job], other) &&
                                                      (other.tenant == state_.jobs()[job].tenant || !is_owed);
    if (yields) yielding.insert(id);
  }
  return yielding;
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

bool Laws::is_in_a_window(JobId job, const Reservation& promise) const {
  return std::any_of(state_.windows().begin(), state_.windows().end(), [&](const auto& entry) {
    const Window& window = entry.second;
    const bool is_there = std::any_of(promise.allocation.begin(), promise.allocation.end(),
                                      [&](const Placement& placement) { return window.has(placement.node); });
    return is_there && window.overlaps(promise.from, promise.from + state_.jobs()[job].time_limit);
  });
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
