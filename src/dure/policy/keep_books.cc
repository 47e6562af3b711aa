// The part of Dure's policy that keeps its books: what each fact means to the index, the queues and the promises.
#include <algorithm>
#include <utility>

#include "dure/base/assert.h"
#include "dure/base/overload.h"
#include "dure/policy/dure_policy.h"
#include "dure/policy/kept_racks.h"
#include "dure/policy/planned_starts.h"

namespace dure {

void DurePolicy::observe(const State& state, const Fact& fact) {
  now_ = fact.time;
  credits_.set_time(now_);
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
                   const ledger::Hold* hold = state.ledger().hold_of(c.job);
                   if (hold != nullptr && hold->is_borrowed) plan_of(c.pool).in_vain_for.forget_all();
                   if (was_planned(c.job)) return;
                   book_start(state, c);
                   refresh_credits(state, state.ledger().account_of(state.jobs()[c.job].tenant));
                 },
                 [&](const StopOrdered& c) {
                   // What leaves is room at the times of later promises, and for who is owed it and had nobody to
                   // evict.
                   book_stop(state, c.job);
                   if (c.outcome == Outcome::cancelled && promised_in(c.job)) end_promise(state, c.job);
                   reopen(plan_of(state.jobs()[c.job].pool));
                 },
                 [&](const StartFailed&) {
                   suspect(state.departed().allocation);
                   on_departure(state);
                 },
                 [&](const Ended& c) {
                   if (c.outcome == Outcome::node_lost) suspect(state.departed().allocation);
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
                 [&](const NodesSwapped& c) {
                   suspects_.insert(c.from.begin(), c.from.end());
                   if (!was_planned(c.job)) book_swap(state, state.departed(), c);
                 },
                 // Names, and what changes nothing that is planned by.
                 [](const UserDeclared&) {},
                 [](const Started&) {},
                 [](const EstimateExceeded&) {},
                 [&](const Booked&) { look_at_credits(state); },
             },
             fact.change);
  for (JobId job : state.released()) enqueue_if_pending(state, job);
}

// O(jobs log jobs + nodes). At the start, and when fleet or tenants are declared anew.
void DurePolicy::rebuild(const State& state) {
  index_ = std::make_unique<CapacityIndex>(state.fleet());
  lines_ = std::make_unique<WaitingLines>(state, options_.order);
  now_ = state.now();
  credits_.reset(state);
  credits_.set_time(now_);
  hours_begin_ = credits_.next_hours(now_);
  promised_in_.clear();
  paused_.clear();
  beginnings_.clear();
  in_the_way_.clear();
  has_suspects_ = true;
  suspects_.clear();
  for (const auto& [node, faults] : state.faults()) suspects_.insert(node);
  planned_.clear();
  next_planned_ = 0;
  pools_.clear();
  pools_.resize(state.fleet().pools().size());
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    pools_[i].queue.reset(state, id_of<PoolTag>(i), *lines_, credits_);
    pools_[i].on_the_way.leaving_milli.resize(state.tenants().size());
    pools_[i].own_grounds = own_grounds(state, id_of<PoolTag>(i), index_->pool(id_of<PoolTag>(i)));
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
    note_swapper(plan_of(job.pool), job, job.allocation);
    count_priority(state, plan_of(job.pool), job, 1);
    if (state.amount(state.shape_of(job), job.pool, 1) == 0) ++plan_of(job.pool).on_the_way.uncounted;
    if (job.state == JobState::stopping) book_stop(state, id);
  }
  for (const auto& [job, made] : state.reservations()) {
    book_promise(state, {job, made.pool, made.from, made.allocation, made.promise}, {});
    plan_of(made.pool).promises.look_again(job);  // it may have room, and have waited for a limit
  }
  for (const auto& [id, window] : state.windows()) book_window(state, window);
  for (PoolPlan& pool : pools_) {
    if (!pool.waiting.empty() || !pool.promises.empty()) pool.unplanned.note();
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
  if (job.not_before > now_) {
    paused_.emplace(job.not_before, job.id);
    return;
  }
  const std::optional<PoolId> promised = promised_in(job.id);
  const Stands stands = promised ? Stands::apart : Stands::in_line;
  const ClassId job_class = lines_->insert(job, stands);
  for (const PoolId pool : lines_->pools(job_class)) {
    if (pool != promised) enqueue_in(state, job, pool, job_class, stands);
  }
}

