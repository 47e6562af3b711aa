#include "dure/what_if/ended_jobs.h"

namespace dure::what_if {

void EndedJobs::note(const State& state, const Fact& fact) {
  if (const auto* ended = std::get_if<Ended>(&fact.change)) {
    if (!state.departed().goes_back(ended->outcome)) end(state, state.departed(), ended->outcome == Outcome::completed);
  } else if (std::holds_alternative<JobCancelled>(fact.change)) {
    end(state, state.departed(), false);
  }
}

void EndedJobs::end(const State& state, const Job& job, bool completed) {
  completed_[job.id] = completed;
  if (!job.array) return;
  bool& all = all_completed_.try_emplace(job.array->array, true).first->second;
  const auto progress = state.arrays().find(job.array->array);
  all = progress != state.arrays().end() ? progress->second.all_completed : all && completed;
}

// Whether it is known to have ended, and then whether it completed. What is only now being submitted is not.
std::optional<bool> EndedJobs::completion_of(const State& state, const Dependency& on) const {
  const auto& known = is_of_array(on.kind) ? all_completed_ : completed_;
  const auto found = known.find(on.job);
  const bool goes_on = is_of_array(on.kind) && state.arrays().contains(on.job);
  if (found == known.end() || goes_on) return std::nullopt;
  return found->second;
}

std::optional<std::vector<Dependency>> EndedJobs::left_of(const State& state,
                                                          const std::vector<Dependency>& after) const {
  std::vector<Dependency> left;
  for (const Dependency& on : after) {
    const auto completed = completion_of(state, on);
    if (!completed) {
      left.push_back(on);
    } else if (!is_met(on.kind, *completed)) {
      return std::nullopt;
    }
  }
  return left;
}

}  // namespace dure::what_if
