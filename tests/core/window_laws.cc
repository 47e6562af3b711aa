// Windows: whose nodes are kept free, when, and of whom (docs/design/0017).
#include <algorithm>

#include "laws.h"

namespace dure {

// Whoever is on a node in a window that is not its own was told to go when that was opened, and has not gone yet.
void Laws::windows_are_empty() {
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    for (const auto& [window_id, window] : state_.windows()) {
      if (!window.is_open(state_.now()) || state_.shape_of(job).window == window_id) continue;
      const bool is_there = std::any_of(job.allocation.begin(), job.allocation.end(),
                                        [&](const Placement& placement) { return window.has(placement.node); });
      const bool is_told = job.state == JobState::stopping && stopped_.at(id) <= opened_.at(window_id);
      expect(!is_there || is_told, id, "is on a node in a window that is not its own");
    }
  }
}

// Whether it must be told now to go, and no sooner.
bool Laws::is_in_the_way(const Job& job) const {
  return std::any_of(state_.windows().begin(), state_.windows().end(), [&](const auto& entry) {
    const Window& window = entry.second;
    const bool is_there = std::any_of(job.allocation.begin(), job.allocation.end(),
                                      [&](const Placement& placement) { return window.has(placement.node); });
    const Time latest = window.from - job.grace() - seconds(10);
    return is_there && job.latest_end() > window.from && now_ == std::max(latest, opened_.at(window.id));
  });
}

bool Laws::is_in_its_window(const Job& job, Time end) const {
  const auto found = state_.windows().find(*state_.shape_of(job).window);
  return found != state_.windows().end() && found->second.is_open(state_.now()) && end <= found->second.until;
}

bool Laws::may_be_on(NodeId node, const Job& job, Time end) const {
  const auto& named = state_.shape_of(job).window;
  if (named) return is_in_its_window(job, end) && state_.windows().at(*named).has(node);
  if (is_kept_from(job, node)) return false;
  return std::none_of(state_.windows().begin(), state_.windows().end(), [&](const auto& entry) {
    return entry.second.overlaps(state_.now(), end) && entry.second.has(node);
  });
}

// If it starts anew where it is, after the longest grace that there is.
bool Laws::would_run_into_window(const Job& job) const {
  const Time end = now_ + longest_grace + after_grace + job.time_limit;
  return std::any_of(state_.windows().begin(), state_.windows().end(), [&](const auto& entry) {
    const Window& window = entry.second;
    return window.from < end && window.until > now_ &&
           std::any_of(job.allocation.begin(), job.allocation.end(),
                       [&](const Placement& placement) { return window.has(placement.node); });
  });
}

bool Laws::is_in_a_window(JobId job, const Reservation& promise) const {
  return std::any_of(state_.windows().begin(), state_.windows().end(), [&](const auto& entry) {
    const Window& window = entry.second;
    const bool is_there = std::any_of(promise.allocation.begin(), promise.allocation.end(),
                                      [&](const Placement& placement) { return window.has(placement.node); });
    return is_there && window.overlaps(promise.from, promise.from + state_.jobs()[job].time_limit);
  });
}

}  // namespace dure
