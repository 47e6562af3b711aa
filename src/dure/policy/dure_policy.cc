#include "dure/policy/dure_policy.h"

#include <algorithm>
#include <utility>

#include "dure/base/assert.h"
#include "dure/base/overload.h"
#include "dure/core/harm.h"
#include "dure/policy/planned_starts.h"
#include "dure/policy/quarantine.h"

namespace dure {
// The pools that the job could ever start in: large enough when empty, and not closed to its tenant by a limit.
template <class Function>
void DurePolicy::for_each_eligible(const State& state, const Job& job, Function&& function) const {
  const Shape& shape = state.shape_of(job);
  // An accepted job can start somewhere; where it names one pool, that is it.
  if (shape.pools.size() == 1) return function(shape.pools.front());
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const PoolId pool = id_of<PoolTag>(i);
    if (state.amount(shape, pool, shape.tasks_min) <= state.most_ever(job.tenant, job.grace(), pool) &&
        state.is_eligible(shape, pool)) {
      function(pool);
    }
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
                 [&](const StopOrdered& c) {
                   // What leaves is room at the times of later promises, and for who is owed it and had nobody to
                   // evict.
                   book_stop(state, c.job);
                   if (c.outcome == Outcome::cancelled && promised_in(c.job)) end_promise(state, c.job);
                   reopen(plan_of(state.jobs()[c.job].pool));
                 },
                 [&](const StartFailed&) { has_suspects_ = true, on_departure(state); },
                 [&](const Ended& c) {
                   has_suspects_ = has_suspects_ || c.outcome == Outcome::node_lost;
                   on_departure(state);
                 },
                 [&](const NodesReserved& c) {
                   const Reservation& made = state.reservations().at(c.job);
                   book_promise(state, {c.job, c.pool, c.from, made.allocation, made.promise}, {});
                 },
                 [&](const ReservationMade& c) {
                   if (!was_planned(c.job)) book_promise(state, c, {});
                 },
                 [&](const ReservationDropped& c) {
                   if (!was_planned(c.job)) book_drop(state, c.job);
                 },
                 [&](const NodeLost& c) { on_availability(state, c.node); },
                 [&](const NodeReturned& c) { on_availability(state, c.node); },
                 [&](const NodeDrained& c) { on_availability(state, c.node); },
                 [&](const NodeResumed& c) { on_availability(state, c.node); },
                 [&](const WindowOpened& c) { book_window(state, c.window); },
                 [&](const WindowClosed& c) { close_window(c.window); },
                 [&](const DevicesFailed& c) { on_devices_failed(state, c.node); },
                 [&](const DevicesReturned& c) { on_availability(state, c.node); },
                 [](const auto&) {},
             },
             fact.change);
  for (JobId job : state.released()) enqueue_if_pending(state, job);
}

// O(jobs log jobs + nodes). At the start only.
void DurePolicy::rebuild(const State& state) {
  index_ = std::make_unique<CapacityIndex>(state.fleet());
  now_ = state.now();
  promised_in_.clear();
  paused_.clear();
  beginnings_.clear();
  in_the_way_.clear();
  has_suspects_ = true;
  planned_.clear();
  next_planned_ = 0;
  pools_.clear();
  pools_.resize(state.fleet().pools().size());
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    pools_[i].queue.reset(state, id_of<PoolTag>(i), options_.order);
    pools_[i].on_the_way.leaving_milli.resize(state.tenants().size());
  }
  for (std::uint32_t n = 0; n < state.fleet().node_count(); ++n) {
    if (!state.health(NodeId{n}).is_available()) on_availability(state, NodeId{n});
    if (state.health(NodeId{n}).sick != 0) on_devices_failed(state, NodeId{n});
  }
  for (JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    if (job.state == JobState::pending) enqueue(state, job);
    if (!job.holds_devices()) continue;
    index_->book(job.pool, job.allocation, state.shape_of(job).per_task, {job.latest_end()});
    plan_of(job.pool).ends.add(job.latest_end(), id);
    if (state.amount(state.shape_of(job), job.pool, 1) == 0) ++plan_of(job.pool).on_the_way.uncounted;
    if (job.state == JobState::stopping) book_stop(state, id);
  }
  for (const auto& [job, made] : state.reservations()) {
    book_promise(state, {job, made.pool, made.from, made.allocation, made.promise}, {});
  }
  for (const auto& [id, window] : state.windows()) book_window(state, window);
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
  if (job.not_before > now_) {
    paused_.emplace(job.not_before, job.id);
    return;
  }
  const std::optional<PoolId> promised = promised_in(job.id);
  for_each_eligible(state, job, [&](PoolId pool) {
    if (pool != promised) enqueue_in(state, job, pool);
  });
}

