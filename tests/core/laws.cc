#include "laws.h"

#include <fmt/format.h>

#include "dure/base/overload.h"

namespace dure {
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

void Laws::before(const ReservationMade& promise) {
  const Job& job = state_.jobs()[promise.job];
  expect(promise.from < expires(job), promise.job, "is promised a start for which it will be too late");
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

}  // namespace dure
