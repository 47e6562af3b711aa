// Promises: what is promised is kept, lasts, and goes to others for a cause.
#include <algorithm>
#include <map>

#include "laws.h"

namespace dure {

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

}  // namespace dure
