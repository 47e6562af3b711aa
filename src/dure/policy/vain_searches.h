// For whom a search for somebody to evict was in vain, and what it takes for another to find anybody.
#pragma once

#include <cstdint>
#include <map>

#include "dure/base/ids.h"
#include "dure/base/time.h"

namespace dure {

// Of one pool. That a job did not fit though all had gone who may be evicted for it holds until so many nodes have been
// freed that it might, or until more may be evicted: whoever has run for long enough by some time, or the jobs of a
// tenant that comes to borrow, upon which all is forgotten. What starts meanwhile takes no more than it would give
// back.
class VainSearches {
 public:
  // Whether another search in the guarantor's name would be in vain. O(log jobs noted), as is `note`.
  bool holds(JobId job, TenantId guarantor, Time now) const {
    const auto found = until_.find(job);
    if (found == until_.end() || found->second.guarantor != guarantor) return false;
    return freed_ < found->second.freed && now < found->second.time;
  }
  // So many nodes have to be freed first, or that time to come.
  void note(JobId job, TenantId guarantor, std::uint64_t nodes, Time time) {
    until_.insert_or_assign(job, Until{.guarantor = guarantor, .freed = freed_ + nodes, .time = time});
  }
  // By others than might have been evicted for all of them.
  void freed(std::uint64_t nodes) { freed_ += nodes; }
  void forget(JobId job) { until_.erase(job); }
  void forget_all() { until_.clear(); }

 private:
  struct Until {
    TenantId guarantor;
    std::uint64_t freed = 0;
    Time time;
  };

  std::map<JobId, Until> until_;
  std::uint64_t freed_ = 0;
};

}  // namespace dure
