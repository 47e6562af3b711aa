#include "storm.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "chance.h"
#include "dure/core/rack_rules.h"

namespace dure {

Storm::Storm(std::uint64_t seed, Restarts restarts)
    : random_(seed),
      other_(seed + 1),
      restarts_(restarts),
      world_(random_storm_world(random_)),
      now_(Time{} + seconds(static_cast<std::int64_t>(random_.below(100)))),
      policy_(std::make_unique<DurePolicy>(world_.options)),
      laws_(std::make_unique<Laws>(state_, world_.options)),
      has_windows_(one_in(random_, 2)) {
  declare(FleetDeclared{world_.fleet});
  declare(TenantsDeclared{world_.tenants});
  for (const char* name : {"kim", "lee", "park"}) {
    declare(UserDeclared{UserId{static_cast<std::uint32_t>(state_.users().size())}, name});
  }
  loop_.emplace(state_, *policy_, *this, *this, *this);
  loop_->add_observer(*this);
}

void Storm::declare(Change change) {
  const Fact fact{now_, std::move(change)};
  append(fact);
  state_.apply(fact);
  policy_->observe(state_, fact);
  on_fact(state_, fact);
}

StormReport Storm::play(std::uint64_t turns) {
  while (report_.turns < turns && is_well()) {
    const std::uint64_t blows = one_in(random_, 5) ? 1 + random_.below(15) : random_.below(4);
    for (std::uint64_t b = 0; b < blows; ++b) befall();
    settle();
    if (one_in(random_, 25)) turn_clock_back();
    if (one_in(random_, 25)) oversleep();
    advance(pick(random_, {seconds(0), seconds(1), seconds(20), seconds(70), minutes(3), minutes(10), minutes(25)}));
    if (one_in(random_, 40)) advance(hours(20));
    if (!one_in(other_, 4)) continue;
    if (restarts_ == Restarts::often) restart();
    settle();  // a new policy is asked at once; what changes with the minute is seen then, with and without
  }
  calm_down();
  if (is_well()) replay();
  for (const std::string& complaint : laws_->complaints()) complain(complaint);
  report_.digest = state_.digest();
  report_.evictions = laws_->evictions();
  report_.reclaims = laws_->reclaims();
  report_.cleared = laws_->cleared();
  report_.narrowed = laws_->narrowed();
  report_.moves = laws_->moves();
  report_.swaps = laws_->swaps();
  report_.unswapped = laws_->unswapped();
  report_.preemptions = laws_->preemptions();
  report_.holes = laws_->holes();
  report_.leavers = laws_->leavers();
  report_.fair_evictions = laws_->fair_evictions();
  report_.racks_asked = laws_->racks_asked();
  report_.from_racks = laws_->from_racks();
  report_.checks = laws_->checks();
  return report_;
}

void Storm::befall() {
  if (has_windows_ && one_in(random_, 12)) return befall_windows();
  if (one_in(random_, 10) && befall_gang()) return;
  const std::uint64_t choice = random_.below(50);
  if (choice < 32) return submit();
  if (choice < 40) return befall_job();
  if (choice < 45) return befall_nodes();
  if (choice < 48) return befall_devices();
  befall_estate();
}

void Storm::submit() {
  if (state_.jobs().size() >= 40) return;
  const JobId id{next_job_++};
  const JobSpec spec = random_storm_job(random_, state_, world_.jobs);
  engine_.run_times[id] =
      one_in(random_, 2) ? spec.time_limit * 2 : seconds(random_.between(1, spec.time_limit.whole_seconds()));
  if (one_in(random_, 8)) engine_.answers[id] = SmallEngine::Answer::later;
  if (one_in(random_, 10)) engine_.answers[id] = SmallEngine::Answer::fails;
  if (one_in(random_, 20)) engine_.answers[id] = SmallEngine::Answer::keeps_failing;
  tell(JobSubmitted{id, spec});
}

JobId Storm::random_job() {
  const std::vector<JobId> ids = state_.jobs().sorted_ids();
  return ids.empty() ? JobId{0} : ids[random_.below(ids.size())];
}

void Storm::befall_job() {
  const JobId id = random_job();
  const Job* job = state_.jobs().find(id);
  if (job == nullptr) return;
  switch (random_.below(9)) {
    case 0: return tell(JobHeld{id});
    case 1:
    case 2: return tell(JobReleased{id});
    case 3: return tell(JobCancelled{id});
    case 4: return stop(*job, Outcome::cancelled);
    case 5: return stop(*job, Outcome::evicted);
    case 6: return tell(JobUpdated{.job = id, .time_limit = pick(random_, {minutes(2), minutes(40), hours(9)})});
    case 7: return tell(JobUpdated{.job = id, .priority = static_cast<std::int32_t>(random_.below(4))});
    default: return tell(EstimateExceeded{id});
  }
}

// An operator or a user stops it: it has its grace, and the engine a little more.
void Storm::stop(const Job& job, Outcome outcome) {
  if (!job.holds_devices() || job.state == JobState::stopping) return;
  tell(StopOrdered{job.id, outcome});
  engine_.stop(job, outcome, now_, job.grace() + seconds(random_.between(0, 5)));
}

// Somebody opens one, soon or later, or withdraws one.
void Storm::befall_windows() {
  if (!state_.windows().empty() && one_in(random_, 4)) {
    auto at = state_.windows().begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_.below(state_.windows().size())));
    return tell(WindowClosed{at->first, CloseCause::withdrawn});
  }
  tell(WindowOpened{random_window(random_, state_, random_nodes(), now_)});
}

