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
  // `planned` must outlive it. O(planned log planned): a plan may hold as many as there are GPUs.
  explicit PlannedStarts(std::span<const Decision> planned) {
    for (const Decision& decision : planned) {
      if (const auto* start = std::get_if<StartOrdered>(&decision))
        starts_.emplace_back(start->job, &start->allocation);
    }
    std::sort(starts_.begin(), starts_.end());
  }

  // Requires a job that holds devices or is planned to start. O(log planned).
  const Allocation& allocation_of(const Job& job) const {
    if (job.holds_devices()) return job.allocation;
    const auto found = std::lower_bound(starts_.begin(), starts_.end(), job.id,
                                        [](const auto& start, JobId wanted) { return start.first < wanted; });
    DURE_ASSERT(found != starts_.end() && found->first == job.id);
    return *found->second;
  }

 private:
  std::vector<std::pair<JobId, const Allocation*>> starts_;
};

}  // namespace dure
