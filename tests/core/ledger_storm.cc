#include "ledger_storm.h"

#include <fmt/format.h>

#include <algorithm>

#include "chance.h"
#include "dure/base/overload.h"
#include "ledger_storm_world.h"

namespace dure {
namespace {

StormWorld random_world(Random& random) {
  StormWorld world = random_storm_world(random);
  PoolSpec& pool = world.fleet.sites.back().pools.back();
  if (pool.gpus_per_node > 0 && one_in(random, 2)) pool.gpu_model = "Y";
  add_owners(random, world.fleet, world.tenants);
  return world;
}

// Around the end of a month.
Time random_begin(Random& random) {
  return *parse_time("2026-01-31T00:00:00Z") + seconds(random.between(-200'000, 200'000));
}

}  // namespace

LedgerStorm::LedgerStorm(std::uint64_t seed, Restarts restarts)
    : random_(seed),
      other_(seed + 1),
      restarts_(restarts),
      world_(random_world(random_)),
      now_(random_begin(random_)),
      policy_(std::make_unique<DurePolicy>(world_.options)),
      laws_(std::make_unique<LedgerLaws>(state_)) {
  declare(FleetDeclared{world_.fleet});
  declare(TenantsDeclared{world_.tenants});
  for (const char* name : {"kim", "lee", "park"}) {
    declare(UserDeclared{id_of<UserTag>(state_.users().size()), name});
  }
  loop_.emplace(state_, *policy_, *this, *this, *this);
  loop_->add_observer(*this);
}

void LedgerStorm::declare(Change change) {
  const Fact fact{now_, std::move(change)};
  append(fact);
  state_.apply(fact);
  policy_->observe(state_, fact);
  on_fact(state_, fact);
}

LedgerStormReport LedgerStorm::play(std::uint64_t blows) {
  for (std::uint64_t blow = 0; blow < blows && is_well(); ++blow) {
    for (std::uint64_t b = 1 + random_.below(one_in(random_, 5) ? 16 : 5); b > 0; --b) befall();
    settle();
    advance(pick(random_,
                 {seconds(0), seconds(20), minutes(3), minutes(10), minutes(40), minutes(40), hours(3), hours(9)}));
    if (one_in(random_, 8)) advance(pick(random_, {days(1), days(4), days(15)}));
    if (!one_in(other_, 4)) continue;
    if (restarts_ == Restarts::often) restart();
    settle();
  }
  laws_->a_recount_matches();
  if (is_well()) crash_anywhere();
  for (const std::string& complaint : laws_->complaints()) complain(complaint);
  report_.digest = state_.digest();
  report_.facts = facts_.size();
  report_.checks = laws_->checks();
  for (const ledger::Loan& loan : state_.ledger().loans(state_.now())) {
    ++report_.loans;
    report_.reclaims += loan.reclaims.times;
  }
  return report_;
}

void LedgerStorm::befall() {
  const std::uint64_t choice = random_.below(100);
  if (choice < 55) return submit();
  if (choice < 64) return befall_job();
  if (choice < 69) return befall_nodes();
  if (choice < 70) return open_window();
  if (choice < 99) return tell(Booked{random_change(random_, state_, now_)});
  befall_estate();
}

void LedgerStorm::submit() {
  if (state_.jobs().size() >= 40) return;
  const JobId id{next_job_++};
  JobSpec spec = random_storm_job(random_, state_, world_.jobs);
  spec.is_held = false;
  spec.after.clear();
  engine_.run_times[id] =
      one_in(random_, 2) ? spec.time_limit * 2 : seconds(random_.between(1, spec.time_limit.whole_seconds()));
  if (one_in(random_, 8)) engine_.answers[id] = SmallEngine::Answer::later;
  if (one_in(random_, 10)) engine_.answers[id] = SmallEngine::Answer::fails;
  tell(JobSubmitted{id, spec});
}

void LedgerStorm::befall_job() {
  const std::vector<JobId> ids = state_.jobs().sorted_ids();
  if (ids.empty()) return;
  JobId id = ids[random_.below(ids.size())];
  if (!state_.jobs()[id].holds_devices()) id = ids[random_.below(ids.size())];
  const Job& job = state_.jobs()[id];
  switch (random_.below(4)) {
    case 0: return tell(JobCancelled{job.id});
    case 1: return stop(job, Outcome::cancelled);
    case 2: return stop(job, Outcome::evicted);
    default: return tell(JobUpdated{.job = job.id, .time_limit = pick(random_, {minutes(2), minutes(40), hours(9)})});
  }
}

void LedgerStorm::stop(const Job& job, Outcome outcome) {
  if (!job.holds_devices() || job.state == JobState::stopping) return;
  tell(StopOrdered{job.id, outcome, {}});
  const bool has_ended =
      std::any_of(late_.begin(), late_.end(), [&](const auto& one) { return one.second.job == job.id; });
  if (!has_ended) engine_.stop(job, outcome, now_, job.grace() + seconds(random_.between(0, 5)));
}

void LedgerStorm::lose(NodeId node) {
  tell(NodeLost{node});
  engine_.lose(state_, node, arrived_);
}

// One fails, under a gang that may go on with another if there is any, or all is well again.
void LedgerStorm::befall_nodes() {
  const NodeId node{static_cast<std::uint32_t>(random_.below(state_.fleet().node_count()))};
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    if (job.may_swap() && one_in(random_, 2)) return lose(job.allocation.front().node);
  }
  if (one_in(random_, 3)) return lose(node);
  for (std::uint32_t n = 0; n < state_.fleet().node_count(); ++n) {
    if (!state_.health(NodeId{n}).is_available()) tell(NodeResumed{NodeId{n}});
    tell(NodeReturned{NodeId{n}});
    engine_.return_node(NodeId{n}, arrived_);
  }
}

