#include "dure/what_if/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dure/base/bytes.h"
#include "dure/base/hash.h"
#include "dure/base/overload.h"
#include "dure/what_if/origin.h"

namespace dure::what_if {
namespace {

constexpr std::uint32_t most_turns_at_once = 10'000;

std::optional<NodeId> drained_or_resumed(const Change& change) {
  if (const auto* drained = std::get_if<NodeDrained>(&change)) return drained->node;
  if (const auto* resumed = std::get_if<NodeResumed>(&change)) return resumed->node;
  return std::nullopt;
}

}  // namespace

Replay::Replay(State start, std::unique_ptr<Policy> policy, const WorkBook& book,
               std::unique_ptr<Translation> translation)
    : state_(std::move(start)),
      policy_(std::move(policy)),
      translation_(std::move(translation)),
      engine_(state_, book),
      loop_(state_, *policy_, *this, unkept_, *this) {
  policy_->rebuild(state_);
  loop_.add_observer(*this);
}

void Replay::add_observer(Observer& observer) {
  loop_.add_observer(observer);
  observers_.push_back(&observer);
}

Result<void> Replay::change(Time now, std::vector<Change> changes) {
  depart(state_.fact_count(), now);
  for (const Change& one : changes) {
    if (const auto node = drained_or_resumed(one)) decided_.insert(*node);
  }
  again_ = std::move(changes);
  is_changing_ = true;
  turn(now);
  is_changing_ = false;
  if (refusal_) return tl::unexpected<Error>(*refusal_);
  return {};
}

// A row in which nothing is our own is a turn in which the policy had nothing to say, or what a server caught up with
// as it started, and then it asked nobody.
bool Replay::has_answer(const PastTurn& past) const {
  const auto is_own = [](const Fact& fact) { return origin_of(fact.change) == Origin::own; };
  return departure_ || std::any_of(past.facts.begin(), past.facts.end(), is_own);
}

// With what was caught up with, the policy was not asked.
void Replay::take_late(const PastTurn& past, bool has_answer) {
  std::size_t late = has_answer ? 0 : told_.size();
  while (late < told_.size() && told_[late].time < past.time()) ++late;
  for (std::size_t i = 0; i < late; ++i) take(told_[i]);
  told_.erase(told_.begin(), told_.begin() + static_cast<std::ptrdiff_t>(late));
}

// Which of both it was the row does not tell. If the policy has something to say, it was not asked then: the server
// made another one from the state, and asked that later.
void Replay::ask_in_vain(Time now) {
  std::vector<Decision> said;
  policy_->plan(state_, now, said);
  if (!said.empty()) policy_->rebuild(state_);
}

Result<void> Replay::follow(const PastTurn& past) {
  if (auto gone = go_on(past.facts.front().time - Duration{1}); !gone) return gone;
  const bool answers = has_answer(past);
  for (const Fact& fact : past.facts) tell(fact);
  take_late(past, answers);
  if (answers) {
    turn(past.time());
  } else {
    ask_in_vain(past.time());
    for (Observer* observer : observers_) observer->on_turn(state_, true);
  }
  if (departure_) return {};
  if (state_.chain() != past.chain) depart(past.sequence, past.time());
  settle_touched();
  return {};
}

void Replay::depart(std::uint64_t fact, Time time) {
  departure_ = {.fact = fact, .time = time};
  wakeup_ = time;
}

Result<void> Replay::go_on(Time until) {
  Time instant;
  std::uint32_t turns = 0;
  while (departure_ && next_time() <= until) {
    turns = next_time() == instant ? turns + 1 : 0;
    instant = next_time();
    if (turns == most_turns_at_once) {
      return fail(Code::failed, fmt::format("at {} the policy decides one thing and then another, {} times without "
                                            "time passing; begin at another time, or change something else",
                                            to_text(instant), most_turns_at_once));
    }
    turn(instant);
  }
  return {};
}

Time Replay::next_time() const {
  Time next = std::min(engine_.next_time(), wakeup_.value_or(Time::never()));
  if (!again_.empty()) next = state_.now();
  return next == Time::never() ? next : std::max(next, state_.now());
}

void Replay::turn(Time now) {
  wakeup_ = loop_.turn(std::max(now, state_.now()));
  if (departure_) settle_touched();
}

std::optional<JobId> Replay::ours_of(JobId journal) const {
  return translation_ ? translation_->first_of(journal) : std::optional(journal);
}

// A copy never was; nor is a job of which something was made up, though it be ordered later what is ordered here.
bool Replay::is_as_it_was(JobId ours) const {
  if (engine_.has(ours)) return false;
  if (!translation_) return history_of(journal_, ours) == history_of(ours_, ours);
  const auto [original, is_copy] = translation_->original_of(ours);
  return !is_copy && history_of(journal_, original) == history_of(ours_, ours);
}

// What it says of a job that is no more as it was is left out, as are the decisions of then.
void Replay::tell(const Fact& fact) {
  const Origin origin = origin_of(fact.change);
  const auto job = ordered_job(fact.change);
  const auto ours = job ? ours_of(*job) : std::nullopt;
  const bool is_told = origin == Origin::outside || (origin == Origin::engine && (!ours || is_as_it_was(*ours)));
  if (job) note(journal_, *job, fact);
  if (ours) touched_.insert(*ours);
  if (!is_told) return;
  // Ours hears of it when it is taken, and of what follows in the same turn before that.
  if (ours) note(ours_, *ours, fact);
  std::vector<Change> said;
  if (translation_) {
    translation_->translate(fact.change, state_, said);
  } else {
    said.push_back(fact.change);
  }
  for (Change& change : said) {
    if (!is_decided(change)) told_.push_back({fact.time, std::move(change)});
  }
}

bool Replay::is_decided(const Change& change) const {
  const auto node = drained_or_resumed(change);
  return node && decided_.contains(*node);
}

// What a submission waits for may have ended in this past; nullopt if it could only wait in vain.
std::optional<Change> Replay::sayable(Change change) {
  auto* submitted = std::get_if<JobSubmitted>(&change);
  if (submitted == nullptr || submitted->spec.after.empty() || !departure_) return change;
  auto left = ended_.left_of(state_, submitted->spec.after);
  if (!left) {
    ++passed_over_;
    return std::nullopt;
  }
  submitted->spec.after = *std::move(left);
  return change;
}

void Replay::take(const Fact& fact) {
  const auto change = sayable(fact.change);
  if (!change) return;
  if (const auto taken = loop_.catch_up(std::max(fact.time, state_.now()), *change); !taken) {
    refused(0, *change, taken.error());
  }
}

void Replay::drain(Time now, std::vector<Change>& out) {
  for (Fact& fact : told_) {
    const auto* lost = std::get_if<NodeLost>(&fact.change);
    const std::optional<NodeId> node = lost != nullptr ? std::optional(lost->node) : std::nullopt;
    if (auto change = sayable(std::move(fact.change))) out.push_back(*std::move(change));
    if (node && departure_) engine_.lose(*node, out);
  }
  told_.clear();
  for (Change& change : again_) out.push_back(std::move(change));
  again_.clear();
  if (departure_) engine_.report(now, out);
}

// A wish to end a job holds whether it runs or waits; of other things that cannot be any more it is only counted how
// many.
void Replay::refused(std::size_t, const Change& change, const Error& error) {
  if (is_changing_ && !refusal_) refusal_ = error;
  const auto* cancelled = std::get_if<JobCancelled>(&change);
  const auto* stopped = std::get_if<StopOrdered>(&change);
  const JobId id = cancelled != nullptr ? cancelled->job : stopped != nullptr ? stopped->job : JobId{};
  const Job* job = cancelled != nullptr || stopped != nullptr ? state_.jobs().find(id) : nullptr;
  if (job == nullptr || job->state == JobState::stopping) {
    passed_over_ += origin_of(change) == Origin::outside ? 1u : 0u;
  } else if (job->holds_devices()) {
    again_.push_back(StopOrdered{.job = id, .outcome = Outcome::cancelled});
  } else {
    again_.push_back(JobCancelled{.job = id});
  }
}

void Replay::on_fact(const State&, const Fact& fact) {
  engine_.note(fact);
  ended_.note(state_, fact);
  const auto job = ordered_job(fact.change);
  if (!job) return;
  touched_.insert(*job);
  if (origin_of(fact.change) == Origin::own) note(ours_, *job, fact);
}

// Who is as the journal has it is left to the journal; of the others the engine makes something up.
void Replay::settle_touched() {
  if (!departure_) {
    journal_.clear();
    ours_.clear();
    touched_.clear();
    return;
  }
  std::vector<JobId> jobs(touched_.begin(), touched_.end());
  touched_.clear();
  std::sort(jobs.begin(), jobs.end());
  for (const JobId job : jobs) {
    if (is_as_it_was(job)) continue;
    engine_.take_over(job, translation_ ? translation_->original_of(job).first : job);
  }
}

void Replay::note(Histories& histories, JobId job, const Fact& fact) {
  Fact told = fact;
  std::visit(Overload{
                 // Why it was stopped is of no account.
                 [](StopOrdered& c) { c = {.job = {}, .outcome = c.outcome}; },
                 [](StartOrdered& c) { c.job = {}; },
                 [](NodesSwapped& c) { c.job = {}; },
                 [](Started& c) { c.job = {}; },
                 [](StartFailed& c) { c.job = {}; },
                 [](Ended& c) { c.job = {}; },
                 [](const auto&) {},
             },
             told.change);
  ByteWriter writer;
  fields(writer, told);
  std::uint64_t& history = histories[job];
  history = chain_hash(history, writer.bytes());
}

std::uint64_t Replay::history_of(const Histories& histories, JobId job) {
  const auto found = histories.find(job);
  return found == histories.end() ? 0 : found->second;
}

}  // namespace dure::what_if
