#include "dure/policy/dure_policy.h"

#include <algorithm>
#include <utility>

#include "dure/base/assert.h"
#include "dure/base/overload.h"

namespace dure {
namespace {

std::vector<NodeId> nodes_of(const Allocation& allocation) {
  std::vector<NodeId> nodes;
  for (const Placement& placement : allocation) {
    if (nodes.empty() || nodes.back() != placement.node) nodes.push_back(placement.node);
  }
  return nodes;
}

}  // namespace

// The pools that the job could ever start in: large enough when empty, and not closed to its tenant by a limit.
template <class Function>
void DurePolicy::for_each_eligible(const State& state, const Job& job, Function&& function) const {
  const Shape& shape = state.shape_of(job);
  // An accepted job can start somewhere; where it names one pool, that is it.
  if (shape.pools.size() == 1) return function(shape.pools.front());
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const PoolId pool = id_of<PoolTag>(i);
    const bool is_open = state.amount(shape, pool, shape.tasks_min) <= pools_[i].queue.limit(job.tenant);
    if (is_open && state.is_eligible(shape, pool)) function(pool);
  }
}

void DurePolicy::observe(const State& state, const Fact& fact) {
  now_ = fact.time;
  std::visit(Overload{
                 [&](const FleetDeclared&) { rebuild(state); },
                 [&](const TenantsDeclared&) { rebuild(state); },
                 [&](const JobSubmitted& c) { enqueue_if_pending(state, c.job); },
                 [&](const JobReleased& c) { enqueue_if_pending(state, c.job); },
                 [&](const JobHeld&) { dequeue_departed(state); },
                 [&](const JobCancelled&) { dequeue_departed(state); },
                 [&](const JobUpdated& c) {
                   if (!c.time_limit && !c.priority) return;  // a name decides nothing
                   dequeue_departed(state);
                   enqueue_if_pending(state, c.job);
                 },
                 [&](const StartOrdered& c) {
                   if (!was_planned(c.job)) book_start(state, c);
                 },
                 [&](const StartFailed&) { on_departure(state); },
                 [&](const Ended&) { on_departure(state); },
                 [&](const ReservationMade& c) {
                   if (!was_planned(c.job)) book_promise(state, c);
                 },
                 [&](const ReservationDropped& c) {
                   if (!was_planned(c.job)) book_drop(state, c.job);
                 },
                 [&](const NodeLost& c) { on_availability(state, c.node); },
                 [&](const NodeReturned& c) { on_availability(state, c.node); },
                 [&](const NodeDrained& c) { on_availability(state, c.node); },
                 [&](const NodeResumed& c) { on_availability(state, c.node); },
                 [](const auto&) {},
             },
             fact.change);
  for (JobId job : state.released()) enqueue_if_pending(state, job);
}

// O(jobs log jobs + nodes). At the start only.
void DurePolicy::rebuild(const State& state) {
  index_ = std::make_unique<CapacityIndex>(state.fleet());
  now_ = state.now();
  promises_.clear();
  planned_.clear();
  next_planned_ = 0;
  pools_.clear();
  pools_.resize(state.fleet().pools().size());
  for (std::size_t i = 0; i < pools_.size(); ++i) pools_[i].queue.reset(state, id_of<PoolTag>(i));
  for (std::uint32_t n = 0; n < state.fleet().node_count(); ++n) {
    if (!state.health(NodeId{n}).is_available()) on_availability(state, NodeId{n});
  }
  for (JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    if (job.state == JobState::pending) enqueue(state, job);
    if (!job.holds_devices()) continue;
    index_->book(job.pool, job.allocation, state.shape_of(job).per_task);
    plan_of(job.pool).ends.add(job.latest_end(), id);
  }
  for (const auto& [job, reservation] : state.reservations()) {
    book_promise(state, {job, reservation.pool, reservation.from, reservation.nodes});
  }
}

void DurePolicy::enqueue_if_pending(const State& state, JobId id) {
  const Job* job = state.jobs().find(id);
  if (job != nullptr && job->state == JobState::pending) enqueue(state, *job);
}

// Of what the last fact took out of the queue, or changed in it.
void DurePolicy::dequeue_departed(const State& state) {
  if (state.departed().state == JobState::pending) dequeue(state, state.departed());
}

void DurePolicy::enqueue(const State& state, const Job& job) {
  for_each_eligible(state, job, [&](PoolId pool) { enqueue_in(state, job, pool); });
}

