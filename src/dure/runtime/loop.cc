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
  for (const JobId job : state_.overdue(now)) accept(now, JobCancelled{job, Outcome::expired});
  inbox_.checked(now);
  decisions_.clear();
  policy_.plan(state_, now, decisions_);
  for (const Decision& decision : decisions_) accept(now, to_change(decision));
  decision_count_ += decisions_.size();
  journal_.commit();
  engine_.execute(state_, decisions_);
  ++turns_;
  std::optional<Time> wakeup = policy_.next_wakeup(state_, now);
  const Time deadline = std::min(state_.next_deadline(now), state_.next_window_end(now));
  if (deadline < wakeup.value_or(Time::never())) wakeup = deadline;
  for (Observer* observer : observers_) observer->on_turn(state_, wakeup != now);
  return wakeup;
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
