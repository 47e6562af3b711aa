#include "arena.h"

#include <fmt/format.h>

#include <algorithm>

namespace dure {

Arena::Arena(FleetSpec fleet, TenantsSpec tenants, DureOptions options, Time start)
    : options_(options),
      now_(start),
      policy_(std::make_unique<DurePolicy>(options)),
      model_(state_, options.reservations) {
  apply(FleetDeclared{std::move(fleet)});
  apply(TenantsDeclared{std::move(tenants)});
  apply(UserDeclared{UserId{0}, "kim"});
  loop_.emplace(state_, *policy_, *this, *this, *this);
  loop_->add_observer(*this);
}

void Arena::apply(Change change) {
  const Fact fact{now_, std::move(change)};
  append(fact);
  state_.apply(fact);
  policy_->observe(state_, fact);
}

void Arena::submit(JobId id, JobSpec spec, Duration run_time) {
  run_times_[id] = run_time;
  tell(JobSubmitted{id, std::move(spec)});
}

void Arena::stop(JobId id, Outcome outcome, Duration after) {
  const Job* job = state_.jobs().find(id);
  if (job == nullptr || !job->holds_devices() || job->state == JobState::stopping) return;
  tell(StopOrdered{id, outcome});
  ends_at_[id] = {std::min(now_ + after, job->latest_end()), outcome};
}

void Arena::lose(NodeId node) {
  tell(NodeLost{node});
  for (JobId id : state_.jobs().sorted_ids()) {
    const Allocation& allocation = state_.jobs()[id].allocation;
    const bool hit = std::any_of(allocation.begin(), allocation.end(), [&](const auto& p) { return p.node == node; });
    if (!hit || ends_at_.erase(id) == 0) continue;
    answers_at_.erase(id);
    tell(Ended{id, Outcome::node_lost});
  }
}

bool Arena::fails_to_start(JobId job) {
  const auto answer = answers.find(job);
  if (answer == answers.end() || (answer->second != Answer::fails && answer->second != Answer::keeps_failing)) {
    return false;
  }
  const bool is_last = answer->second == Answer::fails || state_.jobs()[job].failures >= 4;
  if (is_last) answers.erase(answer);
  return true;
}

void Arena::drain(Time now, std::vector<Change>& out) {
  for (Change& change : arrived_) out.push_back(std::move(change));
  arrived_.clear();
  for (auto it = answers_at_.begin(); it != answers_at_.end();) {
    if (it->second > now) {
      ++it;
      continue;
    }
    const JobId job = it->first;
    if (fails_to_start(job)) {
      // An order to stop it may have come first.
      if (state_.jobs()[job].state == JobState::starting) {
        out.push_back(StartFailed{job});
        ends_at_.erase(job);
      }
    } else {
      out.push_back(Started{job});
    }
    it = answers_at_.erase(it);
  }
  for (auto it = ends_at_.begin(); it != ends_at_.end();) {
    if (it->second.first > now) {
      ++it;
      continue;
    }
    out.push_back(Ended{it->first, it->second.second});
    answers_at_.erase(it->first);
    it = ends_at_.erase(it);
  }
}

void Arena::execute(const State& state, std::span<const Decision> decisions) {
  for (const Decision& decision : decisions) {
    const auto* start = std::get_if<StartOrdered>(&decision);
    if (start == nullptr) continue;
    const Job& job = state.jobs()[start->job];
    const bool in_time = run_times_[job.id] <= job.time_limit;
    ends_at_[job.id] = {now_ + std::min(run_times_[job.id], job.time_limit),
                        in_time ? Outcome::completed : Outcome::timed_out};
    const auto answer = answers.find(job.id);
    const bool at_start = answer == answers.end() || answer->second == Answer::at_start;
    answers_at_[job.id] = at_start ? now_ : std::min(now_ + seconds(7), ends_at_[job.id].first);
  }
}

void Arena::append(const Fact& fact) {
  model_.hear(fact);
  facts_.push_back(fact);
}

void Arena::on_fact(const State& state, const Fact& fact) {
  witness_.observe(state, fact);
  starts_ += std::holds_alternative<StartOrdered>(fact.change) ? 1u : 0u;
  promises_ += std::holds_alternative<ReservationMade>(fact.change) ? 1u : 0u;
}

void Arena::settle() {
  int turns = 0;
  do {
    if (++turns > 100) return complain("the policy never comes to rest");
    wakeup_ = loop_->turn(now_);
    for (const auto& [job, at] : answers_at_) {
      if (at <= now_) wakeup_ = now_;
    }
  } while (wakeup_ == now_ || !arrived_.empty());
  model_.check_rest(now_);
  model_.check_usage();
  witness_.check_all(state_);
  DurePolicy fresh(options_);
  fresh.rebuild(state_);
  std::vector<Decision> overlooked;
  fresh.plan(state_, now_, overlooked);
  if (!overlooked.empty()) {
    complain(fmt::format("a rebuilt policy would decide {} more, first kind {}", overlooked.size(),
                         overlooked.front().index()));
  }
  for (; reported_ < model_.complaints().size(); ++reported_) complain(model_.complaints()[reported_]);
  if (witness_.violated() > 0 && complaints_.empty()) complain("witness: " + witness_.messages().front());
}

void Arena::complain(std::string what) {
  if (complaints_.size() < 10) complaints_.push_back(fmt::format("{} {}", to_text(now_), what));
}

std::optional<Time> Arena::next_event() const {
  std::optional<Time> next = wakeup_;
  const auto also = [&](Time time) { next = next ? std::min(*next, time) : time; };
  for (const auto& [job, end] : ends_at_) also(end.first);
  for (const auto& [job, at] : answers_at_) also(at);
  return next;
}

void Arena::advance(Time until) {
  for (auto next = next_event(); next && *next <= until; next = next_event()) {
    now_ = std::max(now_, *next);
    settle();
    if (!complaints_.empty()) return;
  }
  now_ = until;
}

// As a server that is started again does: with a state from its image, and a policy made from that.
void Arena::exchange_policy() {
  ByteWriter image;
  state_.write_image(image);
  auto restored = State::from_image(image.bytes());
  if (!restored || restored->digest() != state_.digest()) return complain("the state's image is another state");
  state_ = *std::move(restored);
  policy_ = std::make_unique<DurePolicy>(options_);
  policy_->rebuild(state_);
  loop_.emplace(state_, *policy_, *this, *this, *this);
  loop_->add_observer(*this);
  wakeup_ = policy_->next_wakeup(state_, now_);
}

}  // namespace dure
