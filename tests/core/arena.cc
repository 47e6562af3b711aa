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
  for (const char* name : {"kim", "lee", "park"}) {
    apply(UserDeclared{UserId{static_cast<std::uint32_t>(state_.users().size())}, name});
  }
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
  engine_.run_times[id] = run_time;
  tell(JobSubmitted{id, std::move(spec)});
}

void Arena::stop(JobId id, Outcome outcome, Duration after) {
  const Job* job = state_.jobs().find(id);
  if (job == nullptr || !job->holds_devices() || job->state == JobState::stopping) return;
  tell(StopOrdered{id, outcome});
  engine_.stop(*job, outcome, now_, after);
}

void Arena::lose(NodeId node) {
  tell(NodeLost{node});
  engine_.lose(state_, node, arrived_);
}

void Arena::drain(Time now, std::vector<Change>& out) {
  for (Change& change : arrived_) out.push_back(std::move(change));
  arrived_.clear();
  engine_.report(state_, now, out);
}

void Arena::execute(const State& state, std::span<const Decision> decisions) {
  for (const Decision& decision : decisions) {
    if (const auto* start = std::get_if<StartOrdered>(&decision)) engine_.start(state.jobs()[start->job], now_);
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
    if (engine_.answers_by(now_)) wakeup_ = now_;
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
  const std::optional<Time> next = engine_.next_event();
  return next && wakeup_ ? std::min(*next, *wakeup_) : next ? next : wakeup_;
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
