#include "dure/policy/dure_policy.h"

#include <algorithm>
#include <limits>

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

std::vector<PoolId> DurePolicy::eligible_pools(const State& state, const Shape& shape) const {
  std::vector<PoolId> eligible;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    if (state.is_eligible(shape, id_of<PoolTag>(i))) eligible.push_back(id_of<PoolTag>(i));
  }
  return eligible;
}

void DurePolicy::observe(const State& state, const Fact& fact) {
  std::visit(Overload{
                 [&](const FleetDeclared&) { rebuild(state); },
                 [&](const TenantsDeclared&) { rebuild(state); },
                 [&](const JobSubmitted& c) { enqueue(state, state.jobs()[c.job]); },
                 [&](const JobReleased& c) { enqueue(state, state.jobs()[c.job]); },
                 [&](const JobHeld& c) { dequeue(state, state.jobs()[c.job]); },
                 [&](const JobCancelled& c) {
                   if (state.departed().state == JobState::pending) dequeue(state, state.departed());
                   DURE_ASSERT(state.departed().id == c.job);
                 },
                 [&](const StartOrdered& c) { on_start(state, c); },
                 [&](const StartFailed&) { on_departure(state, true); },
                 [&](const Ended& c) { on_departure(state, goes_back_to_pending(c.outcome)); },
                 [&](const ReservationMade& c) { on_promise(state, c); },
                 [&](const ReservationDropped& c) { on_drop(state, c.job); },
                 [&](const NodeLost& c) { on_availability(state, c.node); },
                 [&](const NodeReturned& c) { on_availability(state, c.node); },
                 [&](const NodeDrained& c) { on_availability(state, c.node); },
                 [&](const NodeResumed& c) { on_availability(state, c.node); },
                 [](const auto&) {},
             },
             fact.change);
}

// O(jobs log jobs + nodes). At the start only.
void DurePolicy::rebuild(const State& state) {
  index_ = std::make_unique<CapacityIndex>(state.fleet());
  promises_.clear();
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
    plan_of(job.pool).ends.emplace(job.latest_end(), id);
  }
  for (const auto& [job, reservation] : state.reservations()) {
    on_promise(state, {job, reservation.pool, reservation.from, reservation.nodes});
  }
}

void DurePolicy::enqueue(const State& state, const Job& job) {
  for (PoolId pool : eligible_pools(state, state.shape_of(job))) enqueue_in(state, job, pool);
}

void DurePolicy::enqueue_in(const State& state, const Job& job, PoolId id) {
  PoolPlan& pool = plan_of(id);
  const ClassId job_class = pool.queue.insert(state, job);
  if (pool.queue[job_class].jobs == 1) {
    pool.open.insert(job_class);
    pool.promisable.insert(job_class);
  }
  look_again(state, pool, job.tenant, job_class);
  pool.dirty = true;
}

void DurePolicy::dequeue(const State& state, const Job& job) {
  const std::optional<PoolId> promised = promised_in(job.id);
  for (PoolId id : eligible_pools(state, state.shape_of(job))) {
    PoolPlan& pool = plan_of(id);
    if (id != promised) look_again(state, pool, job.tenant, pool.queue.erase(state, job));
    pool.dirty = true;
  }
  if (promised) end_promise(state, job.id);
}

void DurePolicy::on_start(const State& state, const StartOrdered& change) {
  const Job& job = state.jobs()[change.job];
  dequeue(state, job);
  index_->book(change.pool, change.allocation, state.shape_of(job).per_task);
  PoolPlan& pool = plan_of(change.pool);
  pool.ends.emplace(job.latest_end(), job.id);
  pool.queue.standing_changed(state, job.tenant, false);
}

void DurePolicy::on_departure(const State& state, bool goes_back) {
  const Job& job = state.departed();
  PoolPlan& pool = plan_of(job.pool);
  index_->give_back(job.pool, job.allocation, state.shape_of(job).per_task);
  pool.ends.erase({job.latest_end(), job.id});
  pool.queue.standing_changed(state, job.tenant, true);
  reopen(state, pool);
  if (goes_back) enqueue(state, state.jobs()[job.id]);
}

void DurePolicy::on_availability(const State& state, NodeId node) {
  const PoolId pool = state.fleet().pool_of(node);
  index_->set_available(pool, node, state.health(node).is_available());
  reopen(state, plan_of(pool));
}

