#include "dure/policy/latest_ends.h"

#include <algorithm>

#include "dure/base/assert.h"

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

// Changes are few beside what stays as it is between them, which is copied as a whole.
void LatestEnds::merge() {
  std::sort(added_.begin(), added_.end());
  std::sort(removed_.begin(), removed_.end());
  scratch_.clear();
  auto kept = sorted_.cbegin();
  const auto keep_until = [&](const Entry& entry) {
    const auto until = std::lower_bound(kept, sorted_.cend(), entry);
    scratch_.insert(scratch_.end(), kept, until);
    kept = until;
  };
  auto removed = removed_.cbegin();
  const auto skip_removed = [&] {
    keep_until(*removed);
    DURE_ASSERT(kept != sorted_.cend() && *kept == *removed);
    ++kept;
    ++removed;
  };
  for (const Entry& added : added_) {
    while (removed != removed_.cend() && *removed < added) skip_removed();
    // An entry that came and went, in whichever order, is there as often as before.
    if (removed != removed_.cend() && *removed == added) {
      ++removed;
      continue;
    }
    keep_until(added);
    scratch_.push_back(added);
  }
  while (removed != removed_.cend()) skip_removed();
  scratch_.insert(scratch_.end(), kept, sorted_.cend());
  sorted_.swap(scratch_);
  added_.clear();
  removed_.clear();
}

}  // namespace dure
