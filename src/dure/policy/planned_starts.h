// Where jobs are that run or are about to: a plan speaks of starts that the state does not know yet.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "dure/base/assert.h"
#include "dure/core/state.h"
#include "dure/policy/policy.h"

namespace dure {

class PlannedStarts {
 public:
  // `planned` must outlive it, and stay as it is.
  explicit PlannedStarts(std::span<const Decision> planned) : planned_(planned) {}

  // Requires a job that holds devices or is planned to start. O(1) for the former; else O(log planned), and the first
  // time O(planned log planned): a plan may hold as many as there are GPUs, and most that is asked for runs already.
  const Allocation& allocation_of(const Job& job) {
    if (job.holds_devices()) return job.allocation;
    if (starts_.empty()) sort();
    const auto found = std::lower_bound(starts_.begin(), starts_.end(), job.id,
                                        [](const auto& start, JobId wanted) { return start.first < wanted; });
    DURE_ASSERT(found != starts_.end() && found->first == job.id);
    return *found->second;
  }

 private:
  void sort() {
    for (const Decision& decision : planned_) {
      if (const auto* start = std::get_if<StartOrdered>(&decision)) {
        starts_.emplace_back(start->job, &start->allocation);
      }
    }
    std::sort(starts_.begin(), starts_.end());
  }

  std::span<const Decision> planned_;
  std::vector<std::pair<JobId, const Allocation*>> starts_;  // sorted; empty until it is asked for one
};

}  // namespace dure
