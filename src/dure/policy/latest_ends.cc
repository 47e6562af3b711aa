#include "dure/policy/latest_ends.h"

#include <algorithm>
#include <iterator>

namespace dure {

void LatestEnds::add(Time end, JobId job) { note(added_, {end, job}); }

void LatestEnds::remove(Time end, JobId job) { note(removed_, {end, job}); }

std::span<const LatestEnds::Entry> LatestEnds::sorted() {
  if (!added_.empty() || !removed_.empty()) merge();
  return sorted_;
}

// Notes that outgrow what they are about are merged, though nobody asked: the memory stays in proportion.
void LatestEnds::note(std::vector<Entry>& changes, const Entry& entry) {
  changes.push_back(entry);
  if (added_.size() + removed_.size() > sorted_.size() + 1024) merge();
}

void LatestEnds::merge() {
  std::sort(added_.begin(), added_.end());
  std::sort(removed_.begin(), removed_.end());
  scratch_.clear();
  std::merge(sorted_.begin(), sorted_.end(), added_.begin(), added_.end(), std::back_inserter(scratch_));
  sorted_.clear();
  // An entry that was added again is there more often than it was removed.
  std::set_difference(scratch_.begin(), scratch_.end(), removed_.begin(), removed_.end(), std::back_inserter(sorted_));
  added_.clear();
  removed_.clear();
}

}  // namespace dure