// Whose pause is over.
void DurePolicy::enqueue_rested(const State& state) {
  while (!paused_.empty() && paused_.begin()->first <= now_) {
    const JobId job = paused_.extract(paused_.begin()).value().second;
    enqueue(state, state.jobs()[job]);
  }
}

void DurePolicy::enqueue_in(const State& state, const Job& job, PoolId id, ClassId job_class, Stands stands) {
  PoolPlan& pool = plan_of(id);
  const bool is_shortest = pool.queue.insert(state, job, job_class, stands);
  if (options_.order == LeafOrder::shortest) pool.due.insert(job);
  if (pool.queue[job_class].jobs == 1) join_group(id, job_class, job, state.shape_of(job));
  if (is_shortest) {  // what was found out for longer ones need not hold for it
    pool.open.insert(job_class);
    pool.promisable.insert(job_class);
    pool.hopeful.erase(job_class);
  }
  const bool may_take_back =
      options_.reclaims || options_.fair_evictions > 0 || state.tenants()[job.tenant].preempts_within;
  const bool may_be_promised = options_.order == LeafOrder::oldest && may_promise(pool);
  if (look_again(pool, job.tenant, job_class) || may_take_back) {
    pool.unplanned.note();
  } else if (may_be_promised || pool.open.contains(job_class)) {
    pool.unplanned.note_arrival(job.id);
  }
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
  const bool is_promised = promised_in(job.id).has_value();
  if (paused_.erase({job.not_before, job.id}) == 0) dequeue_everywhere(job);
  if (is_promised) reopen(end_promise(state, job.id));
}

// Of one that is in line.
void DurePolicy::dequeue_everywhere(const Job& job) {
  const std::optional<PoolId> promised = promised_in(job.id);
  const Stands stands = promised ? Stands::apart : Stands::in_line;
  const ClassId job_class = lines_->erase(job, stands);
  for (const PoolId pool : lines_->pools(job_class)) {
    if (pool != promised) dequeue_from(job, pool, job_class, stands);
  }
}

void DurePolicy::dequeue_from(const Job& job, PoolId id, ClassId job_class, Stands stands) {
  PoolPlan& pool = plan_of(id);
  pool.leaving.erase(job.id);
  pool.left.erase(job.id);
  pool.unplanned.forget_arrival(job.id);
  pool.in_vain_for.forget(job.id);
  pool.queue.erase(job, job_class, stands);
  if (options_.order == LeafOrder::shortest) pool.due.erase(job);
  // Whoever is first now may be owed a promise, or be short enough to start. And nobody may wait any longer for others
  // to have run for long enough: who comes back for that would look at whose turn it is, and a policy made from the
  // state would not.
  const bool may_evict = options_.fair_evictions > 0 || pool.queue.preempts() || pool.next_evictable != Time::never();
  if (look_again(pool, job.tenant, job_class) || may_promise(pool) || may_evict) pool.unplanned.note();
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
  dequeue_everywhere(job);
  if (promised_in(job.id)) reopen(end_promise(state, job.id));
  index_->book(start.pool, start.allocation, shape.per_task, {now_ + job.time_limit});
  PoolPlan& pool = plan_of(start.pool);
  pool.ends.add(now_ + job.time_limit, job.id);
  note_swapper(pool, job, start.allocation);
  count_priority(state, pool, job, 1);
  const std::int64_t held = state.amount(shape, start.pool, placed_tasks(start.allocation));
  if (held == 0) ++pool.on_the_way.uncounted;
  pool.queue.hold(state, now_, job, held);
  if (comes_to_borrow(state, start.pool, pool, job.tenant, held)) pool.in_vain_for.forget_all();
  credits_.hold(job, start.pool, held);
  // Another user's job may now be the first of its class.
  if (pool.queue.takes_turns(job.tenant)) {
    look_again_if(pool, [&](const Candidate& passed) { return passed.tenant == job.tenant; });
  }
}