void Storm::note_start(const StartOrdered& start) {
  const auto& named = state_.shape_of(state_.jobs()[start.job]).window;
  report_.starts_inside += named ? 1u : 0u;
  const bool is_beside = std::any_of(state_.windows().begin(), state_.windows().end(), [&](const auto& entry) {
    return entry.second.from > now_ && entry.second.has(start.allocation.front().node);
  });
  report_.starts_beside += is_beside && !named ? 1u : 0u;
}

// One node, or all of a rack, a block or a site's pool.
Storm::Nodes Storm::random_nodes() {
  const NodeId node{static_cast<std::uint32_t>(random_.below(state_.fleet().node_count()))};
  const Pool& pool = state_.fleet().pool(state_.fleet().pool_of(node));
  const Level level =
      pick(random_, {Level::node, Level::node, Level::node, Level::rack, Level::rack, Level::block, Level::site});
  const std::uint32_t span = pool.nodes_in(level);
  const std::uint32_t first = (node.value - pool.first_node.value) / span * span + pool.first_node.value;
  Nodes nodes;
  for (std::uint32_t n = 0; n < span; ++n) nodes.push_back(NodeId{first + n});
  return nodes;
}

void Storm::befall_nodes() {
  const Nodes nodes = random_nodes();
  switch (random_.below(6)) {
    case 0: return lose(nodes);
    case 1:
      for (const NodeId node : nodes) tell(NodeDrained{.node = node, .reason = "storm"});
      return;
    case 2:
    case 3:
      for (const NodeId node : nodes) give_back(node);
      return;
    default:
      for (const NodeId node : nodes) tell(NodeResumed{node});
  }
}

void Storm::give_back(NodeId node) {
  tell(NodeReturned{node});
  engine_.return_node(node, arrived_);
}

void Storm::lose(const Nodes& nodes) {
  for (const NodeId node : nodes) tell(NodeLost{node});
  for (const NodeId node : nodes) engine_.lose(state_, node, arrived_);
}

// A node or a device fails under a gang that may go on with another, if there is one.
bool Storm::befall_gang() {
  std::vector<JobId> gangs;
  for (const JobId id : state_.jobs().sorted_ids()) {
    if (state_.jobs()[id].may_swap()) gangs.push_back(id);
  }
  if (gangs.empty()) return false;
  const Job& job = state_.jobs()[gangs[random_.below(gangs.size())]];
  const Placement& at = job.allocation[random_.below(job.allocation.size())];
  if (at.gpus != 0 && one_in(random_, 3)) {
    tell(DevicesFailed{at.node, at.gpus & (~at.gpus + 1), "storm"});
  } else {
    lose({at.node});
  }
  return true;
}