void DurePolicy::enqueue_in(const State& state, const Job& job, PoolId id) {
  PoolPlan& pool = plan_of(id);
  const ClassId job_class = pool.queue.insert(state, job);
  if (pool.queue[job_class].jobs == 1) join_group(id, job_class, job, state.shape_of(job));
  const bool unhidden = look_again(pool, job.tenant, job_class);
  if (unhidden || may_promise(pool) || options_.reclaims || pool.open.contains(job_class)) pool.dirty = true;
}

void DurePolicy::join_group(PoolId id, ClassId job_class, const Job& job, const Shape& shape) {
  PoolPlan& pool = plan_of(id);
  const auto is_free = [](const ShapeGroup& group) { return group.classes.empty(); };
  const auto is_same = [&](const ShapeGroup& group) { return group.shape == job.shape && !is_free(group); };
  auto group = std::find_if(pool.groups.begin(), pool.groups.end(), is_same);
  if (group == pool.groups.end()) {
    group = std::find_if(pool.groups.begin(), pool.groups.end(), is_free);
    if (group == pool.groups.end()) group = pool.groups.insert(group, ShapeGroup{});
    *group = {.shape = job.shape, .demand = index_->pool(id).watch(shape.per_task)};
  }
  group->classes.insert(job_class);
  if (pool.group_of.size() <= job_class.index()) pool.group_of.resize(job_class.index() + 1);
  pool.group_of[job_class.index()] = static_cast<std::uint32_t>(group - pool.groups.begin());
  pool.waiting.insert(job_class);
  pool.open.insert(job_class);
  pool.promisable.insert(job_class);
  pool.hopeful.erase(job_class);
}

void DurePolicy::leave_group(PoolId id, ClassId job_class) {
  PoolPlan& pool = plan_of(id);
  ShapeGroup& group = pool.groups[pool.group_of[job_class.index()]];
  group.classes.erase(job_class);
  if (group.classes.empty()) index_->pool(id).unwatch(group.demand);
  pool.waiting.erase(job_class);
  pool.open.erase(job_class);
  pool.promisable.erase(job_class);
}

// Of a job that left the queue for another reason than a plan of ours.
void DurePolicy::dequeue(const State& state, const Job& job) {
  const std::optional<PoolId> promised = promised_in(job.id);
  for_each_eligible(state, job, [&](PoolId id) {
    if (id != promised) dequeue_from(job, id);
  });
  if (promised) reopen(end_promise(job.id));
}

void DurePolicy::dequeue_from(const Job& job, PoolId id) {
  PoolPlan& pool = plan_of(id);
  const ClassId job_class = pool.queue.erase(job);
  // Whoever is first now may be owed a promise, or be short enough to start.
  if (look_again(pool, job.tenant, job_class) || may_promise(pool)) pool.dirty = true;
  if (pool.queue[job_class].jobs == 0) leave_group(id, job_class);
}

// Decisions come back as facts in the order they were planned.
bool DurePolicy::was_planned(JobId job) {
  if (next_planned_ == planned_.size()) return false;
  DURE_ASSERT(planned_[next_planned_] == job);
  if (++next_planned_ == planned_.size()) {
    planned_.clear();
    next_planned_ = 0;
  }
  return true;
}

void DurePolicy::book_start(const State& state, const StartOrdered& start) {
  const Job& job = state.jobs()[start.job];
  const Shape& shape = state.shape_of(job);
  const std::optional<PoolId> promised = promised_in(job.id);
  for_each_eligible(state, job, [&](PoolId id) {
    if (id != promised) dequeue_from(job, id);
  });
  if (promised) reopen(end_promise(job.id));
  index_->book(start.pool, start.allocation, shape.per_task);
  std::uint32_t tasks = 0;
  for (const Placement& placement : start.allocation) tasks += placement.tasks;
  PoolPlan& pool = plan_of(start.pool);
  pool.ends.add(now_ + job.time_limit, job.id);
  pool.queue.hold(state, now_, job.tenant, state.amount(shape, start.pool, tasks));
}

void DurePolicy::on_departure(const State& state) {
  const Job& job = state.departed();
  PoolPlan& pool = plan_of(job.pool);
  index_->give_back(job.pool, job.allocation, state.shape_of(job).per_task);
  pool.ends.remove(job.latest_end(), job.id);
  pool.queue.given_back(state, job.tenant);
  reopen(pool);
  enqueue_if_pending(state, job.id);
}