// What the job holds is freed, now or when it has gone; before that is booked. Who could have been evicted by any
// guarantee frees nothing that was not counted on.
void DurePolicy::note_freed(const State& state, const Job& job) {
  PoolPlan& pool = plan_of(job.pool);
  const bool is_never_fresh = state.fleet().pool(job.pool).spec.min_run_time == Duration{};
  bool could_go = is_never_fresh && state.amount(state.shape_of(job), job.pool, 1) > 0;
  for (std::optional<TenantId> at = job.tenant; at && could_go; at = state.tenants()[*at].parent) {
    const std::int64_t left = pool.queue.held(*at) - pool.on_the_way.leaving_milli[at->index()];
    could_go = left > state.tenants().quota(*at, job.pool).guarantee_milli;
  }
  if (!could_go) pool.in_vain_for.freed(job.allocation.size());
}

// Whether the tenant, or one above it, holds more than is guaranteed to it for the last of what it holds, so that
// others of its jobs may be evicted, too.
bool DurePolicy::comes_to_borrow(const State& state, PoolId id, const PoolPlan& pool, TenantId tenant,
                                 std::int64_t more_milli) {
  for (std::optional<TenantId> at = tenant; at; at = state.tenants()[*at].parent) {
    const std::int64_t left = pool.queue.held(*at) - pool.on_the_way.leaving_milli[at->index()];
    const std::int64_t guarantee_milli = state.tenants().quota(*at, id).guarantee_milli;
    const std::int64_t before = left - more_milli;
    if (left > guarantee_milli && before > 0 && before <= guarantee_milli) return true;
  }
  return false;
}

// What the account has, anew; and who waited for it, wherever they may start.
void DurePolicy::refresh_credits(const State& state, std::optional<AccountId> account) {
  if (!account) return;
  credits_.refresh(state, *account);
  see_paid(*account);
}

void DurePolicy::see_paid(AccountId account) {
  for (PoolPlan& pool : pools_) {
    const bool are_shown = pool.queue.show_who_is_paid(account);
    // Who could only borrow was in view, and had nobody evicted for them; nor had who is of a higher priority, in view
    // or not.
    const bool may_evict = credits_.may_borrow(account) || pool.queue.preempts();
    if (are_shown || (may_evict && !pool.waiting.empty())) pool.unplanned.note();
    // Who has a promise may have waited for nothing else, in whichever pool it was.
    for (const auto& [job, entry] : pool.promises.all()) {
      if (credits_.account_of(entry.tenant) != account) continue;
      pool.promises.look_again(job);
      pool.unplanned.note();
    }
  }
}

// Rates, grants or rules have changed. O(accounts + promises).
void DurePolicy::look_at_credits(const State& state) {
  credits_.reset(state);
  hours_begin_ = credits_.next_hours(now_);
  for (std::size_t i = 0; i < state.ledger().accounts().size(); ++i) see_paid(id_of<AccountTag>(i));
  for (PoolPlan& pool : pools_) {
    pool.in_vain_for.forget_all();
    for (const auto& [job, entry] : pool.promises.all()) pool.promises.look_again(job);
    if (!pool.promises.empty()) pool.unplanned.note();
  }
}

// Something has failed there.
void DurePolicy::suspect(const Allocation& allocation) {
  has_suspects_ = true;
  for (const Placement& placement : allocation) suspects_.insert(placement.node);
}

