#include "dure/policy/dure_policy.h"

#include <algorithm>
#include <utility>

#include "dure/base/assert.h"
#include "dure/core/harm.h"
#include "dure/policy/quarantine.h"

namespace dure {
namespace {

// What others left for the job, or what one that is moved was promised, it takes as it is; but who may be wider looks
// for the best place there is then.
bool is_in_place(Promise promise, const Shape& shape) {
  return promise == Promise::move || (promise == Promise::defragment && shape.tasks_min == shape.tasks_max);
}

// What tenants have used changes all the time; who has had far less than another is looked at so often.
constexpr Duration looks_at_shares_every = minutes(10);

Time next_look_at_shares(Time now) {
  const std::int64_t every = looks_at_shares_every.ns;
  return {now.ns - ((now.ns % every) + every) % every + every};
}

}  // namespace

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
  if (pools_[pool.index()].unplanned.any()) return true;
  const PoolPlan& plan = pools_[pool.index()];
  // Whose turn it is changes with time, and who costs the least to evict. Without a look at it, a policy made from the
  // state now could promise or start more.
  const bool may_matter = plan.yielded || plan.is_in_vain || plan.awaits_fairness || has_passed_turns(plan);
  if (may_matter && plan.queue.order_may_differ(state, now)) return true;
  if (may_promise(plan) && plan.due.has_any(now)) return true;
  return std::min(plan.promises.first(), plan.next_evictable) <= now;
}

void DurePolicy::plan(const State& state, Time now, std::vector<Decision>& out) {
  DURE_ASSERT(planned_.empty());
  now_ = now;
  credits_.set_time(now_);
  if (hours_begin_ <= now_) look_at_credits(state);
  // Nothing else is planned beside: once that is a fact there is another plan, at the same instant.
  if (std::exchange(has_suspects_, false) && quarantine_nodes(state, now, suspects_, out)) return;
  if (mend_gangs(state, out)) return;
  enqueue_rested(state);
  begin_windows(state);
  clear_windows(state, out);
  for (std::size_t i = 0; i < pools_.size(); ++i) start_moved(state, id_of<PoolTag>(i), out);
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    if (has_work(state, id_of<PoolTag>(i), now)) plan_pool(state, id_of<PoolTag>(i), out);
  }
  // Who starts anywhere has started: nobody need move for it.
  for (std::size_t i = 0; options_.defragments && i < pools_.size(); ++i) open_holes(state, id_of<PoolTag>(i), out);
}

// Whether the job may start now in a pool that is planned after this one: it is neither promised a time here before
// that, nor is anybody evicted for it. What is left to others once is looked at again in the next plan, at the same
// instant: it has started there, or waits. O(pools).
bool DurePolicy::leaves_to_later(const State& state, PoolId id, const Job& job) {
  const bool leaves = may_start_later(state, id, job);
  if (leaves) plan_of(id).leaving.insert(job.id);
  return leaves;
}

// The same, and takes down nothing.
bool DurePolicy::may_start_later(const State& state, PoolId id, const Job& job) {
  if (plan_of(id).leaving.contains(job.id)) return true;
  if (!is_in_line(job) || plan_of(id).left.contains(job.id)) return false;
  const Shape& shape = state.shape_of(job);
  const std::optional<PoolId> promised = promised_in(job.id);
  bool may_start = false;
  const ClassId job_class = lines_->class_of(job);
  for (const PoolId later : lines_->pools(job_class)) {
    if (may_start || later <= id || later == promised) continue;
    const PoolPlan& pool = plan_of(later);
    if (pool.queue.room_for(job) < state.amount(shape, later, shape.tasks_min)) continue;
    may_start = widest_terms_for(state, later, job, pool.demand_of(job_class)).has_value();
  }
  return may_start;
}

const ClassSet& DurePolicy::open_or_promisable(const PoolPlan& pool) {
  interesting_ = pool.open;
  interesting_.insert(pool.promisable);
  return interesting_;
}