void DurePolicy::on_availability(const State& state, NodeId node) {
  const PoolId pool = state.fleet().pool_of(node);
  index_->set_available(pool, node, state.health(node).is_available());
  plan_of(pool).is_shaken = true;
  plan_of(pool).hopeful.clear();
  reopen(plan_of(pool));
}

void DurePolicy::book_promise(const State& state, const ReservationMade& promise) {
  PoolPlan& pool = plan_of(promise.pool);
  dequeue_from(state.jobs()[promise.job], promise.pool);
  for (NodeId node : promise.nodes) index_->pool(promise.pool).set_fenced(node, true);
  const DemandId demand = index_->pool(promise.pool).watch(state.shape_of(state.jobs()[promise.job]).per_task);
  promises_[promise.job] = {promise.pool, demand, promise.nodes};
  pool.hopeful.clear();
  ++pool.promises;
}

void DurePolicy::book_drop(const State& state, JobId job) {
  const PoolId pool = promises_.at(job).pool;
  reopen(end_promise(job));
  enqueue_in(state, state.jobs()[job], pool);
  // Other pools may have left it to this one to promise the job a time.
  for_each_eligible(state, state.jobs()[job], [&](PoolId id) { plan_of(id).dirty = true; });
}

DurePolicy::PoolPlan& DurePolicy::end_promise(JobId job) {
  const auto promise = promises_.find(job);
  const PoolId pool = promise->second.pool;
  for (NodeId node : promise->second.nodes) index_->pool(pool).set_fenced(node, false);
  index_->pool(pool).unwatch(promise->second.demand);
  promises_.erase(promise);
  --plan_of(pool).promises;
  return plan_of(pool);
}

// Something became free or was no longer promised: every class is worth a look again.
void DurePolicy::reopen(PoolPlan& pool) {
  pool.promisable = pool.waiting;
  pool.stale = true;
  unhide_passed(pool);
  pool.dirty = true;
}

void DurePolicy::unhide_passed(PoolPlan& pool) {
  for (const Candidate& passed : pool.passed) pool.queue.unhide(passed.tenant, passed.job_class);
  pool.passed.clear();
}

// Another job may now be the first of its tenant and class.
bool DurePolicy::look_again(PoolPlan& pool, TenantId tenant, ClassId job_class) {
  const std::size_t erased = std::erase_if(
      pool.passed, [&](const Candidate& passed) { return passed.tenant == tenant && passed.job_class == job_class; });
  if (erased > 0) pool.queue.unhide(tenant, job_class);
  return erased > 0;
}

std::optional<PoolId> DurePolicy::promised_in(JobId job) const {
  const auto promise = promises_.find(job);
  return promise == promises_.end() ? std::nullopt : std::optional(promise->second.pool);
}

bool DurePolicy::has_work(const State& state, PoolId pool, Time now) const {
  if (pools_[pool.index()].dirty) return true;
  // Whose turn it is changes with time. Without a look at it, a policy made from the state now could promise more.
  if (pools_[pool.index()].yielded && pools_[pool.index()].queue.order_may_differ(state, now)) return true;
  if (pools_[pool.index()].promises == 0) return false;
  return std::any_of(state.reservations().begin(), state.reservations().end(),
                     [&](const auto& entry) { return entry.second.pool == pool && entry.second.from <= now; });
}

void DurePolicy::plan(const State& state, Time now, std::vector<Decision>& out) {
  DURE_ASSERT(planned_.empty());
  now_ = now;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    if (has_work(state, id_of<PoolTag>(i), now)) plan_pool(state, id_of<PoolTag>(i), out);
  }
}

const ClassSet& DurePolicy::open_or_promisable(const PoolPlan& pool) {
  interesting_ = pool.open;
  interesting_.insert(pool.promisable);
  return interesting_;
}