void DurePolicy::on_departure(const State& state) {
  const Job& job = state.departed();
  PoolPlan& pool = plan_of(job.pool);
  if (!pool.stopping.contains(job.id)) note_freed(state, job);
  index_->give_back(job.pool, job.allocation, state.shape_of(job).per_task, departure_of(pool, job));
  const std::int64_t held = state.amount(state.shape_of(job), job.pool, job.placed_tasks());
  if (held == 0) --pool.on_the_way.uncounted;
  if (pool.stopping.erase(job.id) > 0) {
    for (const Placement& placement : job.allocation) {
      const auto there = pool.stopping_on.find(placement.node);
      if (there == pool.stopping_on.end()) continue;  // several pieces on one node
      there->second.erase(job.id);
      if (there->second.empty()) pool.stopping_on.erase(there);
    }
    const auto grace = pool.on_the_way.graces.find(job.grace());
    if (--grace->second == 0) pool.on_the_way.graces.erase(grace);
    change_on_the_way(state, pool.on_the_way.leaving_milli, job.tenant, kept_milli(state, job.id) - held);
  } else {
    count_priority(state, pool, job, -1);
  }
  for (const Placement& placement : job.allocation) pool.promises.touch(placement.node);
  pool.ends.remove(job.latest_end(), job.id);
  pool.swappers.erase(job.id);
  leave_the_way(state, job);
  pool.queue.given_back(state, job);
  refresh_credits(state, state.ledger().last_settlement().account);
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
  plan_of(pool).in_vain_for.freed(1);
  plan_of(pool).promises.touch(node);
  plan_of(pool).hopeful.clear();
  has_suspects_ = true;
  suspects_.insert(node);
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
  note_freed(state, job);
  for (const Placement& placement : job.allocation) pool.stopping_on[placement.node].insert(id);
  leave_the_way(state, job);
  const Shape& shape = state.shape_of(job);
  index_->stop(job.pool, job.allocation, shape.per_task, job.latest_end(), by);
  for (const Placement& placement : job.allocation) pool.promises.touch(placement.node);
  count_priority(state, pool, job, -1);
  ++pool.on_the_way.graces[job.grace()];
  change_on_the_way(state, pool.on_the_way.leaving_milli, job.tenant,
                    state.amount(shape, job.pool, job.placed_tasks()));
}

void DurePolicy::count_priority(const State& state, PoolPlan& pool, const Job& job, int times) {
  const auto within = state.tenants()[job.tenant].preempts_within;
  if (!within) return;
  std::map<std::int32_t, std::uint64_t>& priorities = pool.running_priorities[*within];
  const auto count = priorities.try_emplace(job.priority).first;
  times > 0 ? ++count->second : --count->second;
  if (count->second == 0) priorities.erase(count);
  if (priorities.empty()) pool.running_priorities.erase(*within);
}

void DurePolicy::change_on_the_way(const State& state, std::vector<std::int64_t>& by_tenant, TenantId tenant,
                                   std::int64_t milli) const {
  for (std::optional<TenantId> at = tenant; at; at = state.tenants()[*at].parent) by_tenant[at->index()] += milli;
}

// What is being stopped on the promised nodes and has gone by then, each piece once. O(what is being stopped there).
template <class Visit>
void DurePolicy::visit_stopping(const State& state, const PoolPlan& pool, const Allocation& place, Time then,
                                const Visit& visit) {
  std::set<NodeId> nodes;
  for (const Placement& promised : place) nodes.insert(promised.node);
  for (const NodeId node : nodes) {
    const auto there = pool.stopping_on.find(node);
    if (there == pool.stopping_on.end()) continue;
    for (const JobId id : there->second) {
      if (pool.stopping.at(id) > then) continue;
      const Job& leaving = state.jobs()[id];
      for (const Placement& placement : leaving.allocation) {
        if (placement.node == node) visit(placement, state.shape_of(leaving).per_task, true);
      }
    }
  }
}