void LedgerStorm::open_window() {
  const NodeId node{static_cast<std::uint32_t>(random_.below(state_.fleet().node_count()))};
  tell(WindowOpened{random_window(random_, state_, {node}, now_)});
}

// What came before settles first: ids of nodes and tenants may mean something else afterwards.
void LedgerStorm::befall_estate() {
  settle();
  if (one_in(random_, 2)) {
    tell(TenantsDeclared{edited(random_, state_.tenants().spec(), state_.fleet().spec())});
  } else {
    FleetSpec fleet = edited(random_, state_.fleet().spec());
    add_owners(random_, fleet, state_.tenants().spec());
    tell(FleetDeclared{std::move(fleet)});
  }
  settle();
}

// An engine that counts in whole seconds, and began or ended at other instants than were told.
void LedgerStorm::by_its_own_clock(Ended& ended) {
  const Job* job = state_.jobs().find(ended.job);
  if (job == nullptr || !job->holds_devices() || !one_in(random_, 3)) return;
  const Time first = job->has_run() && one_in(random_, 2) ? job->started : job->ordered;
  const Time from{first.ns / seconds(1).ns * seconds(1).ns};
  const std::int64_t length = std::max<std::int64_t>(0, (now_ - from).whole_seconds());
  ended.ran = RunTimes{from, from + seconds(one_in(random_, 2) ? length : random_.between(0, length))};
}

void LedgerStorm::drain(Time now, std::vector<Change>& out) {
  std::vector<Change> told = std::exchange(arrived_, {});
  engine_.report(state_, now, told);
  for (Change& change : told) {
    auto* ended = std::get_if<Ended>(&change);
    if (ended != nullptr && one_in(random_, 12)) {
      late_.emplace_back(now + pick(random_, {seconds(1), minutes(7), hours(5)}), *ended);
      continue;
    }
    if (ended != nullptr) by_its_own_clock(*ended);
    out.push_back(change);
    if (ended != nullptr && one_in(random_, 10)) out.push_back(*ended);  // told twice
  }
  std::erase_if(late_, [&](auto& one) {
    if (one.first > now) return false;
    by_its_own_clock(one.second);
    out.push_back(one.second);
    return true;
  });
}

void LedgerStorm::execute(const State& state, std::span<const Decision> decisions) {
  for (const Decision& decision : decisions) {
    if (const auto* start = std::get_if<StartOrdered>(&decision)) engine_.start(state.jobs()[start->job], now_);
    if (const auto* order = std::get_if<StopOrdered>(&decision)) {
      const bool has_ended =
          std::any_of(late_.begin(), late_.end(), [&](const auto& one) { return one.second.job == order->job; });
      const Job& job = state.jobs()[order->job];
      const Duration after = job.grace() + seconds(random_.between(0, 5));
      if (!has_ended) engine_.stop(job, order->outcome, now_, after);
    }
    if (const auto* swap = std::get_if<NodesSwapped>(&decision)) engine_.swap(swap->job);
  }
}

void LedgerStorm::append(const Fact& fact) {
  laws_->before(fact);
  facts_.push_back(fact);
}

