#include "dure/what_if/made_up_engine.h"

#include <algorithm>
#include <utility>

namespace dure::what_if {

void MadeUpEngine::take_over(JobId id, JobId original) {
  Taken& taken = jobs_.try_emplace(id, Taken{.original = original}).first->second;
  const Job* job = state_.jobs().find(id);
  if (job == nullptr) {
    jobs_.erase(id);
    return;
  }
  switch (job->state) {
    case JobState::starting:
    case JobState::stopping: return expect(taken, id, state_.now());
    case JobState::running: return expect(taken, id, end_of(*job, book_.end_of(state_, *job, original)));
    default: taken.event = 0; return;
  }
}

void MadeUpEngine::expect(Taken& taken, JobId job, Time time) {
  taken.event = ++sequence_;
  events_.push({.time = std::max(time, state_.now()), .sequence = taken.event, .job = job});
}

Time MadeUpEngine::end_of(const Job& job, const OwnEnd& end) const {
  const Duration left = std::max(end.work - saved_.of(job.id), Duration{1});
  return std::min(job.resumed + left, job.latest_end());
}

void MadeUpEngine::report(Time now, std::vector<Change>& out) {
  while (!events_.empty() && events_.top().time <= now) {
    const Event event = events_.pop();
    const auto taken = jobs_.find(event.job);
    if (taken == jobs_.end() || taken->second.event != event.sequence) continue;
    out.push_back(answer(state_.jobs()[event.job], taken->second.original));
  }
}

Change MadeUpEngine::answer(const Job& job, JobId original) const {
  if (job.state == JobState::starting) return Started{job.id};
  if (job.state == JobState::stopping) return Ended{.job = job.id, .outcome = *job.stop_ordered, .reason = {}};
  const OwnEnd end = book_.end_of(state_, job, original);
  const bool in_time = job.resumed + std::max(end.work - saved_.of(job.id), Duration{1}) <= job.latest_end();
  if (!in_time) return Ended{.job = job.id, .outcome = Outcome::timed_out, .reason = {}};
  return Ended{.job = job.id, .outcome = end.outcome, .exit_code = end.exit_code, .reason = end.reason};
}

void MadeUpEngine::lose(NodeId node, std::vector<Change>& out) const {
  std::vector<JobId> hit;
  for (const auto& [id, taken] : jobs_) {
    const Job* job = state_.jobs().find(id);
    if (job != nullptr && is_on(job->allocation, node) && !job->may_swap()) hit.push_back(id);
  }
  std::sort(hit.begin(), hit.end());
  for (const JobId id : hit) out.push_back(Ended{.job = id, .outcome = Outcome::node_lost, .reason = {}});
}

}  // namespace dure::what_if