void DurePolicy::on_promise(const State& state, const ReservationMade& change) {
  PoolPlan& pool = plan_of(change.pool);
  pool.queue.erase(state, state.jobs()[change.job]);
  for (NodeId node : change.nodes) index_->pool(change.pool).set_fenced(node, true);
  promises_[change.job] = {change.pool, change.nodes};
  ++pool.promises;
  pool.dirty = true;
}

void DurePolicy::on_drop(const State& state, JobId job) {
  const PoolId pool = promises_.at(job).pool;
  end_promise(state, job);
  enqueue_in(state, state.jobs()[job], pool);
}

void DurePolicy::end_promise(const State& state, JobId job) {
  const auto promise = promises_.find(job);
  PoolPlan& pool = plan_of(promise->second.pool);
  for (NodeId node : promise->second.nodes) index_->pool(promise->second.pool).set_fenced(node, false);
  promises_.erase(promise);
  --pool.promises;
  reopen(state, pool);
}

// Something became free or was no longer promised: every class is worth a look again.
void DurePolicy::reopen(const State& state, PoolPlan& pool) {
  for (std::size_t c = 0; c < pool.queue.class_bound(); ++c) {
    const ClassId job_class = id_of<ClassTag>(c);
    if (pool.queue[job_class].jobs == 0) continue;
    pool.open.insert(job_class);
    pool.promisable.insert(job_class);
  }
  unhide_passed(state, pool);
  pool.dirty = true;
}

void DurePolicy::unhide_passed(const State& state, PoolPlan& pool) {
  for (const Candidate& passed : pool.passed) pool.queue.unhide(state, passed.tenant, passed.job_class);
  pool.passed.clear();
}

// Another job may now be the first of its tenant and class.
void DurePolicy::look_again(const State& state, PoolPlan& pool, TenantId tenant, ClassId job_class) {
  const std::size_t erased = std::erase_if(pool.passed, [&](const Candidate& passed) {
    return passed.tenant == tenant && passed.job_class == job_class;
  });
  if (erased > 0) pool.queue.unhide(state, tenant, job_class);
}

// As it will be when the plan being made has become facts.
std::optional<PoolId> DurePolicy::promised_in(JobId job) const {
  const auto planned = planned_promises_.find(job);
  if (planned != planned_promises_.end()) return planned->second;
  const auto promise = promises_.find(job);
  return promise == promises_.end() ? std::nullopt : std::optional(promise->second.pool);
}

bool DurePolicy::has_work(const State& state, PoolId pool, Time now) const {
  if (pools_[pool.index()].dirty) return true;
  if (pools_[pool.index()].promises == 0) return false;
  return std::any_of(state.reservations().begin(), state.reservations().end(), [&](const auto& entry) {
    return entry.second.pool == pool && entry.second.from <= now;
  });
}

void DurePolicy::plan(const State& state, Time now, std::vector<Decision>& out) {
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const PoolId pool = id_of<PoolTag>(i);
    if (!has_work(state, pool, now)) continue;
    const std::uint64_t mark = index_->pool(pool).mark();
    const std::size_t first_step = steps_.size();
    plan_pool(state, pool, out);
    for (std::size_t step = steps_.size(); step > first_step; --step) undo_bookings(state, steps_[step - 1]);
    index_->pool(pool).undone_since(mark);
  }
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) undo_queues(state, *step);
  steps_.clear();
  planned_promises_.clear();
}

void DurePolicy::plan_pool(const State& state, PoolId id, std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  pool.queue.set_time(state, state.now());
  pool.first_promise = Time::never();
  for (const auto& [job, reservation] : state.reservations()) {
    if (reservation.pool == id) pool.first_promise = std::min(pool.first_promise, reservation.from);
  }
  std::uint32_t promises = pool.promises;
  promises -= try_promised(state, id, out);
  close_what_cannot_fit(state, id);
  // Blocked jobs are of interest while there is a promise to give; after that, only what may start.
  bool may_promise = promises < options_.reservations;
  for (;;) {
    ClassSet interesting = pool.open;
    if (may_promise) interesting.insert(pool.promisable);
    const auto candidate = pool.queue.next(state, &interesting);
    if (!candidate) break;
    switch (consider(state, id, *candidate, may_promise, out)) {
      case Verdict::started:
      case Verdict::waits: break;
      case Verdict::promised: may_promise = ++promises < options_.reservations; break;
      // The first blocked job has its promise in another pool; that is enough.
      case Verdict::promised_elsewhere: may_promise = false; break;
    }
  }
  pool.dirty = false;
}

