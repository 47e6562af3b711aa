// How much work jobs have saved in checkpoints.
#pragma once

#include <unordered_map>

#include "dure/core/state.h"

namespace dure::what_if {

// The rule of the simulator: an order to stop leaves time for a checkpoint, the loss of a node does not; without
// checkpoints nothing is saved.
class SavedWork {
 public:
  // After each fact was applied. O(1).
  void note(const State& state, const Fact& fact);

  // Saved by what the job had before it last went on.
  Duration of(JobId job) const {
    const auto found = saved_.find(job);
    return found == saved_.end() ? Duration{} : found->second;
  }

 private:
  std::unordered_map<JobId, Duration> saved_;  // of jobs that were interrupted and have not ended
};

}  // namespace dure::what_if