void DurePolicy::plan_pool(const State& state, PoolId id, std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  pool.queue.set_time(state, now_);
  try_promised(state, id, out);
  pool.first_promise = Time::never();
  for (const auto& [job, reservation] : state.reservations()) {
    // What this plan has started or dropped still stands in the state, but holds nobody up any more.
    if (reservation.pool != id || !promises_.contains(job)) continue;
    pool.first_promise = std::min(pool.first_promise, reservation.from);
  }
  if (pool.stale) find_open_classes(state, id);
  if (options_.reclaims) reclaim_for_guarantees(state, id, out);
  // Blocked jobs are of interest while there is a promise to give; after that, only what may start.
  bool is_promising = may_promise(pool);
  if (is_promising) unhide_passed(pool);
  pool.yielded = false;
  // What starts may bring the job that was yielded to to its limit: then it is no longer the first blocked one.
  bool look_once_more = false;
  for (;;) {
    const auto candidate = pool.queue.next(is_promising ? open_or_promisable(pool) : pool.open);
    if (!candidate) break;
    switch (consider(state, id, *candidate, is_promising, out)) {
      case Verdict::started: look_once_more = pool.yielded; break;
      case Verdict::waits: break;
      case Verdict::promised: is_promising = may_promise(pool); break;
      // The first blocked job has its promise in another pool; that is enough.
      case Verdict::promised_elsewhere:
        is_promising = false;
        pool.yielded = true;
        break;
    }
  }
  pool.dirty = look_once_more;
}

// What is owed comes first in the order of tenants: a few looks find whoever may take back what others borrowed.
void DurePolicy::reclaim_for_guarantees(const State& state, PoolId id, std::vector<Decision>& out) {
  constexpr int most_tries = 16;
  constexpr int most_looks = 256;
  PoolPlan& pool = plan_of(id);
  std::vector<Candidate> seen;
  int tries = 0;
  for (int looks = 0; looks < most_looks && tries < most_tries; ++looks) {
    const auto candidate = pool.queue.next(pool.waiting);
    if (!candidate) break;
    pool.queue.hide(candidate->tenant, candidate->job_class);
    seen.push_back(*candidate);
    const Job& job = state.jobs()[candidate->job];
    if (promised_in(job.id)) continue;
    if (const auto by = guarantor(state, id, pool.queue, job, promised_jobs(id))) {
      ++tries;
      reclaim_for(state, id, {job, *by}, out);
    }
  }
  for (const Candidate& candidate : seen) {
    const auto is_it = [&](const Candidate& passed) {
      return passed.tenant == candidate.tenant && passed.job_class == candidate.job_class;
    };
    if (std::none_of(pool.passed.begin(), pool.passed.end(), is_it)) {
      pool.queue.unhide(candidate.tenant, candidate.job_class);
    }
  }
}

std::vector<JobId> DurePolicy::promised_jobs(PoolId pool) const {
  std::vector<JobId> jobs;
  for (const auto& [job, promise] : promises_) {
    if (promise.pool == pool) jobs.push_back(job);
  }
  return jobs;
}

// The freed nodes are promised to the job in the same step. By then every victim has had its grace, and a little more.
bool DurePolicy::reclaim_for(const State& state, PoolId id, const Beneficiary& beneficiary,
                             std::vector<Decision>& out) {
  constexpr Duration margin = seconds(10);
  PoolPlan& pool = plan_of(id);
  // What was promised to borrowers does not stand in the way of a guarantee.
  const std::vector<JobId> borrowers = promised_borrowers(state, id, out);
  const auto set_fences = [&](bool fenced) {
    for (JobId borrower : borrowers) {
      for (NodeId node : promises_.at(borrower).nodes) index_->pool(id).set_fenced(node, fenced);
    }
  };
  set_fences(false);
  const auto reclaim = find_reclaim(state, *index_, id, pool.queue, beneficiary, pool.ends, now_, out);
  set_fences(true);
  if (!reclaim) return false;
  const std::vector<NodeId> wanted = nodes_of(reclaim->allocation);
  for (JobId borrower : borrowers) {
    const std::vector<NodeId>& theirs = promises_.at(borrower).nodes;
    if (std::find_first_of(theirs.begin(), theirs.end(), wanted.begin(), wanted.end()) == theirs.end()) continue;
    drop(state, state.reservations().at(borrower), DropCause::reclaimed, out);
  }
  for (JobId victim : reclaim->victims) out.push_back(StopOrdered{victim, Outcome::evicted});
  const JobId job = beneficiary.job.id;
  ReservationMade promise{job, id, now_ + reclaim->grace + margin, nodes_of(reclaim->allocation)};
  book_promise(state, promise);
  pool.first_promise = std::min(pool.first_promise, promise.from);
  planned_.push_back(job);
  out.push_back(std::move(promise));
  return true;
}

