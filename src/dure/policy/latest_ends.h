// The jobs that hold devices in one pool, by the time at which they end at the latest.
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"

namespace dure {

// Jobs that hold devices and are being stopped, and by when each has gone: after its grace and a little more.
using Stopping = std::map<JobId, Time>;

// Jobs come and go far more often than anyone asks for their order: changes are noted, and merged when it is asked for.
class LatestEnds {
 public:
  using Entry = std::pair<Time, JobId>;

  // O(1), amortised with the merging.
  void add(Time end, JobId job);
  // Requires an entry that was added. Likewise.
  void remove(Time end, JobId job);
  // In ascending order; valid until the next change. O(n + changes log n).
  std::span<const Entry> sorted();

 private:
  void note(std::vector<Entry>& changes, const Entry& entry);
  void merge();

  std::vector<Entry> sorted_;
  std::vector<Entry> added_;  // since `sorted_` was in order
  std::vector<Entry> removed_;
  std::vector<Entry> scratch_;
};

}  // namespace dure