// Some GPUs of one node, or all of them, fail or return. Some that do so are in that state already.
void Storm::befall_devices() {
  const NodeId node{static_cast<std::uint32_t>(random_.below(state_.fleet().node_count()))};
  const std::uint64_t gpus = random_devices(node);
  if (gpus == 0) return;
  if (one_in(random_, 2)) {
    tell(DevicesReturned{node, gpus});
  } else {
    tell(DevicesFailed{node, gpus, "storm"});
  }
}

std::uint64_t Storm::random_devices(NodeId node) {
  const std::uint64_t all = all_devices(state_.fleet().pool(state_.fleet().pool_of(node)).spec.gpus_per_node);
  if (one_in(random_, 4)) return all;
  return random_.next() & random_.next() & all;
}

// What came before settles first: ids of nodes and tenants may mean something else afterwards.
void Storm::befall_estate() {
  settle();
  if (one_in(random_, 2)) {
    tell(TenantsDeclared{edited(random_, state_.tenants().spec(), state_.fleet().spec())});
  } else {
    tell(FleetDeclared{edited(random_, state_.fleet().spec())});
  }
  settle();
}

// As a server's, whose time never goes back behind that of the last fact.
void Storm::turn_clock_back() {
  now_ = std::max(now_ - seconds(random_.between(1, 5000)), state_.now());
  settle();
}

// The machine slept: what happened meanwhile is heard of late. Nobody can be blamed for a promise that was due, so none
// is in force; nor for who is still there when a window begins.
void Storm::oversleep() {
  if (!state_.reservations().empty() || !state_.windows().empty()) return;
  now_ = now_ + pick(random_, {minutes(30), hours(3), hours(50)});
  settle();
}

void Storm::drain(Time now, std::vector<Change>& out) {
  for (Change& change : arrived_) out.push_back(std::move(change));
  arrived_.clear();
  engine_.report(state_, now, out);
}

void Storm::execute(const State& state, std::span<const Decision> decisions) {
  for (const Decision& decision : decisions) {
    if (const auto* start = std::get_if<StartOrdered>(&decision)) engine_.start(state.jobs()[start->job], now_);
    if (const auto* order = std::get_if<StopOrdered>(&decision)) {
      const Job& job = state.jobs()[order->job];
      engine_.stop(job, order->outcome, now_, job.grace() + seconds(random_.between(0, 5)));
    }
    if (const auto* swap = std::get_if<NodesSwapped>(&decision)) engine_.swap(swap->job);
  }
}

void Storm::append(const Fact& fact) {
  laws_->before(fact);
  recorded_.add(fact);
}

void Storm::on_fact(const State&, const Fact& fact) {
  laws_->after(fact);
  if (const auto* start = std::get_if<StartOrdered>(&fact.change)) {
    ++report_.starts;
    note_start(*start);
  }
  const auto* drop = std::get_if<ReservationDropped>(&fact.change);
  report_.drops_for_windows += drop != nullptr && drop->cause == DropCause::window ? 1u : 0u;
  report_.promises += std::holds_alternative<ReservationMade>(fact.change) ? 1u : 0u;
}

// One in which nothing comes to pass is of no account: how often a policy asks to be woken for nothing may depend on
// what it remembers.
void Storm::on_turn(const State& state, bool) {
  report_.turns += state.fact_count() != facts_at_turn_ ? 1u : 0u;
  facts_at_turn_ = state.fact_count();
  laws_->after_turn();
}

void Storm::settle() {
  int turns = 0;
  do {
    if (!is_well()) return;
    if (++turns > 100) return complain("the policy never comes to rest");
    wakeup_ = loop_->turn(now_);
    if (engine_.answers_by(now_)) wakeup_ = now_;
  } while (wakeup_ == now_ || !arrived_.empty());
  laws_->at_rest(now_);
  if (now_ >= planned_at_) compare_with_a_fresh_policy();
  planned_at_ = std::max(planned_at_, now_);
}

// With the clock turned back, what is over before a promise then may not have been so when it was last asked.
void Storm::compare_with_a_fresh_policy() {
  DurePolicy fresh(world_.options);
  fresh.rebuild(state_);
  std::vector<Decision> overlooked;
  fresh.plan(state_, now_, overlooked);
  if (overlooked.empty()) return;
  complain(fmt::format("{} invariant 9: a rebuilt policy would decide {} more, the first of kind {}", to_text(now_),
                       overlooked.size(), overlooked.front().index()));
}