// Those that hold a promise of an earlier plan in this pool, which no guarantee covers.
std::vector<JobId> DurePolicy::promised_borrowers(const State& state, PoolId pool,
                                                  std::span<const Decision> planned) const {
  std::vector<JobId> borrowers;
  for (JobId job : promised_jobs(pool)) {
    const bool is_new = std::any_of(planned.begin(), planned.end(), [&](const Decision& decision) {
      const auto* made = std::get_if<ReservationMade>(&decision);
      return made != nullptr && made->job == job;
    });
    if (!is_new && !guarantor(state, pool, pools_[pool.index()].queue, state.jobs()[job], {})) borrowers.push_back(job);
  }
  return borrowers;
}

// Starts promised jobs that fit, takes back promises that cannot be kept. Either may make room for another promised
// job.
void DurePolicy::try_promised(const State& state, PoolId pool, std::vector<Decision>& out) {
  const bool is_shaken = std::exchange(plan_of(pool).is_shaken, false);
  for (bool again = true; again;) {
    const std::size_t before = planned_.size();
    try_each_promised(state, pool, is_shaken, out);
    again = planned_.size() != before && plan_of(pool).promises > 0;
  }
}

void DurePolicy::try_each_promised(const State& state, PoolId pool, bool is_shaken, std::vector<Decision>& out) {
  for (const auto& [job, reservation] : state.reservations()) {
    // A job that this very plan has started elsewhere still stands in the state.
    if (reservation.pool != pool || !promises_.contains(job)) continue;
    if (is_shaken && std::any_of(reservation.nodes.begin(), reservation.nodes.end(),
                                 [&](NodeId node) { return !state.health(node).is_available(); })) {
      drop(state, reservation, DropCause::node_gone, out);
    } else {
      start_promised(state, reservation, out);
    }
  }
}

void DurePolicy::drop(const State& state, const Reservation& reservation, DropCause cause, std::vector<Decision>& out) {
  book_drop(state, reservation.job);
  planned_.push_back(reservation.job);
  out.push_back(ReservationDropped{reservation.job, cause});
}

// A promised job may use its own promised nodes and those of nobody.
void DurePolicy::start_promised(const State& state, const Reservation& reservation, std::vector<Decision>& out) {
  const Job& job = state.jobs()[reservation.job];
  const Shape& shape = state.shape_of(job);
  PoolCapacity& capacity = index_->pool(reservation.pool);
  const DemandId demand = promises_.at(job.id).demand;
  const bool is_due = now_ >= reservation.from;
  if (!is_due && !capacity.fits(demand, shape.tasks_min, shape.within, Fences::ignored)) return;
  if (plan_of(reservation.pool).queue.room(job.tenant) < state.amount(shape, reservation.pool, shape.tasks_min)) {
    if (is_due) drop(state, reservation, DropCause::limit, out);
    return;
  }
  for (NodeId node : reservation.nodes) capacity.set_fenced(node, false);
  if (capacity.fits(demand, shape.tasks_min, shape.within, Fences::respected)) {
    start(state, reservation.pool, job, Fences::respected, out);
  } else {
    for (NodeId node : reservation.nodes) capacity.set_fenced(node, true);
  }
}

// One look for each shape that waits. What was open stays so: something became free, or nobody would ask. O(shapes).
void DurePolicy::find_open_classes(const State& state, PoolId id) {
  PoolPlan& pool = plan_of(id);
  PoolCapacity& capacity = index_->pool(id);
  pool.stale = false;
  for (const ShapeGroup& group : pool.groups) {
    if (group.classes.empty() || pool.open.contains_all(group.classes)) continue;
    const Shape& shape = state.shapes()[group.shape];
    // Most shapes do not fit at all, and that takes one tree.
    if (!capacity.fits(group.demand, shape.tasks_min, shape.within, Fences::ignored)) continue;
    if (pool.promises == 0 || capacity.fits(group.demand, shape.tasks_min, shape.within, Fences::respected)) {
      pool.open.insert(group.classes);
      continue;
    }
    group.classes.for_each([&](ClassId job_class) {
      if (now_ + pool.queue[job_class].least_limit() < pool.first_promise) pool.open.insert(job_class);
    });
  }
}

// Whether some job of the class could start now, as far as nodes go. Once false, it stays so until `reopen`.
bool DurePolicy::could_fit(const State& state, PoolId id, ClassId class_id) {
  PoolPlan& pool = plan_of(id);
  const Shape& shape = state.shapes()[pool.queue[class_id].shape];
  const DemandId demand = pool.groups[pool.group_of[class_id.index()]].demand;
  PoolCapacity& capacity = index_->pool(id);
  if (capacity.fits(demand, shape.tasks_min, shape.within, Fences::respected)) return true;
  return pool.first_promise != Time::never() && now_ + pool.queue[class_id].least_limit() < pool.first_promise &&
         capacity.fits(demand, shape.tasks_min, shape.within, Fences::ignored);
}