// Starts promised jobs whose time has come or that fit earlier. Returns how many promises ended.
std::uint32_t DurePolicy::try_promised(const State& state, PoolId pool, std::vector<Decision>& out) {
  std::uint32_t ended = 0;
  for (const auto& [job, reservation] : state.reservations()) {
    if (reservation.pool != pool) continue;
    const bool intact = std::all_of(reservation.nodes.begin(), reservation.nodes.end(),
                                   [&](NodeId node) { return state.health(node).is_available(); });
    if (!intact) {
      drop(state, reservation, DropCause::node_gone, out);
      ++ended;
    } else if (start_promised(state, reservation, out)) {
      ++ended;
    }
  }
  return ended;
}

void DurePolicy::drop(const State& state, const Reservation& reservation, DropCause cause, std::vector<Decision>& out) {
  for (NodeId node : reservation.nodes) index_->pool(reservation.pool).set_fenced(node, false);
  plan_of(reservation.pool).queue.insert(state, state.jobs()[reservation.job]);
  planned_promises_[reservation.job] = std::nullopt;
  steps_.push_back({.job = reservation.job, .pool = reservation.pool, .unfenced = reservation.nodes, .enqueued = true});
  out.push_back(ReservationDropped{reservation.job, cause});
}

// Returns whether the promise has ended, by a start or because a limit forbids it at the promised time.
bool DurePolicy::start_promised(const State& state, const Reservation& reservation, std::vector<Decision>& out) {
  const Job& job = state.jobs()[reservation.job];
  const Shape& shape = state.shape_of(job);
  PoolCapacity& capacity = index_->pool(reservation.pool);
  if (room_under_limits(state, reservation.pool, job).tasks < shape.tasks_min) {
    if (state.now() < reservation.from) return false;
    drop(state, reservation, DropCause::limit, out);
    return true;
  }
  if (capacity.most_tasks(shape.per_task, shape.within, Fences::ignored) < shape.tasks_min) return false;
  for (NodeId node : reservation.nodes) capacity.set_fenced(node, false);
  if (capacity.most_tasks(shape.per_task, shape.within, Fences::respected) < shape.tasks_min) {
    for (NodeId node : reservation.nodes) capacity.set_fenced(node, true);
    return false;
  }
  start(state, reservation.pool, job, Fences::respected, {.unfenced = reservation.nodes}, out);
  return true;
}

void DurePolicy::close_what_cannot_fit(const State& state, PoolId id) {
  PoolPlan& pool = plan_of(id);
  for (std::size_t c = 0; c < pool.queue.class_bound(); ++c) {
    const ClassId job_class = id_of<ClassTag>(c);
    if (pool.open.contains(job_class) && !could_fit(state, id, pool.queue[job_class])) pool.open.erase(job_class);
  }
}

// Whether some job of the class could start now, as far as nodes go. Once false, it stays so until `reopen`.
bool DurePolicy::could_fit(const State& state, PoolId id, const JobClass& job_class) {
  if (job_class.jobs == 0) return false;
  const Shape& shape = state.shapes()[job_class.shape];
  PoolCapacity& capacity = index_->pool(id);
  if (capacity.most_tasks(shape.per_task, shape.within, Fences::respected) >= shape.tasks_min) return true;
  const Time first_promise = plan_of(id).first_promise;
  return first_promise != Time::never() && state.now() + job_class.least_limit() < first_promise &&
         capacity.most_tasks(shape.per_task, shape.within, Fences::ignored) >= shape.tasks_min;
}

// Which nodes the job may start on now: those not promised, or all of them if it is over in time. Nullopt: none will do.
std::optional<Fences> DurePolicy::fences_for(const State& state, PoolId id, const Job& job) {
  const Shape& shape = state.shape_of(job);
  PoolCapacity& capacity = index_->pool(id);
  if (capacity.most_tasks(shape.per_task, shape.within, Fences::respected) >= shape.tasks_min) return Fences::respected;
  const Time first_promise = plan_of(id).first_promise;
  if (first_promise == Time::never() || state.now() + job.time_limit > first_promise) return std::nullopt;
  if (capacity.most_tasks(shape.per_task, shape.within, Fences::ignored) < shape.tasks_min) return std::nullopt;
  return Fences::ignored;
}

DurePolicy::Verdict DurePolicy::consider(const State& state, PoolId id, const Candidate& candidate, bool may_promise,
                                         std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  const Job& job = state.jobs()[candidate.job];
  const Room room = room_under_limits(state, id, job);
  if (room.tasks < state.shape_of(job).tasks_min) {
    pool.queue.hide(state, candidate.tenant, candidate.job_class, room.holder);
    return Verdict::waits;
  }
  if (pool.open.contains(candidate.job_class)) {
    if (const auto fences = fences_for(state, id, job)) {
      start(state, id, job, *fences, {}, out);
      return Verdict::started;
    }
    if (could_fit(state, id, pool.queue[candidate.job_class])) {
      pool.queue.hide(state, candidate.tenant, candidate.job_class, std::nullopt);
      pool.passed.push_back(candidate);
    } else {
      pool.open.erase(candidate.job_class);
    }
  }
  return may_promise ? promise(state, id, candidate, out) : Verdict::waits;
}