std::optional<Time> Storm::next_event() const {
  const std::optional<Time> next = engine_.next_event();
  return next && wakeup_ ? std::min(*next, *wakeup_) : next ? next : wakeup_;
}

// From event to event.
void Storm::advance(Duration duration) {
  const Time until = now_ + duration;
  for (auto next = next_event(); next && *next <= until && is_well(); next = next_event()) {
    now_ = std::max(now_, *next);
    settle();
  }
  now_ = until;
}

void Storm::restart() {
  if (now_ < planned_at_) return;
  ByteWriter image;
  state_.write_image(image);
  auto restored = State::from_image(image.bytes());
  if (!restored || restored->digest() != state_.digest()) return complain("the state's image is another state");
  state_ = *std::move(restored);
  policy_ = std::make_unique<DurePolicy>(world_.options);
  policy_->rebuild(state_);
  loop_.emplace(state_, *policy_, *this, *this, *this);
  loop_->add_observer(*this);
  wakeup_ = policy_->next_wakeup(state_, now_);
  if (const Time deadline = state_.next_deadline(now_); deadline < wakeup_.value_or(Time::never())) wakeup_ = deadline;
}

// Somebody has looked at them.
void Storm::release_from_quarantine() {
  for (std::uint32_t n = 0; n < state_.fleet().node_count(); ++n) {
    if (state_.health(NodeId{n}).is_in_quarantine) tell(NodeResumed{NodeId{n}});
  }
  if (!arrived_.empty()) settle();
}

// Tenants may have been left too little since for who could not leave in time what it is lent.
bool Storm::could_start(const Job& job) const {
  const Shape& shape = state_.shape_of(job);
  for (std::size_t p = 0; p < state_.fleet().pools().size(); ++p) {
    const PoolId pool = id_of<PoolTag>(p);
    if (!state_.is_eligible(shape, pool)) continue;
    const bool is_within =
        state_.amount(shape, pool, shape.tasks_min) <= state_.most_ever(job.tenant, job.grace(), pool);
    const bool has_ground = state_.may_borrow(job.grace(), pool) ||
                            fits_beside_kept_racks(state_.tenants(), state_.fleet(), pool, job.tenant, shape);
    if (is_within && has_ground) return true;
  }
  return false;
}

// Invariant 6: then every job ends, but for those that wait for an end that never came.
void Storm::calm_down() {
  now_ = std::max(now_, planned_at_);
  engine_.answers.clear();  // who failed to start again could put a node in quarantine that others need
  tell(TenantsDeclared{without_limits(state_.tenants().spec())});
  for (std::uint32_t n = 0; n < state_.fleet().node_count(); ++n) {
    if (state_.health(NodeId{n}).lost) give_back(NodeId{n});
    if (state_.health(NodeId{n}).drained) tell(NodeResumed{NodeId{n}});
    if (const std::uint64_t sick = state_.health(NodeId{n}).sick; sick != 0) tell(DevicesReturned{NodeId{n}, sick});
  }
  for (const JobId id : state_.jobs().sorted_ids()) {
    if (state_.jobs()[id].is_user_held) tell(JobReleased{id});
  }
  for (const auto& [id, window] : state_.windows()) tell(WindowClosed{id, CloseCause::withdrawn});
  settle();
  for (int event = 0; event < 20'000 && is_well(); ++event) {
    release_from_quarantine();
    const auto next = next_event();
    if (!next) break;
    advance(*next - now_);
  }
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    if (job.is_hopeless || job.waits_for > 0 || !is_well()) continue;
    if (!job.holds_devices() && !could_start(job)) continue;
    complain(fmt::format("invariant 6: job {} waits for ever, {}", id.value, to_text(state_.jobs()[id].state)));
  }
}

// Invariant 9: the same facts lead to the same state.
void Storm::replay() {
  State again;
  for (const Fact& fact : recorded_.facts()) again.apply(fact);
  if (again.digest() != state_.digest()) complain("invariant 9: a replay of the facts ends in another state");
  if (!one_in(other_, 4)) return;
  for (std::string& wrong : wrong_in_replays(recorded_, world_.options, state_.digest(), other_)) {
    complain("invariant 9: " + std::move(wrong));
  }
}

}  // namespace dure
