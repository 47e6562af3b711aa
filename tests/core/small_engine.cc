#include "small_engine.h"

#include <algorithm>
#include <set>
#include <utility>

namespace dure {

void SmallEngine::start(const Job& job, Time now) {
  const Duration run_time = run_times[job.id];
  const bool in_time = run_time <= job.time_limit;
  stopping_.erase(job.id);
  ends_at_[job.id] = {now + std::min(run_time, job.time_limit), in_time ? Outcome::completed : Outcome::timed_out};
  const auto answer = answers.find(job.id);
  const bool at_start = answer == answers.end() || answer->second == Answer::at_start;
  answers_at_[job.id] = at_start ? now : std::min(now + seconds(7), ends_at_[job.id].first);
}

void SmallEngine::stop(const Job& job, Outcome outcome, Time now, Duration after) {
  broken_.erase(job.id);
  stopping_.insert(job.id);
  ends_at_[job.id] = {std::min(now + after, job.latest_end()), outcome};
}

void SmallEngine::lose(const State& state, NodeId node, std::vector<Change>& out) {
  for (JobId id : state.jobs().sorted_ids()) {
    const Allocation& allocation = state.jobs()[id].allocation;
    const bool hit = std::any_of(allocation.begin(), allocation.end(), [&](const auto& p) { return p.node == node; });
    if (const auto broken = broken_.find(id); hit && broken != broken_.end()) broken->second.lost.push_back(node);
    const auto end = ends_at_.find(id);
    if (!hit || end == ends_at_.end()) continue;
    if (state.jobs()[id].may_swap() && !stopping_.contains(id)) {
      broken_[id] = {end->second, {node}};
    } else {
      out.push_back(Ended{.job = id, .outcome = Outcome::node_lost});
    }
    ends_at_.erase(end);
    answers_at_.erase(id);
  }
}

void SmallEngine::return_node(NodeId node, std::vector<Change>& out) {
  std::erase_if(broken_, [&](const auto& broken) {
    const std::vector<NodeId>& lost = broken.second.lost;
    const bool is_hit = std::find(lost.begin(), lost.end(), node) != lost.end();
    if (is_hit) out.push_back(Ended{.job = broken.first, .outcome = Outcome::node_lost});
    return is_hit;
  });
}

// Whatever is done again fits into its time, as the storm does not care what it is.
void SmallEngine::swap(JobId job) {
  const auto broken = broken_.find(job);
  if (broken == broken_.end()) return;  // a device failed, and it went on meanwhile
  ends_at_[job] = broken->second.end;
  broken_.erase(broken);
}

bool SmallEngine::fails_to_start(const State& state, JobId job) {
  const auto answer = answers.find(job);
  if (answer == answers.end() || (answer->second != Answer::fails && answer->second != Answer::keeps_failing)) {
    return false;
  }
  const bool is_last = answer->second == Answer::fails || state.jobs()[job].failures >= 4;
  if (is_last) answers.erase(answer);
  return true;
}

void SmallEngine::report_answers(const State& state, Time now, std::vector<Change>& out) {
  for (auto it = answers_at_.begin(); it != answers_at_.end();) {
    if (it->second > now) {
      ++it;
      continue;
    }
    const JobId job = it->first;
    if (fails_to_start(state, job)) {
      // An order to stop it may have come first.
      if (state.jobs()[job].state == JobState::starting) {
        out.push_back(StartFailed{job});
        ends_at_.erase(job);
      }
    } else {
      out.push_back(Started{job});
    }
    it = answers_at_.erase(it);
  }
}

void SmallEngine::report(const State& state, Time now, std::vector<Change>& out) {
  report_answers(state, now, out);
  for (auto it = ends_at_.begin(); it != ends_at_.end();) {
    if (it->second.first > now) {
      ++it;
      continue;
    }
    out.push_back(Ended{.job = it->first, .outcome = it->second.second});
    answers_at_.erase(it->first);
    it = ends_at_.erase(it);
  }
}

bool SmallEngine::answers_by(Time now) const {
  return std::any_of(answers_at_.begin(), answers_at_.end(), [&](const auto& answer) { return answer.second <= now; });
}

std::optional<Time> SmallEngine::next_event() const {
  std::optional<Time> next;
  const auto also = [&](Time time) { next = next ? std::min(*next, time) : time; };
  for (const auto& [job, end] : ends_at_) also(end.first);
  for (const auto& [job, at] : answers_at_) also(at);
  return next;
}

}  // namespace dure
