// Guarantees: who is owed room has it, of what is borrowed, and of no more than is needed (docs/design/0011).
#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "laws.h"

namespace dure {

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
      if (!by || is_behind_who_expires(job)) continue;
      const auto promise = state_.reservations().find(id);
      if (promise == state_.reservations().end()) {
        owed.emplace_back(id, *by);
      } else if (promise->second.from > now_ + longest_grace + after_grace) {
        if (promise->second.pool == pool) promised_late.push_back(id);
        if (promise->second.pool != pool && promise->second.promise == Promise::backfill) owed.emplace_back(id, *by);
      }
    }
    if (owed.size() > most_in_vain) continue;
    for (const auto& [id, by] : owed) one_eviction_would_not_do(state_.jobs()[id], pool, by);
    for (const auto& [id, by] : owed) racks_are_had(state_.jobs()[id], pool);
    for (const JobId id : promised_late) racks_are_had(state_.jobs()[id], pool);
  }
}

void Laws::one_eviction_would_not_do(const Job& job, PoolId pool, TenantId by) {
  if (!is_in_time(job, pool)) return;
  const Jobs yielding = yielding_to(job.id, pool, Promise::reclaim);
  expect(!fits(books(pool, yielding, {}, {}), job, Fences::after_stops), job.id,
         "invariant 3: is owed room that is being freed, and is not promised it");
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& victim = state_.jobs()[id];
    if (!victim.holds_devices() || victim.pool != pool || !may_lose(job, by, victim, pool)) continue;
    if (!is_in_time(job, pool, victim.grace())) continue;
    expect(!fits(books(pool, yielding, {}, {id}), job, Fences::after_stops), job.id,
           "invariant 3: is owed room, and waits though one eviction would do");
  }
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
    if (is_guest(victim.tenant, pool, victim.allocation, &kept_for)) {
      from_racks_ += state_.amount(state_.shape_of(victim), pool, 1) == 0 ? 0u : 1u;
      continue;
    }
    expect(is_borrowed_from(beneficiary, victim, pool), id,
           "invariant 3: is evicted, and could take it back by its guarantee");
  }
}

// Whether what no guarantee covers, or what the pool does not count, is what the victim of this turn holds.
bool Laws::is_borrowed_from(const Job& beneficiary, const Job& victim, PoolId pool) const {
  if (state_.amount(state_.shape_of(victim), pool, 1) == 0) return true;
  for (std::optional<TenantId> at = victim.tenant; at; at = state_.tenants()[*at].parent) {
    if (state_.tenants().is_within(beneficiary.tenant, *at)) break;
    const std::int64_t left = state_.usage(*at, pool).held_milli - held_by_stopping(*at, pool);
    if (left + smallest_victim_of(*at, pool) <= state_.tenants().quota(*at, pool).guarantee_milli) return false;
  }
  return true;
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
  const auto may_go_by_guarantee = [&](JobId id) {
    const Job& victim = state_.jobs()[id];
    return has_run_enough(victim) && is_borrowed_from(beneficiary, victim, pool);
  };
  const bool is_by_guarantee = fits_all() && std::all_of(victims_.begin(), victims_.end(), is_needed) &&
                               std::all_of(victims_.begin(), victims_.end(), may_go_by_guarantee);
  if (!is_by_guarantee && why == Promise::reclaim && is_by_racks(kept_for, pool, place)) {
    yielding.merge(guests_promised(kept_for, pool));
    for (const JobId victim : victims_) yielding.erase(victim);  // what it keeps it is to go on with
    racks_of = &kept_for;
  }
  expect(fits_all(), beneficiary.id, "invariant 4: does not fit on what is freed for it");
  for (const JobId victim : victims_) {
    expect(is_needed(victim), victim, "invariant 4: is evicted, and need not be");
    if (why == Promise::reclaim) narrowing_would_not_do(beneficiary, pool, victim, racks_of);
  }
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
  if (shape.window || would_run_into_window(victim) || may_expire(victim)) return;
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

}  // namespace dure