// Whose pause is over.
void DurePolicy::enqueue_rested(const State& state) {
  while (!paused_.empty() && paused_.begin()->first <= now_) {
    const JobId job = paused_.extract(paused_.begin()).value().second;
    enqueue(state, state.jobs()[job]);
  }
}

void DurePolicy::enqueue_in(const State& state, const Job& job, PoolId id) {
  PoolPlan& pool = plan_of(id);
  const ClassId job_class = pool.queue.insert(state, job);
  if (options_.order == LeafOrder::shortest) pool.due.insert(job);
  if (pool.queue[job_class].jobs == 1) join_group(id, job_class, job, state.shape_of(job));
  const bool unhidden = look_again(pool, job.tenant, job_class);
  const bool may_be_promised = options_.order == LeafOrder::oldest && may_promise(pool);
  if (unhidden || may_be_promised || options_.reclaims || pool.open.contains(job_class)) pool.dirty = true;
}

void DurePolicy::join_group(PoolId id, ClassId job_class, const Job& job, const Shape& shape) {
  PoolPlan& pool = plan_of(id);
  const auto is_free = [](const ShapeGroup& group) { return group.classes.empty(); };
  const auto is_same = [&](const ShapeGroup& group) { return group.shape == job.shape && !is_free(group); };
  auto group = std::find_if(pool.groups.begin(), pool.groups.end(), is_same);
  if (group == pool.groups.end()) {
    group = std::find_if(pool.groups.begin(), pool.groups.end(), is_free);
    if (group == pool.groups.end()) group = pool.groups.insert(group, ShapeGroup{});
    *group = {.shape = job.shape, .demand = index_->pool(id).watch(shape.placing())};
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
  if (paused_.erase({job.not_before, job.id}) > 0) return;
  const std::optional<PoolId> promised = promised_in(job.id);
  for_each_eligible(state, job, [&](PoolId id) {
    if (id != promised) dequeue_from(job, id);
  });
  if (promised) reopen(end_promise(state, job.id));
}

void DurePolicy::dequeue_from(const Job& job, PoolId id) {
  PoolPlan& pool = plan_of(id);
  const ClassId job_class = pool.queue.erase(job);
  if (options_.order == LeafOrder::shortest) pool.due.erase(job);
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
  if (promised) reopen(end_promise(state, job.id));
  index_->book(start.pool, start.allocation, shape.per_task, {now_ + job.time_limit});
  std::uint32_t tasks = 0;
  for (const Placement& placement : start.allocation) tasks += placement.tasks;
  PoolPlan& pool = plan_of(start.pool);
  pool.ends.add(now_ + job.time_limit, job.id);
  const std::int64_t held = state.amount(shape, start.pool, tasks);
  if (held == 0) ++pool.on_the_way.uncounted;
  pool.queue.hold(state, now_, job, held);
  // Another user's job may now be the first of its class.
  if (pool.queue.takes_turns(job.tenant)) {
    look_again_if(pool, [&](const Candidate& passed) { return passed.tenant == job.tenant; });
  }
}

void DurePolicy::on_departure(const State& state) {
  const Job& job = state.departed();
  PoolPlan& pool = plan_of(job.pool);
  index_->give_back(job.pool, job.allocation, state.shape_of(job).per_task, departure_of(pool, job));
  const std::int64_t held = state.amount(state.shape_of(job), job.pool, job.placed_tasks());
  if (held == 0) --pool.on_the_way.uncounted;
  if (pool.stopping.erase(job.id) > 0) {
    const auto grace = pool.on_the_way.graces.find(job.grace());
    if (--grace->second == 0) pool.on_the_way.graces.erase(grace);
    change_on_the_way(state, pool.on_the_way.leaving_milli, job.tenant, kept_milli(state, job.id) - held);
  }
  for (const Placement& placement : job.allocation) pool.promises.touch(placement.node);
  pool.ends.remove(job.latest_end(), job.id);
  leave_the_way(state, job);
  pool.queue.given_back(state, job);
  if (promised_in(job.id)) {
    // It goes on with what it keeps, unless it came to another end.
    if (state.reservations().contains(job.id)) {
      pool.promises.look_again(job.id);
    } else {
      end_promise(state, job.id);
    }
  }
  reopen(pool);
  enqueue_if_pending(state, job.id);
}

void DurePolicy::on_availability(const State& state, NodeId node) {
  const PoolId pool = state.fleet().pool_of(node);
  index_->set_available(pool, node, state.health(node).is_available());
  index_->set_sick(pool, node, state.health(node).sick);
  plan_of(pool).is_shaken = true;
  plan_of(pool).promises.touch(node);
  plan_of(pool).hopeful.clear();
  has_suspects_ = true;
  reopen(plan_of(pool));
}

void DurePolicy::on_devices_failed(const State& state, NodeId node) {
  on_availability(state, node);
  plan_of(state.fleet().pool_of(node)).has_failing = true;
}

// Whoever cancels what is being evicted changes nothing here.
void DurePolicy::book_stop(const State& state, JobId id) {
  const Job& job = state.jobs()[id];
  PoolPlan& pool = plan_of(job.pool);
  const Time by = job.gone_by(job.state == JobState::stopping ? job.stopped : now_);
  if (!pool.stopping.emplace(id, by).second) return;
  leave_the_way(state, job);
  const Shape& shape = state.shape_of(job);
  index_->stop(job.pool, job.allocation, shape.per_task, job.latest_end(), by);
  for (const Placement& placement : job.allocation) pool.promises.touch(placement.node);
  ++pool.on_the_way.graces[job.grace()];
  change_on_the_way(state, pool.on_the_way.leaving_milli, job.tenant,
                    state.amount(shape, job.pool, job.placed_tasks()));
}

void DurePolicy::change_on_the_way(const State& state, std::vector<std::int64_t>& by_tenant, TenantId tenant,
                                   std::int64_t milli) const {
  for (std::optional<TenantId> at = tenant; at; at = state.tenants()[*at].parent) by_tenant[at->index()] += milli;
}

void DurePolicy::book_promise(const State& state, const ReservationMade& promise, std::span<const Decision> planned) {
  PoolPlan& pool = plan_of(promise.pool);
  const Job& job = state.jobs()[promise.job];
  const Shape& shape = state.shape_of(job);
  PoolCapacity& capacity = index_->pool(promise.pool);
  if (job.state == JobState::pending) dequeue_from(job, promise.pool);
  capacity.promise(job.id, promise.from, promise.allocation, shape.per_task, [&](const auto& visit) {
    std::optional<PlannedStarts> starts;  // rarely needed: most that leaves by then runs already
    for (const auto& [id, by] : pool.stopping) {
      const Job& leaving = state.jobs()[id];
      if (by > promise.from) continue;
      for (const Placement& placement : leaving.allocation) visit(placement, state.shape_of(leaving).per_task, true);
    }
    for (const auto& [end, id] : pool.ends.sorted()) {
      if (end > promise.from) break;
      if (pool.stopping.contains(id)) continue;
      const Job& leaving = state.jobs()[id];
      if (!leaving.holds_devices() && !starts) starts.emplace(planned);
      const Allocation& held = leaving.holds_devices() ? leaving.allocation : starts->allocation_of(leaving);
      for (const Placement& placement : held) visit(placement, state.shape_of(leaving).per_task, false);
    }
  });
  pool.promises.add(job.id, {.from = promise.from,
                             .allocation = promise.allocation,
                             .why = promise.promise,
                             .demand = capacity.watch(shape.placing()),
                             .shape = job.shape,
                             .tenant = job.tenant,
                             .is_gang = shape.tasks_min > 1 || promise.promise == Promise::keep});
  promised_in_[job.id] = promise.pool;
  if (promise.promise == Promise::reclaim) {
    pool.queue.claim(job.tenant, state.amount(shape, promise.pool, shape.tasks_min));
  }
  if (pool.stopping.contains(job.id)) {
    change_on_the_way(state, pool.on_the_way.leaving_milli, job.tenant, -kept_milli(state, job.id));
  }
  pool.hopeful.clear();
}

void DurePolicy::book_drop(const State& state, JobId job) {
  const PoolId pool = promised_in_.at(job);
  reopen(end_promise(state, job));
  if (state.jobs()[job].state != JobState::pending) return;  // it is still being stopped
  enqueue_in(state, state.jobs()[job], pool);
  // Other pools may have left it to this one to promise the job a time.
  for_each_eligible(state, state.jobs()[job], [&](PoolId id) { plan_of(id).dirty = true; });
}

DurePolicy::PoolPlan& DurePolicy::end_promise(const State& state, JobId id) {
  const PoolId pool_id = promised_in_.at(id);
  PoolPlan& pool = plan_of(pool_id);
  if (pool.stopping.contains(id)) {
    change_on_the_way(state, pool.on_the_way.leaving_milli, state.jobs()[id].tenant, kept_milli(state, id));
  }
  const PromiseBook::Entry entry = pool.promises.remove(id);
  promised_in_.erase(id);
  index_->pool(pool_id).withdraw(id);
  index_->pool(pool_id).unwatch(entry.demand);
  for (const Placement& placement : entry.allocation) pool.promises.touch(placement.node);
  if (entry.why == Promise::reclaim) {
    const Shape& shape = state.shapes()[entry.shape];
    pool.queue.claim(entry.tenant, -state.amount(shape, pool_id, shape.tasks_min));
  }
  return pool;
}

// What a job that is being stopped is to go on with, in the pool's unit.
std::int64_t DurePolicy::kept_milli(const State& state, JobId job) const {
  const auto promised = promised_in(job);
  if (!promised || pools_[promised->index()].promises[job].why != Promise::keep) return 0;
  const Shape& shape = state.shapes()[pools_[promised->index()].promises[job].shape];
  return state.amount(shape, *promised, shape.tasks_min);
}

// Something became free or was no longer promised: every class is worth a look again.
void DurePolicy::reopen(PoolPlan& pool) {
  pool.promisable = pool.waiting;
  pool.stale = true;
  unhide_passed(pool);
  pool.dirty = true;
}

void DurePolicy::pass(PoolPlan& pool, const Candidate& candidate) {
  pool.queue.hide(candidate.tenant, candidate.job_class);
  pool.passed.push_back(candidate);
}

void DurePolicy::unhide_passed(PoolPlan& pool) {
  for (const Candidate& passed : pool.passed) pool.queue.unhide(passed.tenant, passed.job_class);
  pool.passed.clear();
}

// Another job may now be the first of its tenant and class.
bool DurePolicy::look_again(PoolPlan& pool, TenantId tenant, ClassId job_class) {
  return look_again_if(
      pool, [&](const Candidate& passed) { return passed.tenant == tenant && passed.job_class == job_class; });
}

template <class Predicate>
bool DurePolicy::look_again_if(PoolPlan& pool, Predicate&& is_worth_it) {
  return std::erase_if(pool.passed, [&](const Candidate& passed) {
           const bool is_seen = is_worth_it(passed);
           if (is_seen) pool.queue.unhide(passed.tenant, passed.job_class);
           return is_seen;
         }) > 0;
}

std::optional<PoolId> DurePolicy::promised_in(JobId job) const {
  const auto promise = promised_in_.find(job);
  return promise == promised_in_.end() ? std::nullopt : std::optional(promise->second);
}

// Whether a class was passed over for its first job alone, and another may be the first as time passes.
bool DurePolicy::has_passed_turns(const PoolPlan& pool) {
  if (!pool.queue.takes_turns()) return false;
  return std::any_of(pool.passed.begin(), pool.passed.end(),
                     [&](const Candidate& passed) { return pool.queue.takes_turns(passed.tenant); });
}

bool DurePolicy::has_work(const State& state, PoolId pool, Time now) const {
  if (pools_[pool.index()].dirty) return true;
  const PoolPlan& plan = pools_[pool.index()];
  // Whose turn it is changes with time. Without a look at it, a policy made from the state now could promise or start
  // more.
  if (plan.queue.order_may_differ(state, now) && (plan.yielded || has_passed_turns(plan))) return true;
  if (may_promise(plan) && plan.due.has_any(now)) return true;
  return std::min(plan.promises.first(), plan.next_evictable) <= now;
}

void DurePolicy::plan(const State& state, Time now, std::vector<Decision>& out) {
  DURE_ASSERT(planned_.empty());
  now_ = now;
  // Nothing else is planned beside: once that is a fact there is another plan, at the same instant.
  if (std::exchange(has_suspects_, false) && quarantine_nodes(state, now, out)) return;
  enqueue_rested(state);
  begin_windows();
  clear_windows(state, out);
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
  const std::size_t before = out.size();
  if (pool.queue.takes_turns() && pool.queue.order_may_differ(state, now_)) {
    look_again_if(pool, [&](const Candidate& passed) { return pool.queue.takes_turns(passed.tenant); });
  }
  pool.queue.set_time(state, now_);
  try_promised(state, id, out);
  Reclaimer reclaimer(state, *index_, id, pool.queue, pool.on_the_way, pool.ends, pool.stopping, now_);
  if (options_.reclaims) reclaim_for_guarantees(state, id, reclaimer, out);
  // Promises that yielded leave room too: who fits there is to start, not to be promised it.
  if (pool.stale) find_open_classes(state, id);
  if (options_.order == LeafOrder::shortest) promise_to_due(state, id, out);
  // Blocked jobs are of interest while there is a promise to give; after that, only what may start.
  bool is_promising = options_.order == LeafOrder::oldest && may_promise(pool);
  if (is_promising) unhide_passed(pool);
  pool.yielded = false;
  for (;;) {
    const auto candidate = pool.queue.next(is_promising ? open_or_promisable(pool) : pool.open);
    if (!candidate) break;
    switch (consider(state, id, *candidate, is_promising, out)) {
      case Verdict::started:
      case Verdict::waits: break;
      case Verdict::promised: is_promising = may_promise(pool); break;
      // The first blocked job has its promise in another pool; that is enough.
      case Verdict::promised_elsewhere:
        is_promising = false;
        pool.yielded = true;
        break;
    }
  }
  // What starts may bring the job that was yielded to to its limit: then it is no longer the first blocked one. Where
  // guarantees take back, whatever was decided may be borrowed, be in the way of who is owed room, or leave it room.
  const auto decided = std::span(out).subspan(before);
  const bool has_started = std::any_of(decided.begin(), decided.end(),
                                       [](const auto& one) { return std::holds_alternative<StartOrdered>(one); });
  pool.dirty = options_.reclaims ? !decided.empty() : has_started && pool.yielded;
}

// Starts promised jobs that fit, takes back promises that cannot be kept. Either may make room for another promised
// job.
void DurePolicy::try_promised(const State& state, PoolId id, std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  if (std::exchange(pool.has_failing, false)) move_off_sick(state, id, out);
  if (std::exchange(pool.is_shaken, false)) {
    drop_shaken(state, id, out);
    drop_in_windows(state, id, out);
  }
  for (bool again = !pool.promises.empty(); again;) {
    const std::size_t before = planned_.size();
    const auto jobs = pool.promises.worth_a_look(now_, [&](const PromiseBook::Entry& entry) {
      const Shape& shape = state.shapes()[entry.shape];
      // Time limits tell them apart where there are windows.
      return has_windows(id) || index_->pool(id).fits(entry.demand, shape.tasks_min, shape.within, Fences::respected);
    });
    for (JobId job : jobs) {
      if (pool.promises.contains(job)) start_promised(state, id, job, out);
    }
    again = planned_.size() != before && !pool.promises.empty();
  }
}

void DurePolicy::drop_shaken(const State& state, PoolId id, std::vector<Decision>& out) {
  std::vector<JobId> broken;
  for (const auto& [job, entry] : plan_of(id).promises.all()) {
    const auto is_gone = [&](const Placement& placement) { return !state.health(placement.node).is_available(); };
    const bool is_broken = std::any_of(entry.allocation.begin(), entry.allocation.end(), is_gone);
    if (is_broken || state.is_on_sick(entry.allocation)) broken.push_back(job);
  }
  for (JobId job : broken) drop(state, job, DropCause::node_gone, out);
}

// Whoever starts again is told to save its work and end, and does so elsewhere; for others it is better to go on while
// they can. O(what runs in the pool), when a device fails.
void DurePolicy::move_off_sick(const State& state, PoolId id, std::vector<Decision>& out) {
  std::vector<JobId> hit;
  PoolPlan& pool = plan_of(id);
  for (const auto& [end, job_id] : pool.ends.sorted()) {
    const Job& job = state.jobs()[job_id];
    const bool is_stopping = pool.stopping.contains(job_id);  // by this plan, too
    if (job.requeues && !is_stopping && state.is_on_sick(job.allocation)) hit.push_back(job_id);
  }
  std::sort(hit.begin(), hit.end());
  for (const JobId job : hit) {
    book_stop(state, job);
    out.push_back(stop_for_fault(state, state.jobs()[job], now_));
  }
}

void DurePolicy::drop(const State& state, JobId job, DropCause cause, std::vector<Decision>& out) {
  book_drop(state, job);
  planned_.push_back(job);
  out.push_back(ReservationDropped{job, cause});
}

// A promised job may use its own promised devices and those of nobody.
void DurePolicy::start_promised(const State& state, PoolId id, JobId job_id, std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  const Job& job = state.jobs()[job_id];
  if (job.state != JobState::pending) return;  // it is not done stopping
  const Shape& shape = state.shape_of(job);
  PoolCapacity& capacity = index_->pool(id);
  const PromiseBook::Entry& entry = pool.promises[job_id];
  const bool is_due = now_ >= entry.from;
  if (!is_due && !capacity.fits(entry.demand, shape.tasks_min, shape.within, Fences::ignored)) return;
  if (room_for(state, id, job) < state.amount(shape, id, shape.tasks_min)) {
    pool.promises.look_again(job_id);
    if (is_due) drop(state, job_id, DropCause::limit, out);
    return;
  }
  capacity.count(job_id, false);
  const Terms terms{Fences::respected, bar_for(id, now_, job.time_limit)};
  if (capacity.fits(entry.demand, shape.tasks_min, shape.within, terms)) {
    start(state, id, job, terms, out);
  } else {
    capacity.count(job_id, true);
  }
}

// One look for each shape that waits. What was open stays so: something became free, or nobody would ask. O(shapes).
void DurePolicy::find_open_classes(const State& state, PoolId id) {
  PoolPlan& pool = plan_of(id);
  PoolCapacity& capacity = index_->pool(id);
  const Time first_promise = pool.promises.first();
  pool.stale = false;
  for (const ShapeGroup& group : pool.groups) {
    if (group.classes.empty() || pool.open.contains_all(group.classes)) continue;
    const Shape& shape = state.shapes()[group.shape];
    // Most shapes do not fit at all, and that takes one tree.
    if (!capacity.fits(group.demand, shape.tasks_min, shape.within, Fences::ignored)) continue;
    if (has_windows(id)) {
      group.classes.for_each([&](ClassId job_class) {
        if (could_fit(state, id, job_class)) pool.open.insert(job_class);
      });
      continue;
    }
    if (pool.promises.empty() || capacity.fits(group.demand, shape.tasks_min, shape.within, Fences::respected)) {
      pool.open.insert(group.classes);
      continue;
    }
    group.classes.for_each([&](ClassId job_class) {
      if (now_ + pool.queue[job_class].least_limit() < first_promise) pool.open.insert(job_class);
    });
  }
}

// Whether some job of the class could start now, as far as nodes go. Once false, it stays so until `reopen`.
bool DurePolicy::could_fit(const State& state, PoolId id, ClassId class_id) {
  PoolPlan& pool = plan_of(id);
  const Shape& shape = state.shapes()[pool.queue[class_id].shape];
  const DemandId demand = pool.groups[pool.group_of[class_id.index()]].demand;
  const Duration least = pool.queue[class_id].least_limit();
  const auto bar = bar_now(state, id, shape, least);
  if (!bar) return false;
  const auto fits = [&](Fences fences) {
    return index_->pool(id).fits(demand, shape.tasks_min, shape.within, {fences, *bar});
  };
  if (shape.window) return fits(Fences::ignored);
  if (fits(Fences::respected)) return true;
  const Time first_promise = pool.promises.first();
  return first_promise != Time::never() && now_ + least < first_promise && fits(Fences::ignored);
}

// Which nodes the job may start on now: those that no window bars to it and that are not promised, or promised ones too
// if it is over in time. What is promised on the nodes of its own window is due later. Nullopt: none will do.
std::optional<Terms> DurePolicy::terms_for(const State& state, PoolId id, const Job& job, DemandId demand) {
  const Shape& shape = state.shape_of(job);
  const auto bar = bar_now(state, id, shape, job.time_limit);
  if (!bar) return std::nullopt;
  const auto if_it_fits = [&](Fences fences) -> std::optional<Terms> {
    const Terms terms{fences, *bar};
    return index_->pool(id).fits(demand, shape.tasks_min, shape.within, terms) ? std::optional(terms) : std::nullopt;
  };
  if (shape.window) return if_it_fits(Fences::ignored);
  if (const auto terms = if_it_fits(Fences::respected)) return terms;
  const Time first_promise = plan_of(id).promises.first();
  if (first_promise == Time::never() || now_ + job.time_limit > first_promise) return std::nullopt;
  return if_it_fits(Fences::ignored);
}

DurePolicy::Verdict DurePolicy::consider(const State& state, PoolId id, const Candidate& candidate, bool is_promising,
                                         std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  const Job& job = state.jobs()[candidate.job];
  if (pool.open.contains(candidate.job_class)) {
    const DemandId demand = pool.groups[pool.group_of[candidate.job_class.index()]].demand;
    if (const auto terms = terms_for(state, id, job, demand)) {
      start(state, id, job, *terms, out);
      return Verdict::started;
    }
    if (could_fit(state, id, candidate.job_class)) {
      pass(pool, candidate);
    } else {
      pool.open.erase(candidate.job_class);
    }
  }
  if (!is_promising) return Verdict::waits;
  const Verdict verdict = promise(state, id, candidate, out);
  // The next plan looks at it again: others of its class may fit at some time.
  if (verdict == Verdict::waits && pool.promisable.contains(candidate.job_class)) pass(pool, candidate);
  return verdict;
}

// What limits leave the job in the pool, with what is being taken back for it.
std::int64_t DurePolicy::room_for(const State& state, PoolId id, const Job& job) const {
  const PoolPlan& pool = pools_[id.index()];
  const std::int64_t room = pool.queue.room_for(job);
  const bool has_claim = pool.promises.contains(job.id) && pool.promises[job.id].why == Promise::reclaim;
  if (room == no_limit || !has_claim) return room;
  const Shape& shape = state.shape_of(job);
  return room + state.amount(shape, id, shape.tasks_min);
}

// Requires that the smallest width fits on these terms and under the limits.
void DurePolicy::start(const State& state, PoolId id, const Job& job, const Terms& terms, std::vector<Decision>& out) {
  const Shape& shape = state.shape_of(job);
  std::uint64_t tasks = shape.tasks_max;
  if (shape.tasks_min < shape.tasks_max) {
    // What a task does not hold in this pool's unit, no limit counts.
    const std::int64_t each = state.amount(shape, id, 1);
    const auto room = each > 0 ? static_cast<std::uint64_t>(room_for(state, id, job) / each) : tasks;
    tasks = std::min({tasks, index_->pool(id).most_tasks(shape.placing(), shape.within, terms), room});
    tasks = shape.segments.whole_groups_of(tasks);
  }
  const auto width = static_cast<std::uint32_t>(tasks);
  start_on(state, {job.id, id, index_->pool(id).place(shape.placing(), width, shape.within, terms)}, out);
}

void DurePolicy::start_on(const State& state, StartOrdered order, std::vector<Decision>& out) {
  book_start(state, order);
  planned_.push_back(order.job);
  out.push_back(std::move(order));
}

DurePolicy::Verdict DurePolicy::promise(const State& state, PoolId id, const Candidate& candidate,
                                        std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  const Job& job = state.jobs()[candidate.job];
  const Shape& shape = state.shape_of(job);
  const bool is_promised = promised_in(job.id).has_value();
  if (is_promised && pool.hopeful.contains(candidate.job_class)) return Verdict::promised_elsewhere;
  const auto earliest = earliest_start(state, id, shape, job.time_limit, out);
  if (!earliest) {
    // Where there are windows, a shorter one of its class may fit at some time.
    const Duration least = pool.queue[candidate.job_class].least_limit();
    const bool is_none_too_short = has_windows(id) && earliest_start(state, id, shape, least, out);
    if (!is_none_too_short) pool.promisable.erase(candidate.job_class);
    return Verdict::waits;
  }
  if (is_promised) {
    if (!has_windows(id)) pool.hopeful.insert(candidate.job_class);
    return Verdict::promised_elsewhere;
  }
  promise_to(state, {job.id, id, earliest->from, earliest->allocation}, out);
  return Verdict::promised;
}

// Those who have been due for longest first. Whoever fits starts. A tenant at its limit is passed over.
void DurePolicy::promise_to_due(const State& state, PoolId id, std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  std::set<JobId> in_vain;
  while (may_promise(pool)) {
    const auto found = pool.due.first(
        now_,
        [&](JobId job) {
          return promised_in(job).has_value() || in_vain.contains(job) ||
                 !pool.promisable.contains(pool.queue.class_of(state.jobs()[job]));
        },
        [&](JobId job_id) {
          const Job& job = state.jobs()[job_id];
          const Shape& shape = state.shape_of(job);
          return state.amount(shape, id, shape.tasks_min) <= pool.queue.room_for(job);
        });
    if (!found) return;
    const Job& job = state.jobs()[*found];
    const ClassId job_class = pool.queue.class_of(job);
    const DemandId demand = pool.groups[pool.group_of[job_class.index()]].demand;
    if (const auto terms = terms_for(state, id, job, demand)) {
      start(state, id, job, *terms, out);
    } else if (promise(state, id, {job.tenant, job_class, job.id}, out) == Verdict::waits) {
      in_vain.insert(job.id);
    }
  }
}

std::optional<Time> DurePolicy::next_wakeup(const State&, Time now) const {
  if (std::any_of(pools_.begin(), pools_.end(), [](const PoolPlan& pool) { return pool.dirty; })) return now;
  Time first = paused_.empty() ? Time::never() : std::max(paused_.begin()->first, now);
  if (!beginnings_.empty()) first = std::min(first, std::max(beginnings_.begin()->first, now));
  if (!in_the_way_.empty()) first = std::min(first, std::max(std::get<Time>(*in_the_way_.begin()), now));
  for (const PoolPlan& pool : pools_) {
    first = std::min({first, pool.promises.first_after(now), pool.next_evictable});
    if (may_promise(pool)) first = std::min(first, pool.due.next_after(now));
  }
  return first == Time::never() ? std::nullopt : std::optional(first);
}

}  // namespace dure