void DurePolicy::book_promise(const State& state, const ReservationMade& promise, std::span<const Decision> planned) {
  PoolPlan& pool = plan_of(promise.pool);
  const Job& job = state.jobs()[promise.job];
  const Shape& shape = state.shape_of(job);
  PoolCapacity& capacity = index_->pool(promise.pool);
  if (is_in_line(job)) {
    // Where a policy is made from the state, it may be too large by now for what its tenant may hold in that pool.
    const ClassId job_class = lines_->class_of(job);
    lines_->step_out(job, job_class);
    for (const PoolId id : lines_->pools(job_class)) {
      if (id == promise.pool) {
        dequeue_from(job, id, job_class, Stands::in_line);
      } else {
        plan_of(id).queue.set_apart(job, job_class);
      }
    }
  }
  const Time from = kept_from(promise.promise, promise.from);
  capacity.promise(job.id, from, promise.allocation, shape.per_task, [&](const auto& visit) {
    PlannedStarts starts(planned);
    visit_stopping(state, pool, promise.allocation, from, visit);
    for (const auto& [end, id] : pool.ends.sorted()) {
      if (end > from) break;
      if (pool.stopping.contains(id)) continue;
      const Job& leaving = state.jobs()[id];
      for (const Placement& placement : starts.allocation_of(leaving))
        visit(placement, state.shape_of(leaving).per_task, false);
    }
  });
  pool.promises.add(
      job.id,
      {.from = promise.from,
       .allocation = promise.allocation,
       .why = promise.promise,
       .demand = capacity.watch(shape.placing()),
       .shape = job.shape,
       .tenant = job.tenant,
       .tasks = promise.promise == Promise::move ? placed_tasks(promise.allocation) : shape.tasks_min,
       .is_gang = shape.tasks_min > 1 || outlasts_a_stop(promise.promise) || promise.promise == Promise::defragment ||
                  ground_for(state, promise.pool, job) != everywhere});
  promised_in_[job.id] = promise.pool;
  if (dure::takes_back(promise.promise)) {
    pool.queue.claim(job.tenant, state.amount(shape, promise.pool, shape.tasks_min));
  }
  if (pool.stopping.contains(job.id)) {
    change_on_the_way(state, pool.on_the_way.leaving_milli, job.tenant, -kept_milli(state, job.id));
    pool.in_vain_for.forget_all();
  }
  pool.hopeful.clear();
}

void DurePolicy::book_drop(const State& state, JobId job) {
  const PoolId pool = promised_in_.at(job);
  reopen(end_promise(state, job));
  const Job& dropped = state.jobs()[job];
  if (!is_in_line(dropped)) return;
  const ClassId job_class = lines_->class_of(dropped);
  lines_->step_in(dropped, job_class);
  for (const PoolId id : lines_->pools(job_class)) {
    if (id == pool) {
      enqueue_in(state, dropped, id, job_class, Stands::in_line);
    } else {
      plan_of(id).queue.rejoin(dropped, job_class);
    }
    plan_of(id).unplanned.note();  // it may have left the job to this one to promise it a time
  }
}

DurePolicy::PoolPlan& DurePolicy::end_promise(const State& state, JobId id) {
  const PoolId pool_id = promised_in_.at(id);
  PoolPlan& pool = plan_of(pool_id);
  if (pool.stopping.contains(id)) {
    change_on_the_way(state, pool.on_the_way.leaving_milli, state.jobs()[id].tenant, kept_milli(state, id));
  }
  const PromiseBook::Entry entry = pool.promises.remove(id);
  pool.in_vain_for.forget(id);
  promised_in_.erase(id);
  index_->pool(pool_id).withdraw(id);
  index_->pool(pool_id).unwatch(entry.demand);
  for (const Placement& placement : entry.allocation) pool.promises.touch(placement.node);
  pool.in_vain_for.freed(entry.allocation.size());
  if (dure::takes_back(entry.why)) {
    const Shape& shape = state.shapes()[entry.shape];
    pool.queue.claim(entry.tenant, -state.amount(shape, pool_id, shape.tasks_min));
  }
  return pool;
}

// What a job that is being stopped is to go on with, in the pool's unit.
std::int64_t DurePolicy::kept_milli(const State& state, JobId job) const {
  const auto promised = promised_in(job);
  if (!promised) return 0;
  const PromiseBook::Entry& entry = pools_[promised->index()].promises[job];
  return outlasts_a_stop(entry.why) ? state.amount(state.shapes()[entry.shape], *promised, entry.tasks) : 0;
}

// Something became free or was no longer promised: every class is worth a look again.
void DurePolicy::reopen(PoolPlan& pool) {
  pool.promisable = pool.waiting;
  pool.stale = true;
  unhide_passed(pool);
  pool.unplanned.note();
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

}  // namespace dure