// Which nodes the job may start on now: those not promised, or all of them if it is over in time. Nullopt: none will
// do.
std::optional<Fences> DurePolicy::fences_for(const State& state, PoolId id, const Job& job, DemandId demand) {
  const Shape& shape = state.shape_of(job);
  PoolCapacity& capacity = index_->pool(id);
  if (capacity.fits(demand, shape.tasks_min, shape.within, Fences::respected)) return Fences::respected;
  const Time first_promise = plan_of(id).first_promise;
  if (first_promise == Time::never() || now_ + job.time_limit > first_promise) return std::nullopt;
  if (!capacity.fits(demand, shape.tasks_min, shape.within, Fences::ignored)) return std::nullopt;
  return Fences::ignored;
}

DurePolicy::Verdict DurePolicy::consider(const State& state, PoolId id, const Candidate& candidate, bool is_promising,
                                         std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  const Job& job = state.jobs()[candidate.job];
  if (pool.open.contains(candidate.job_class)) {
    const DemandId demand = pool.groups[pool.group_of[candidate.job_class.index()]].demand;
    if (const auto fences = fences_for(state, id, job, demand)) {
      start(state, id, job, *fences, out);
      return Verdict::started;
    }
    if (could_fit(state, id, candidate.job_class)) {
      pool.queue.hide(candidate.tenant, candidate.job_class);
      pool.passed.push_back(candidate);
    } else {
      pool.open.erase(candidate.job_class);
    }
  }
  if (!is_promising) return Verdict::waits;
  if (options_.reclaims && !promised_in(job.id)) {
    const auto by = guarantor(state, id, pool.queue, job, promised_jobs(id));
    if (by && reclaim_for(state, id, {job, *by}, out)) return Verdict::promised;
  }
  return promise(state, id, candidate, out);
}

// Requires that the smallest width fits with these fences and under the limits.
void DurePolicy::start(const State& state, PoolId id, const Job& job, Fences fences, std::vector<Decision>& out) {
  const Shape& shape = state.shape_of(job);
  std::uint64_t tasks = shape.tasks_max;
  if (shape.tasks_min < shape.tasks_max) {
    // What a task does not hold in this pool's unit, no limit counts.
    const std::int64_t each = state.amount(shape, id, 1);
    const auto room = each > 0 ? static_cast<std::uint64_t>(plan_of(id).queue.room(job.tenant) / each) : tasks;
    tasks = std::min({tasks, index_->pool(id).most_tasks(shape.per_task, shape.within, fences), room});
  }
  StartOrdered order{job.id, id,
                     index_->pool(id).place(shape.per_task, static_cast<std::uint32_t>(tasks), shape.within, fences)};
  book_start(state, order);
  planned_.push_back(job.id);
  out.push_back(std::move(order));
}

DurePolicy::Verdict DurePolicy::promise(const State& state, PoolId id, const Candidate& candidate,
                                        std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  const Job& job = state.jobs()[candidate.job];
  const bool is_promised = promised_in(job.id).has_value();
  if (is_promised && pool.hopeful.contains(candidate.job_class)) return Verdict::promised_elsewhere;
  const auto earliest = find_earliest_start(state, *index_, id, state.shape_of(job), pool.ends, now_, out);
  if (!earliest) {
    pool.promisable.erase(candidate.job_class);
    return Verdict::waits;
  }
  if (is_promised) {
    pool.hopeful.insert(candidate.job_class);
    return Verdict::promised_elsewhere;
  }
  ReservationMade promise{job.id, id, earliest->from, nodes_of(earliest->allocation)};
  book_promise(state, promise);
  pool.first_promise = std::min(pool.first_promise, earliest->from);
  planned_.push_back(job.id);
  out.push_back(std::move(promise));
  return Verdict::promised;
}

std::optional<Time> DurePolicy::next_wakeup(const State& state, Time now) const {
  if (std::any_of(pools_.begin(), pools_.end(), [](const PoolPlan& pool) { return pool.dirty; })) return now;
  std::optional<Time> first;
  for (const auto& [job, reservation] : state.reservations()) {
    if (reservation.from > now && (!first || reservation.from < *first)) first = reservation.from;
  }
  return first;
}

}  // namespace dure
