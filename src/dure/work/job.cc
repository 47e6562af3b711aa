#include "dure/work/job.h"

#include <algorithm>

namespace dure {

std::string_view to_text(JobState state) {
  switch (state) {
    case JobState::held: return "held";
    case JobState::pending: return "pending";
    case JobState::starting: return "starting";
    case JobState::running: return "running";
    case JobState::stopping: return "stopping";
    case JobState::ended: return "ended";
  }
  return "?";
}

std::string_view to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::completed: return "completed";
    case Outcome::failed: return "failed";
    case Outcome::timed_out: return "timed_out";
    case Outcome::cancelled: return "cancelled";
    case Outcome::evicted: return "evicted";
    case Outcome::node_lost: return "node_lost";
    case Outcome::expired: return "expired";
  }
  return "?";
}

std::string_view to_text(StopCause cause) {
  switch (cause) {
    case StopCause::asked: return "asked";
    case StopCause::reclaim: return "reclaim";
    case StopCause::preempt: return "preempt";
    case StopCause::fairness: return "fairness";
    case StopCause::window: return "window";
    case StopCause::defragment: return "defragment";
    case StopCause::shrink: return "shrink";
    case StopCause::fault: return "fault";
  }
  return "?";
}

bool Job::has_settled(Time now) const {
  if (!has_run()) return false;
  return now - resumed >= (checkpoint ? std::min(settled_after, checkpoint->every) : settled_after);
}

Duration Job::pause() const {
  constexpr std::uint32_t most_doublings = 6;
  const std::uint32_t doublings = std::min(failures - failures_before_pause, most_doublings);
  return std::min(minutes(std::int64_t{1} << doublings), hours(1));
}

Duration Job::work_at_stake(Time now) const {
  if (!has_run()) return {};
  const Duration run = now - resumed;
  return checkpoint && requeues ? Duration{run.ns % checkpoint->every.ns} : run;
}

std::uint32_t Job::placed_tasks() const { return dure::placed_tasks(allocation); }

}  // namespace dure