DurePolicy::Room DurePolicy::room_under_limits(const State& state, PoolId pool, const Job& job) const {
  const std::int64_t each = state.fleet().pool(pool).amount(state.shape_of(job).per_task);
  Room room{.tasks = std::numeric_limits<std::int64_t>::max()};
  for (std::optional<TenantId> at = job.tenant; at && each > 0; at = state.tenants()[*at].parent) {
    const std::int64_t limit = state.tenants().quota(*at, pool).limit_milli;
    if (limit == no_limit) continue;
    const std::int64_t tasks = (limit - pools_[pool.index()].queue.held(*at)) / each;
    if (tasks < room.tasks) room = {.tasks = tasks, .holder = *at};
  }
  return room;
}

// Requires that the smallest width fits with these fences and under the limits.
void DurePolicy::start(const State& state, PoolId id, const Job& job, Fences fences, Step step,
                       std::vector<Decision>& out) {
  const Shape& shape = state.shape_of(job);
  const std::uint64_t fit = index_->pool(id).most_tasks(shape.per_task, shape.within, fences);
  const auto room = static_cast<std::uint64_t>(room_under_limits(state, id, job).tasks);
  const auto tasks = static_cast<std::uint32_t>(std::min({std::uint64_t{shape.tasks_max}, fit, room}));
  step.job = job.id;
  step.pool = id;
  step.allocation = index_->pool(id).place(shape.per_task, tasks, shape.within, fences);
  step.held_milli = state.amount(shape, id, tasks);
  index_->book(id, step.allocation, shape.per_task);
  plan_of(id).queue.hold_tentatively(state, job.tenant, step.held_milli);
  for (PoolId pool : eligible_pools(state, shape)) {
    if (pool == promised_in(job.id)) continue;
    plan_of(pool).queue.erase(state, job);
    step.dequeued_from.push_back(pool);
  }
  out.push_back(StartOrdered{job.id, id, step.allocation});
  steps_.push_back(std::move(step));
}

DurePolicy::Verdict DurePolicy::promise(const State& state, PoolId id, const Candidate& candidate,
                                        std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  const Job& job = state.jobs()[candidate.job];
  if (promised_in(job.id)) return Verdict::promised_elsewhere;
  const auto earliest = find_earliest_start(state, *index_, id, state.shape_of(job), pool.ends);
  if (!earliest) {
    pool.promisable.erase(candidate.job_class);
    return Verdict::waits;
  }
  Step step{.job = job.id, .pool = id, .fenced = nodes_of(earliest->allocation), .dequeued_from = {id}};
  for (NodeId node : step.fenced) index_->pool(id).set_fenced(node, true);
  pool.queue.erase(state, job);
  pool.first_promise = std::min(pool.first_promise, earliest->from);
  planned_promises_[job.id] = id;
  out.push_back(ReservationMade{job.id, id, earliest->from, step.fenced});
  steps_.push_back(std::move(step));
  return Verdict::promised;
}

void DurePolicy::undo_bookings(const State& state, const Step& step) {
  if (!step.allocation.empty()) {
    index_->give_back(step.pool, step.allocation, state.shape_of(state.jobs()[step.job]).per_task);
  }
  for (NodeId node : step.fenced) index_->pool(step.pool).set_fenced(node, false);
  for (NodeId node : step.unfenced) index_->pool(step.pool).set_fenced(node, true);
}

void DurePolicy::undo_queues(const State& state, const Step& step) {
  const Job& job = state.jobs()[step.job];
  for (PoolId pool : step.dequeued_from) plan_of(pool).queue.insert(state, job);
  if (step.enqueued) plan_of(step.pool).queue.erase(state, job);
  if (step.held_milli != 0) plan_of(step.pool).queue.hold_tentatively(state, job.tenant, -step.held_milli);
}

std::optional<Time> DurePolicy::next_wakeup(const State& state, Time now) const {
  std::optional<Time> first;
  for (const auto& [job, reservation] : state.reservations()) {
    if (reservation.from > now && (!first || reservation.from < *first)) first = reservation.from;
  }
  return first;
}

}  // namespace dure
