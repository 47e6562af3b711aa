#include "dure/core/state.h"

#include <algorithm>
#include <utility>

#include "dure/base/assert.h"
#include "dure/base/hash.h"
#include "dure/work/eligible.h"

namespace dure {

void State::apply(const Fact& fact) {
  DURE_ASSERT(fact.time >= now_);
  if (fact_count_ == 0) usage_clock_.start(fact.time);
  now_ = fact.time;
  if (is_chained_) {
    writer_.clear();
    fields(writer_, fact);
    chain_ = chain_hash(chain_, writer_.bytes());
  }
  ++fact_count_;
  released_.clear();
  if (usage_clock_.must_rebase(now_)) rebase_usage();
  std::visit([this](const auto& change) { apply(change); }, fact.change);
}

void State::apply(const FleetDeclared& change) {
  if (!fleet_.pools().empty()) return move_to(Fleet(change.fleet));
  DURE_ASSERT(jobs_.size() == 0);
  fleet_ = Fleet(change.fleet);
  occupancy_.emplace(fleet_);
  health_.assign(fleet_.node_count(), {});
  declare_to_ledger();
}

void State::apply(const TenantsDeclared& change) {
  const Tenants former = std::exchange(tenants_, Tenants(change.tenants, fleet_.pool_paths()));
  ledger_.set_tenants(tenants_);
  if (former.size() > 0) return carry_over(former);
  usage_clock_ = UsageClock(change.tenants.half_life);
  usage_clock_.start(now_);
  usage_.assign(tenants_.size() * fleet_.pools().size(), {});
}

// Who is still there keeps what it holds and has used. O(tenants squared + jobs), when an operator changes the tree.
void State::carry_over(const Tenants& former) {
  const std::size_t pools = fleet_.pools().size();
  const std::vector<UsageAccount> used = std::exchange(usage_, std::vector<UsageAccount>(tenants_.size() * pools));
  std::vector<std::optional<TenantId>> now_known_as(former.size());
  for (std::size_t t = 0; t < former.size(); ++t) {
    now_known_as[t] = tenants_.find(former[id_of<TenantTag>(t)].path);
    if (!now_known_as[t]) continue;
    for (std::size_t pool = 0; pool < pools; ++pool) {
      usage_[now_known_as[t]->index() * pools + pool] = used[t * pools + pool];
    }
  }
  carry_over_users(former, now_known_as);
  for (JobId id : jobs_.sorted_ids()) {
    Job& job = jobs_[id];
    DURE_ASSERT(now_known_as[job.tenant.index()].has_value());
    job.tenant = *now_known_as[job.tenant.index()];
  }
  for (auto& [id, window] : windows_) {
    if (window.tenant) window.tenant = now_known_as[window.tenant->index()];
  }
  for (FairEviction& eviction : fair_evictions_) {
    if (eviction.loser) eviction.loser = now_known_as[eviction.loser->index()];
    if (eviction.gainer) eviction.gainer = now_known_as[eviction.gainer->index()];
  }
  reservations_.clear();  // promised under other limits: who is still owed one gets it anew
}

// Where users took turns before they keep what they used; where they begin to, what they hold counts from now on.
// Requires that jobs still have their former tenants.
void State::carry_over_users(const Tenants& former, const std::vector<std::optional<TenantId>>& now_known_as) {
  const UserUsage used = std::exchange(user_usage_, {});
  for (const auto& [key, account] : used.all()) {
    const std::optional<TenantId> tenant = now_known_as[key.tenant.index()];
    if (tenant && tenants_[*tenant].takes_turns()) user_usage_.insert({*tenant, key.pool, key.user}, account);
  }
  const std::int64_t weight = usage_clock_.weight(now_);
  for (JobId id : jobs_.sorted_ids()) {
    const Job& job = jobs_[id];
    const std::optional<TenantId> tenant = now_known_as[job.tenant.index()];
    if (!job.holds_devices() || former[job.tenant].takes_turns() || !tenants_[*tenant].takes_turns()) continue;
    user_usage_.hold({*tenant, job.pool, job.user}, amount(shape_of(job), job.pool, job.placed_tasks()), weight);
  }
}

void State::apply(const UserDeclared& change) {
  DURE_ASSERT(change.user.index() == users_.size());
  users_.push_back(change.name);
  recent_runs_.emplace_back();
}

void State::apply(const JobSubmitted& change) {
  const JobSpec& spec = change.spec;
  next_job_ = JobId{change.job.value + 1};
  if (spec.array) ++arrays_[spec.array->array].left;
  const bool waits = spec.is_held || !spec.after.empty();
  jobs_.insert(change.job, {.id = change.job,
                            .tenant = spec.tenant,
                            .user = spec.user,
                            .shape = shapes_.take(spec.shape),
                            .state = waits ? JobState::held : JobState::pending,
                            .is_user_held = spec.is_held,
                            .requeues = spec.requeues,
                            .waits_for = static_cast<std::uint32_t>(spec.after.size()),
                            .priority = spec.priority,
                            .submitted = now_,
                            .time_limit = spec.time_limit,
                            .estimate = estimate_for(spec),
                            .checkpoint = spec.checkpoint,
                            .array = spec.array,
                            .start_by = spec.start_by,
                            .hot_swap = spec.hot_swap,
                            .text = spec.text,
                            .name = spec.name});
  if (spec.start_by) deadlines_.emplace(*spec.start_by, change.job);
  if (spec.shape.window) window_jobs_.emplace(*spec.shape.window, change.job);
  for (const Dependency& dependency : spec.after) {
    dependents_[dependency.job].push_back({.kind = dependency.kind, .job = change.job});
  }
}

void State::apply(const JobHeld& change) {
  Job& job = jobs_[change.job];
  DURE_ASSERT(job.state == JobState::pending || job.state == JobState::held);
  depart(job, false);
  job.is_user_held = true;
  job.state = JobState::held;
  reservations_.erase(change.job);
}

void State::apply(const JobReleased& change) {
  Job& job = job_in(change.job, JobState::held);
  job.is_user_held = false;
  if (job.may_be_pending()) job.state = JobState::pending;
}

void State::apply(const JobCancelled& change) {
  DURE_ASSERT(!jobs_[change.job].holds_devices());
  forget(change.job, change.outcome);
}

void State::apply(const JobUpdated& change) {
  Job& job = jobs_[change.job];
  DURE_ASSERT(!job.holds_devices());
  depart(job, false);
  job.time_limit = change.time_limit.value_or(job.time_limit);
  job.estimate = std::min(job.estimate, job.time_limit);
  job.priority = change.priority.value_or(job.priority);
  job.name = change.name.value_or(job.name);
  // A promise was made to what it was; a name is no part of that.
  if (change.time_limit || change.priority) reservations_.erase(change.job);
}

void State::apply(const NodeDrained& change) {
  health_[change.node.index()].drained = true;
  health_[change.node.index()].is_in_quarantine = change.cause == DrainCause::quarantine;
  update_availability(change.node);
}

void State::apply(const NodeResumed& change) {
  health_[change.node.index()].drained = false;
  health_[change.node.index()].is_in_quarantine = false;
  faults_.erase(change.node);
  update_availability(change.node);
}

void State::apply(const StartOrdered& change) {
  Job& job = job_in(change.job, JobState::pending);
  take_devices(job, change.pool, change.allocation);
  job.state = JobState::starting;
  job.ordered = now_;
  reservations_.erase(change.job);
}

void State::apply(const StopOrdered& change) {
  Job& job = jobs_[change.job];
  const bool is_cancelled = change.outcome == Outcome::cancelled;
  DURE_ASSERT(job.state == JobState::starting || job.state == JobState::running ||
              (job.state == JobState::stopping && is_cancelled));
  if (job.state != JobState::stopping) job.stopped = now_;
  job.state = JobState::stopping;
  job.stop_ordered = change.outcome;
  if (is_interruption(change.outcome)) job.last_eviction = change.why;
  if (change.why.cause == StopCause::fairness) note_fair_eviction(job, change.why);
  if (!is_cancelled) return;
  job.requeues = false;  // nobody wants it back, however it ends
  reservations_.erase(change.job);
}

void State::note_fair_eviction(const Job& job, const StopReason& why) {
  std::erase_if(fair_evictions_, [&](const FairEviction& one) { return one.time + fair_eviction_counts_for <= now_; });
  const Job* beneficiary = why.beneficiary ? jobs_.find(*why.beneficiary) : nullptr;
  fair_evictions_.push_back({.time = now_,
                             .pool = job.pool,
                             .loser = job.tenant,
                             .gainer = beneficiary ? std::optional(beneficiary->tenant) : std::nullopt});
}

// Whole nodes, as far as tasks like those of the job can take them.
void State::apply(const NodesReserved& change) {
  const Demand& demand = shape_of(jobs_[change.job]).per_task;
  Occupancy empty(fleet_);
  Allocation allocation;
  for (NodeId node : change.nodes) {
    const Room room = empty.room(node);
    room.choose(node, demand, room.tasks_that_fit(demand), allocation);
  }
  apply(ReservationMade{change.job, change.pool, change.from, std::move(allocation)});
}

void State::apply(const ReservationMade& change) {
  const JobState state = jobs_[change.job].state;
  DURE_ASSERT(state == JobState::pending || (state == JobState::stopping && outlasts_a_stop(change.promise)));
  const Reservation made{change.job, change.pool, change.from, change.allocation, change.promise};
  const bool is_fresh = reservations_.emplace(change.job, made).second;
  DURE_ASSERT(is_fresh);
}

void State::apply(const ReservationDropped& change) {
  const std::size_t dropped = reservations_.erase(change.job);
  DURE_ASSERT(dropped == 1);
}

void State::apply(const Started& change) {
  Job& job = jobs_[change.job];
  DURE_ASSERT(job.state == JobState::starting || job.state == JobState::stopping);
  begin(job, change.at.value_or(now_));
}

void State::begin(Job& job, Time at) {
  if (job.start_by) deadlines_.erase({*job.start_by, job.id});
  job.was_running = true;
  if (job.state == JobState::starting) job.state = JobState::running;
  job.started = std::max(at, job.ordered);
  job.resumed = job.started;
  if (ledger_.is_open()) ledger_.start(job.id, job.started);
}

void State::apply(const StartFailed& change) {
  Job& job = job_in(change.job, JobState::starting);
  blame_start(job);
  go_back(job, {}, now_, Blame::fault);
}

void State::apply(const EstimateExceeded& change) {
  Job& job = jobs_[change.job];
  DURE_ASSERT(job.holds_devices());
  job.estimate = job.time_limit;
}

void State::apply(const Ended& change) {
  Job& job = jobs_[change.job];
  DURE_ASSERT(job.holds_devices());
  const Time end = std::max(end_of(change, now_), job.ordered);
  if (change.ran) {
    const std::optional<Time> swapped =
        job.has_run() && job.resumed != job.started ? std::optional(job.resumed) : std::nullopt;
    begin(job, change.ran->from);
    if (swapped) job.resumed = *swapped;
  }
  if (change.outcome == Outcome::node_lost) blame_loss(job, job.allocation);
  const ledger::Ledger::End ending = ending_of(job, change.outcome, end);
  note_reclaim(job);
  if (!job.goes_back(change.outcome)) {
    learn_run_time(job.user, end - job.ordered);
    release(job, ending, end);
    return forget(change.job, change.outcome);
  }
  if (job.has_run()) job.stopped = end;
  // What it was to go on with was for when it has saved its work.
  if (change.outcome != Outcome::evicted) reservations_.erase(change.job);
  go_back(job, ending, end, change.outcome == Outcome::node_lost ? Blame::fault : Blame::nobody);
  job.stop_ordered.reset();
  ++job.evictions;
}

void State::apply(const NodeLost& change) {
  NodeHealth& health = health_[change.node.index()];
  if (!health.lost) note(faults_[change.node], {.time = now_, .kind = NodeFault::Kind::lost});
  health.lost = true;
  update_availability(change.node);
}

void State::apply(const NodeReturned& change) {
  health_[change.node.index()].lost = false;
  update_availability(change.node);
}

void State::apply(const DevicesFailed& change) {
  health_[change.node.index()].sick |= change.gpus;
  update_availability(change.node);
}

void State::apply(const DevicesReturned& change) {
  health_[change.node.index()].sick &= ~change.gpus;
  update_availability(change.node);
}

// It holds as much as before, and until the same time.
void State::apply(const NodesSwapped& change) {
  Job& job = job_in(change.job, JobState::running);
  const Demand& per_task = shape_of(job).per_task;
  const Allocation lost = part_on(job.allocation, change.from);
  DURE_ASSERT(placed_tasks(lost) == placed_tasks(change.to));
  blame_loss(job, lost);
  depart(job, false);
  for (const Placement& placement : lost) occupancy_->give_back(placement, per_task);
  book(change.to, per_task);
  job.allocation = joined(part_off(job.allocation, change.from), change.to);
  job.failures = job.has_settled(now_) ? 0 : job.failures + 1;
  if (ledger_.is_open()) ledger_.lose(job.id, job.work_at_stake(now_));
  job.resumed = now_;
  ++job.swaps;
}

namespace {

// Those that fail together because they are alike count as one.
JobId suspect(const Job& job) { return job.array ? job.array->array : job.id; }

}  // namespace

// Of a gang on several nodes it is not known which was to blame.
void State::blame_start(const Job& job) {
  if (job.allocation.size() != 1) return;
  note(faults_[job.allocation.front().node],
       {.time = now_, .kind = NodeFault::Kind::start_failed, .jobs = 1, .job = suspect(job)});
}

void State::blame_loss(const Job& job, const Allocation& lost) {
  for (const Placement& placement : lost) {
    if (!health(placement.node).lost) continue;
    NodeFaults& faults = faults_[placement.node];
    const auto loss = std::find_if(faults.rbegin(), faults.rend(),
                                   [](const NodeFault& fault) { return fault.kind == NodeFault::Kind::lost; });
    if (loss != faults.rend() && ++loss->jobs == 1) loss->job = suspect(job);
  }
}

Job& State::job_in(JobId id, JobState expected) {
  Job& job = jobs_[id];
  DURE_ASSERT(job.state == expected);
  return job;
}

// A start came to an end that is not the job's. Whose fault it was decides when it may start again.
void State::go_back(Job& job, const ledger::Ledger::End& end, Time at, Blame blame) {
  const bool has_settled = job.has_settled(at);
  depart(job, false);
  release(job, end, at);
  job.allocation.clear();
  job.state = JobState::pending;
  if (has_settled) {
    job.failures = 0;
  } else if (blame == Blame::fault && ++job.failures >= failures_before_pause) {
    job.not_before = now_ + job.pause();
  }
}

void State::forget(JobId id, Outcome outcome) {
  reservations_.erase(id);
  if (jobs_[id].start_by) deadlines_.erase({*jobs_[id].start_by, id});
  if (const auto& window = shape_of(jobs_[id]).window) window_jobs_.erase({*window, id});
  depart(std::move(jobs_[id]), true);
  jobs_.erase(id);
  const bool completed = outcome == Outcome::completed;
  if (!dependents_.empty()) resolve_dependents(id, Extent::job, completed);
  if (departed_.array) end_of_array_job(departed_.array->array, completed);
}

void State::end_of_array_job(JobId array, bool completed) {
  const auto found = arrays_.find(array);
  ArrayProgress& progress = found->second;
  progress.all_completed = progress.all_completed && completed;
  if (--progress.left > 0) return;
  const bool all_completed = progress.all_completed;
  arrays_.erase(found);
  if (!dependents_.empty()) resolve_dependents(array, Extent::array, all_completed);
}

void State::resolve_dependents(JobId ended, Extent extent, bool completed) {
  const auto found = dependents_.find(ended);
  if (found == dependents_.end()) return;
  const auto has_ended = [&](const Dependency& on) { return is_of_array(on.kind) == (extent == Extent::array); };
  for (const Dependency& dependent : found->second) {
    if (has_ended(dependent)) resolve(dependent, completed);
  }
  std::erase_if(found->second, has_ended);
  if (found->second.empty()) dependents_.erase(found);
}

void State::resolve(const Dependency& dependent, bool completed) {
  Job* job = jobs_.find(dependent.job);
  if (job == nullptr) return;  // cancelled meanwhile
  --job->waits_for;
  job->is_hopeless = job->is_hopeless || !is_met(dependent.kind, completed);
  if (!job->may_be_pending()) return;
  job->state = JobState::pending;
  released_.push_back(job->id);
}

void State::depart(Job departed, bool holds_shape) {
  if (departed_holds_shape_) shapes_.give_back(departed_.shape);
  departed_ = std::move(departed);
  departed_holds_shape_ = holds_shape;
}

void State::take_devices(Job& job, PoolId pool, const Allocation& allocation) {
  const Shape& shape = shape_of(job);
  job.pool = pool;
  job.allocation = allocation;
  book(allocation, shape.per_task);
  const std::int64_t milli = amount(shape, pool, job.placed_tasks());
  charge(job, milli, now_);
  if (ledger_.is_open()) ledger_.order(job.id, job.tenant, pool, milli, job.time_limit, now_);
}

void State::book(const Allocation& allocation, const Demand& per_task) {
  for (const Placement& placement : allocation) {
    DURE_ASSERT(health(placement.node).is_available());
    DURE_ASSERT((placement.gpus & health(placement.node).sick) == 0);
    occupancy_->book(placement, per_task);
  }
}

// `at`: until when it counts as used.
void State::release(const Job& job, const ledger::Ledger::End& end, Time at) {
  const Shape& shape = shape_of(job);
  const std::int64_t milli = amount(shape, job.pool, job.placed_tasks());
  charge(job, -milli, at);
  if (ledger_.is_open()) ledger_.end(job.id, job.tenant, job.pool, milli, end, now_);
  for (const Placement& placement : job.allocation) occupancy_->give_back(placement, shape.per_task);
}

// To its tenant and those above, in the pool that it has its devices of.
void State::charge(const Job& job, std::int64_t milli, Time at) {
  const std::int64_t weight = usage_clock_.weight(std::max(at, usage_clock_.epoch()));
  for (std::optional<TenantId> tenant = job.tenant; tenant; tenant = tenants_[*tenant].parent) {
    usage_[tenant->index() * fleet_.pools().size() + job.pool.index()].hold(milli, weight);
  }
  if (tenants_[job.tenant].takes_turns()) user_usage_.hold({job.tenant, job.pool, job.user}, milli, weight);
}

// The integer mean, in seconds, of the user's last two run times. Source: Tsafrir, Etsion and Feitelson, IEEE TPDS
// 2007.
Duration State::estimate_for(const JobSpec& spec) const {
  const RecentRuns& recent = recent_runs_[spec.user.index()];
  if (recent.known < 2) return spec.time_limit;
  const Duration mean = seconds(((recent.last + recent.before).ns / 2) / seconds(1).ns);
  return std::min(spec.time_limit, std::max(mean, Duration{1}));
}

void State::learn_run_time(UserId user, Duration run) {
  RecentRuns& recent = recent_runs_[user.index()];
  recent.before = recent.last;
  recent.last = run;
  ++recent.known;
}

// Once in some thirty half-lives.
void State::rebase_usage() {
  const int shift = usage_clock_.rebase(now_);
  for (UsageAccount& account : usage_) account.base >>= shift;
  user_usage_.rebase(shift);
}

void State::update_availability(NodeId node) {
  occupancy_->set_available(node, health(node).is_available());
  occupancy_->set_sick(node, health(node).sick);
}

bool State::is_on_sick(const Allocation& allocation) const {
  return std::any_of(allocation.begin(), allocation.end(),
                     [&](const Placement& at) { return (at.gpus & health(at.node).sick) != 0; });
}

std::vector<NodeId> State::failed_nodes(const Allocation& allocation) const {
  std::vector<NodeId> nodes;
  for (const Placement& at : allocation) {
    const NodeHealth& node = health(at.node);
    const bool has_failed = node.lost || (at.gpus & node.sick) != 0;
    if (has_failed && (nodes.empty() || nodes.back() != at.node)) nodes.push_back(at.node);
  }
  return nodes;
}

std::vector<JobId> State::overdue(Time now) const {
  std::vector<JobId> jobs;
  for (const auto& [deadline, job] : deadlines_) {
    if (deadline > now) break;
    if (jobs_[job].state != JobState::stopping) jobs.push_back(job);
  }
  for (auto at = window_jobs_.begin(); at != window_jobs_.end();) {
    const auto& [window, job] = *at;
    if (windows_.contains(window)) {
      at = window_jobs_.lower_bound({WindowId{window.value + 1}, JobId{}});  // however many wait for it
      continue;
    }
    if (!jobs_[job].holds_devices()) jobs.push_back(job);
    ++at;
  }
  std::sort(jobs.begin(), jobs.end());
  jobs.erase(std::unique(jobs.begin(), jobs.end()), jobs.end());
  return jobs;
}

Time State::next_deadline(Time now) const {
  const auto next = deadlines_.lower_bound({now + Duration{1}, JobId{}});
  return next == deadlines_.end() ? Time::never() : next->first;
}

std::int64_t State::most_ever(TenantId tenant, Duration grace, PoolId pool) const {
  std::int64_t limit = no_limit;
  std::int64_t guarantee = tenants_.quota(tenant, pool).is_lent_to && !may_borrow(grace, pool) ? 0 : no_limit;
  for (std::optional<TenantId> at = tenant; at; at = tenants_[*at].parent) {
    limit = std::min(limit, tenants_.quota(*at, pool).limit_milli);
    guarantee = std::max(guarantee, tenants_.quota(*at, pool).guarantee_milli);
  }
  return std::min(limit, guarantee);
}

bool State::is_eligible(const Shape& shape, PoolId pool) const { return dure::is_eligible(shape, fleet_, pool); }

}  // namespace dure