void LedgerStorm::on_fact(const State&, const Fact& fact) {
  laws_->after(fact);
  std::visit(Overload{
                 [&](const StartOrdered& c) {
                   ++report_.starts;
                   const ledger::Hold* hold = state_.ledger().hold_of(c.job);
                   report_.borrowed += hold != nullptr && hold->is_borrowed ? 1u : 0u;
                 },
                 [&](const Ended& c) {
                   ++report_.ends;
                   const ledger::Settlement& settled = state_.ledger().last_settlement();
                   if (settled.job == c.job && settled.why) ++report_.waived[static_cast<std::size_t>(*settled.why)];
                 },
                 [&](const NodesSwapped&) { ++report_.swaps; },
                 [&](const Booked& c) { count(c.change); },
                 [](const auto&) {},
             },
             fact.change);
  if (one_in(other_, 60)) laws_->a_recount_matches();
}

void LedgerStorm::count(const ledger::Change& change) {
  std::visit(Overload{
                 [&](const ledger::UseChecked& c) { report_.notices += c.notice > 0 ? 1u : 0u; },
                 [&](const ledger::GrantReduced&) { ++report_.reduced; },
                 [&](const ledger::GrantAwarded& c) { report_.passed_on += c.by ? 0u : 1u; },
                 [&](const ledger::LotLapsed&) { ++report_.lapsed; },
                 [&](const ledger::CreditsRefunded&) { ++report_.refunds; },
                 [](const auto&) {},
             },
             change);
}

void LedgerStorm::settle() {
  int turns = 0;
  do {
    if (!is_well()) return;
    if (++turns > 100) return complain("the policy never comes to rest");
    wakeup_ = loop_->turn(now_);
    if (state_.ledger().due(now_)) return complain("something is due after a turn");
    if (engine_.answers_by(now_)) wakeup_ = now_;
  } while (wakeup_ == now_ || !arrived_.empty());
  compare_with_a_fresh_policy();
}

void LedgerStorm::compare_with_a_fresh_policy() {
  DurePolicy fresh(world_.options);
  fresh.rebuild(state_);
  std::vector<Decision> overlooked;
  fresh.plan(state_, now_, overlooked);
  if (overlooked.empty()) return;
  complain(fmt::format("{} a rebuilt policy would decide {} more, the first of kind {}", to_text(now_),
                       overlooked.size(), overlooked.front().index()));
}

std::optional<Time> LedgerStorm::next_event() const {
  std::optional<Time> next = engine_.next_event();
  const auto also = [&](Time time) { next = next ? std::min(*next, time) : time; };
  if (wakeup_) also(*wakeup_);
  for (const auto& [time, ended] : late_) also(time);
  return next;
}

void LedgerStorm::advance(Duration duration) {
  const Time until = now_ + duration;
  for (auto next = next_event(); next && *next <= until && is_well(); next = next_event()) {
    now_ = std::max(now_, *next);
    settle();
  }
  now_ = until;
}

void LedgerStorm::restart() {
  ByteWriter image;
  state_.write_image(image);
  auto restored = State::from_image(image.bytes());
  if (!restored || restored->digest() != state_.digest()) return complain("the state's image is another state");
  state_ = *std::move(restored);
  policy_ = std::make_unique<DurePolicy>(world_.options);
  policy_->rebuild(state_);
  loop_.emplace(state_, *policy_, *this, *this, *this);
  loop_->add_observer(*this);
  ++report_.crashes;
}

// Between any two facts: what was kept until then, as facts or as an image, leads to where the rest led.
void LedgerStorm::crash_anywhere() {
  const std::size_t at = random_.below(facts_.size());
  State replayed;
  for (std::size_t i = 0; i < at; ++i) replayed.apply(facts_[i]);
  ByteWriter image;
  replayed.write_image(image);
  auto restored = State::from_image(image.bytes());
  if (at > 0 && !restored) return complain("there is an image that cannot be read");
  if (restored) {
    if (restored->digest() != replayed.digest()) return complain("an image leads to another state than its facts");
    const ledger::Ledger& one = replayed.ledger();
    const ledger::Ledger& two = restored->ledger();
    const bool is_alike =
        one.next_due() == two.next_due() && one.due(replayed.now()).has_value() == two.due(replayed.now()).has_value();
    if (!is_alike) return complain("an image forgets what is due");
  }
  for (std::size_t i = at; i < facts_.size(); ++i) {
    replayed.apply(facts_[i]);
    if (restored) restored->apply(facts_[i]);
  }
  ++report_.crashes;
  if (replayed.digest() != state_.digest()) complain("a replay ends in another state");
  if (restored && restored->digest() != state_.digest()) {
    complain(fmt::format("an image after {} facts ends in another state", at));
  }
}

}  // namespace dure