void DurePolicy::plan_pool(const State& state, PoolId id, std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  const std::size_t before = out.size();
  if (pool.leaving.empty()) pool.left.clear();
  pool.left.merge(pool.leaving);
  pool.leaving.clear();
  if (pool.queue.takes_turns() && pool.queue.order_may_differ(state, now_)) {
    look_again_if(pool, [&](const Candidate& passed) { return pool.queue.takes_turns(passed.tenant); });
  }
  pool.queue.set_time(state, now_);
  drop_broken(state, id, out);
  // Those who borrow start on what was promised to them once who is owed it has not taken it.
  try_promised(state, id, options_.reclaims ? Promised::owed : Promised::all, out);
  Reclaimer reclaimer(state, *index_, id, pool.queue, pool.on_the_way, pool.ends, pool.stopping, now_);
  pool.next_evictable = Time::never();
  pool.is_in_vain = false;
  if (options_.reclaims) {
    start_owed(state, id, out);
    reclaim_for_guarantees(state, id, reclaimer, out);
    try_promised(state, id, Promised::all, out);
  }
  if (pool.queue.preempts()) preempt_by_priority(state, id, reclaimer, out);
  if (options_.fair_evictions > 0) evict_for_fairness(state, id, reclaimer, out);
  // Promises that yielded leave room too: who fits there is to start, not to be promised it.
  if (pool.stale) find_open_classes(state, id);
  if (options_.order == LeafOrder::shortest) promise_to_due(state, id, out);
  // Blocked jobs are of interest while there is a promise to give; after that, only what may start.
  bool is_promising = options_.order == LeafOrder::oldest && may_promise(pool);
  if (is_promising) unhide_passed(pool);
  pool.yielded = false;
  std::optional<Candidate> left;
  for (;;) {
    const auto candidate = pool.queue.next(is_promising ? open_or_promisable(pool) : pool.open);
    if (!candidate) break;
    // Whoever comes after it must not delay it here, should it not start elsewhere.
    if (left && starts_now(state, id, *candidate)) {
      pool.yielded |= promise_or_pass(state, id, *std::exchange(left, {}), out) == Verdict::promised_elsewhere;
      is_promising = !pool.yielded && may_promise(pool);
      continue;
    }
    switch (consider(state, id, *candidate, is_promising, out)) {
      case Verdict::left:
        is_promising = false;
        left = candidate;
        break;
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
  pool.unplanned.clear();
  if (!pool.leaving.empty() || (takes_back(pool) ? !decided.empty() : has_started && pool.yielded)) {
    pool.unplanned.note();
  }
}

// Promises on what has failed, is down or lies in a window end; who runs on a failed device is told to go.
void DurePolicy::drop_broken(const State& state, PoolId id, std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  if (std::exchange(pool.has_failing, false)) move_off_sick(state, id, out);
  if (!std::exchange(pool.is_shaken, false)) return;
  drop_shaken(state, id, out);
  drop_in_windows(state, id, out);
}

// Starts promised jobs that fit, takes back promises that cannot be kept. Either may make room for another promised
// job.
void DurePolicy::try_promised(const State& state, PoolId id, Promised which, std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  const auto borrows = [&](JobId job) {
    return is_owed_to_nobody(pool.promises[job].why) && !guarantor_of(state, id, state.jobs()[job]);
  };
  std::vector<JobId> left_out;
  for (bool again = !pool.promises.empty(); again;) {
    const std::size_t before = planned_.size();
    PoolCapacity& capacity = index_->pool(id);
    const auto jobs = pool.promises.worth_a_look(now_, capacity.changes(), [&](const PromiseBook::Entry& entry) {
      const Shape& shape = state.shapes()[entry.shape];
      // Time limits tell them apart where there are windows.
      return has_windows(id) || capacity.fits(entry.demand, shape.tasks_min, shape.within, Fences::respected);
    });
    for (JobId job : jobs) {
      if (!pool.promises.contains(job)) continue;
      if (which == Promised::owed && borrows(job)) {
        left_out.push_back(job);
      } else {
        start_promised(state, id, job, out);
      }
    }
    again = planned_.size() != before && !pool.promises.empty();
  }
  for (JobId job : left_out) {
    if (pool.promises.contains(job)) pool.promises.look_again(job);
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
  if (!is_in_line(job)) return;  // it is not done stopping, or pauses
  const Shape& shape = state.shape_of(job);
  PoolCapacity& capacity = index_->pool(id);
  const PromiseBook::Entry& entry = pool.promises[job_id];
  const bool is_due = now_ >= entry.from;
  if (!is_due && pool.promises.is_put_off(job_id, capacity.changes())) return;
  if (!is_due && !capacity.fits(entry.demand, shape.tasks_min, shape.within, Fences::ignored)) return;
  const std::int64_t wanted = state.amount(shape, id, entry.tasks);
  // As a rule there is room beside all of them; only else is it looked at one by one.
  if (room_for(state, id, job, Claims::all) < wanted && room_for(state, id, job, Claims::due) < wanted) {
    pool.promises.look_again(job_id);
    if (is_due) drop(state, job_id, DropCause::limit, out);
    return;
  }
  if (is_in_place(entry.why, shape)) {
    if (is_its_place_free(state, id, job)) start_on(state, {job_id, id, entry.allocation}, out);
    return;
  }
  const Terms terms{Fences::respected, bar_for(id, now_, job.time_limit), ground_for(state, id, job)};
  const std::uint64_t mark = capacity.mark();
  capacity.count(job_id, false);
  if (capacity.fits(entry.demand, shape.tasks_min, shape.within, terms)) return start(state, id, job, terms, out);
  // Much of its place is still taken, as a rule. What does not fit on plain terms does not on others.
  const std::uint64_t needed =
      terms.are_plain() ? capacity.changes_needed(entry.demand, shape.tasks_min, shape.within, terms) : 0;
  capacity.count(job_id, true);
  capacity.undone_since(mark);
  pool.promises.put_off(job_id, capacity.changes() + needed);
}

// One look for each shape that waits. What was open stays so: something became free, or nobody would ask. O(shapes).
void DurePolicy::find_open_classes(const State& state, PoolId id) {
  PoolPlan& pool = plan_of(id);
  PoolCapacity& capacity = index_->pool(id);
  const Time first_promise = pool.promises.backfill_until();
  pool.stale = false;
  for (ShapeGroup& group : pool.groups) {
    if (capacity.changes() < group.hopeless_until) continue;
    if (group.classes.empty() || pool.open.contains_all(group.classes)) continue;
    const Shape& shape = state.shapes()[group.shape];
    // Most shapes do not fit at all, and that takes one tree.
    if (!capacity.fits(group.demand, shape.tasks_min, shape.within, Fences::ignored)) {
      group.hopeless_until = capacity.hopeless_until(group.demand, shape.tasks_min);
      continue;
    }
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
      if (now_ + pool.queue[job_class].least_limit <= first_promise) pool.open.insert(job_class);
    });
  }
}

// Whether some job of the class could start now, as far as nodes go. Once false, it stays so until `reopen`, or until
// one comes that is shorter than all others.
bool DurePolicy::could_fit(const State& state, PoolId id, ClassId class_id) {
  PoolPlan& pool = plan_of(id);
  const Shape& shape = state.shapes()[pool.queue[class_id].shape];
  const DemandId demand = pool.groups[pool.group_of[class_id.index()]].demand;
  const Duration least = pool.queue[class_id].least_limit;
  const auto bar = bar_now(state, id, shape, least);
  if (!bar) return false;
  const auto fits = [&](Fences fences) {
    return index_->pool(id).fits(demand, shape.tasks_min, shape.within, {fences, *bar});
  };
  if (shape.window) return fits(Fences::ignored);
  if (fits(Fences::respected)) return true;
  const Time first_promise = pool.promises.backfill_until();
  return first_promise != Time::never() && now_ + least <= first_promise && fits(Fences::ignored);
}

// Which nodes the job may start on now: those that no window bars to it and that are not promised, or promised ones too
// if it is over in time. What is promised on the nodes of its own window is due later. Nullopt: none will do.
std::optional<Terms> DurePolicy::widest_terms_for(const State& state, PoolId id, const Job& job, DemandId demand) {
  const Shape& shape = state.shape_of(job);
  const auto bar = bar_now(state, id, shape, job.time_limit);
  if (!bar) return std::nullopt;
  const auto if_it_fits = [&](Fences fences) -> std::optional<Terms> {
    const Terms terms{fences, *bar, ground_for(state, id, job)};
    return index_->pool(id).fits(demand, shape.tasks_min, shape.within, terms) ? std::optional(terms) : std::nullopt;
  };
  if (shape.window) return if_it_fits(Fences::ignored);
  if (const auto terms = if_it_fits(Fences::respected)) return terms;
  const Time first_promise = plan_of(id).promises.backfill_until();
  if (first_promise == Time::never() || now_ + job.time_limit > first_promise) return std::nullopt;
  return if_it_fits(Fences::ignored);
}

// The same, and not on racks that are kept for others if it fits elsewhere: from there it might have to go again.
std::optional<Terms> DurePolicy::terms_for(const State& state, PoolId id, const Job& job, DemandId demand) {
  const std::optional<Terms> terms = widest_terms_for(state, id, job, demand);
  const Shape& shape = state.shape_of(job);
  const GroundId own = own_ground(id, job.tenant);
  if (!terms || terms->ground == own || shape.window) return terms;
  PoolCapacity& capacity = index_->pool(id);
  const Terms elsewhere{terms->fences, terms->bar, own};
  if (!capacity.fits(demand, shape.tasks_min, shape.within, elsewhere)) return terms;
  // Who may be wider gives back there no more than what is above its minimum.
  const auto width = [&](const Terms& on) {
    return std::min<std::uint64_t>(shape.tasks_max, capacity.most_tasks(demand, shape.within, on));
  };
  const bool is_as_wide = shape.tasks_min == shape.tasks_max || width(elsewhere) >= width(*terms);
  return is_as_wide ? elsewhere : *terms;
}

bool DurePolicy::starts_now(const State& state, PoolId id, const Candidate& candidate) {
  const PoolPlan& pool = plan_of(id);
  return pool.open.contains(candidate.job_class) &&
         terms_for(state, id, state.jobs()[candidate.job], pool.demand_of(candidate.job_class)).has_value();
}

DurePolicy::Verdict DurePolicy::consider(const State& state, PoolId id, const Candidate& candidate, bool is_promising,
                                         std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  const Job& job = state.jobs()[candidate.job];
  if (pool.open.contains(candidate.job_class)) {
    const DemandId demand = pool.demand_of(candidate.job_class);
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
  // Nobody waits to see whether it starts elsewhere if nothing can be promised it here anyway: where that is known of
  // its class already, it is not even looked at.
  if (may_start_later(state, id, job) && earliest_start(state, id, job, job.time_limit, out)) {
    pool.leaving.insert(job.id);
    return Verdict::left;
  }
  return promise_or_pass(state, id, candidate, out);
}

DurePolicy::Verdict DurePolicy::promise_or_pass(const State& state, PoolId id, const Candidate& candidate,
                                                std::vector<Decision>& out) {
  PoolPlan& pool = plan_of(id);
  const Verdict verdict = promise(state, id, candidate, out);
  // The next plan looks at it again: others of its class may fit at some time.
  if (verdict == Verdict::waits && pool.promisable.contains(candidate.job_class)) pass(pool, candidate);
  return verdict;
}

// What limits leave the job in the pool, with what is being taken back for it. What is taken back for who is promised
// it later counts for a job of priority by what leaves until then, and so not before.
std::int64_t DurePolicy::room_for(const State& state, PoolId id, const Job& job, Claims counted) const {
  const PoolPlan& pool = pools_[id.index()];
  const std::int64_t room = pool.queue.room_for(job);
  const bool has_claim = pool.promises.contains(job.id) && dure::takes_back(pool.promises[job.id].why);
  if (room == no_limit || !has_claim) return room;
  std::map<TenantId, std::int64_t> uncounted;
  const PromiseBook::Entry& own = pool.promises[job.id];
  const auto leave_out = [&](const PromiseBook::Entry& entry) {
    const Shape& shape = state.shapes()[entry.shape];
    const std::int64_t milli = state.amount(shape, id, shape.tasks_min);
    for (std::optional<TenantId> at = entry.tenant; at; at = state.tenants()[*at].parent) uncounted[*at] += milli;
  };
  leave_out(own);
  if (counted == Claims::due) {
    for (const auto& [other, entry] : pool.promises.all()) {
      if (entry.from > own.from && dure::takes_back(entry.why)) leave_out(entry);
    }
  }
  const Shape& shape = state.shapes()[own.shape];
  return pool.queue.room_for(job, uncounted, state.amount(shape, id, shape.tasks_min));
}

// Requires that the smallest width fits on these terms and under the limits.
void DurePolicy::start(const State& state, PoolId id, const Job& job, const Terms& terms, std::vector<Decision>& out) {
  const Shape& shape = state.shape_of(job);
  std::uint64_t tasks = shape.tasks_max;
  if (shape.tasks_min < shape.tasks_max) {
    // What a task does not hold in this pool's unit, no limit counts.
    const std::int64_t each = state.amount(shape, id, 1);
    const std::int64_t milli = std::max<std::int64_t>(room_for(state, id, job, Claims::all), each * shape.tasks_min);
    const auto room = each > 0 ? static_cast<std::uint64_t>(milli / each) : tasks;
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
  const bool is_promised = promised_in(job.id).has_value();
  // To another of its class other racks may be open, or it is of use for longer.
  const bool is_confined = ground_for(state, id, job) != everywhere || pool.queue[candidate.job_class].expires;
  if (is_promised && !is_confined && pool.hopeful.contains(candidate.job_class)) return Verdict::promised_elsewhere;
  const auto earliest = earliest_start(state, id, job, job.time_limit, out);
  if (!earliest) {
    // Where there are windows, a shorter one of its class may fit at some time.
    const Duration least = pool.queue[candidate.job_class].least_limit;
    const bool is_none_too_short = has_windows(id) && earliest_start(state, id, job, least, out);
    if (!is_none_too_short && !is_confined) pool.promisable.erase(candidate.job_class);
    return Verdict::waits;
  }
  if (is_promised) {
    if (!has_windows(id) && !is_confined) pool.hopeful.insert(candidate.job_class);
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
                 !pool.promisable.contains(lines_->class_of(state.jobs()[job]));
        },
        [&](JobId job_id) {
          const Job& job = state.jobs()[job_id];
          const Shape& shape = state.shape_of(job);
          return state.amount(shape, id, shape.tasks_min) <= pool.queue.room_for(job);
        });
    if (!found) return;
    const Job& job = state.jobs()[*found];
    const ClassId job_class = lines_->class_of(job);
    const DemandId demand = pool.groups[pool.group_of[job_class.index()]].demand;
    if (const auto terms = terms_for(state, id, job, demand)) {
      start(state, id, job, *terms, out);
    } else if (promise(state, id, {job.tenant, job_class, job.id}, out) == Verdict::waits) {
      in_vain.insert(job.id);
    }
  }
}

std::optional<Time> DurePolicy::next_wakeup(const State&, Time now) const {
  if (std::any_of(pools_.begin(), pools_.end(), [](const PoolPlan& pool) { return pool.unplanned.any(); })) return now;
  Time first = paused_.empty() ? Time::never() : std::max(paused_.begin()->first, now);
  first = std::min(first, std::max(hours_begin_, now));
  if (!beginnings_.empty()) first = std::min(first, std::max(beginnings_.begin()->first, now));
  if (!in_the_way_.empty()) first = std::min(first, std::max(std::get<Time>(*in_the_way_.begin()), now));
  for (const PoolPlan& pool : pools_) {
    first = std::min({first, pool.promises.first_after(now), pool.next_evictable, pool.next_movable});
    if (may_promise(pool)) first = std::min(first, pool.due.next_after(now));
    if (pool.awaits_fairness) first = std::min(first, next_look_at_shares(now));
  }
  return first == Time::never() ? std::nullopt : std::optional(first);
}

}  // namespace dure
