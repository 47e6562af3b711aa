#include "dure/runtime/loop.h"

#include <algorithm>
#include <utility>

namespace dure {

std::optional<Time> Loop::turn(Time now) {
  arrived_.clear();
  inbox_.drain(now, arrived_);
  for (std::size_t position = 0; position < arrived_.size(); ++position) {
    Change& change = arrived_[position];
    if (const auto checked = state_.check(change)) {
      accept(now, std::move(change));
    } else {
      inbox_.refused(position, change, checked.error());
    }
  }
  for (const WindowId window : state_.windows_over(now)) accept(now, WindowClosed{window, CloseCause::over});
  while (auto due = state_.ledger().due(now)) accept(now, Booked{std::move(*due)});
  decisions_.clear();
  expire(now);
  const std::size_t accepted = decisions_.size();
  inbox_.checked(now);
  policy_.plan(state_, now, decisions_);
  for (std::size_t i = accepted; i < decisions_.size(); ++i) accept(now, to_change(decisions_[i]));
  decision_count_ += decisions_.size();
  journal_.commit();
  engine_.execute(state_, decisions_);
  ++turns_;
  std::optional<Time> wakeup = policy_.next_wakeup(state_, now);
  const Time deadline = std::min({state_.next_deadline(now), state_.next_window_end(now), state_.ledger().next_due()});
  if (deadline < wakeup.value_or(Time::never())) wakeup = deadline;
  for (Observer* observer : observers_) observer->on_turn(state_, wakeup != now);
  return wakeup;
}

// Who has been given devices and not begun in time is told to stop; who waits still ends at once.
void Loop::expire(Time now) {
  for (const JobId job : state_.overdue(now)) {
    if (!state_.jobs()[job].holds_devices()) {
      accept(now, JobCancelled{job, Outcome::expired});
      continue;
    }
    decisions_.push_back(StopOrdered{job, Outcome::expired});
    accept(now, to_change(decisions_.back()));
  }
}

Result<void> Loop::catch_up(Time now, Change change) {
  auto checked = state_.check(change);
  if (checked) accept(now, std::move(change));
  return checked;
}

void Loop::accept(Time now, Change change) {
  const Fact fact{now, std::move(change)};
  journal_.append(fact);
  state_.apply(fact);
  policy_.observe(state_, fact);
  for (Observer* observer : observers_) observer->on_fact(state_, fact);
}

}  // namespace dure
