#include "dure/policy/class_queue.h"

#include <algorithm>

#include "dure/base/assert.h"

namespace dure {

void ClassQueue::insert(const Entry& entry) {
  if (head_ > 64 && head_ * 2 > entries_.size()) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  if (empty() || entry.before(front_)) front_ = entry;
  if (empty() || entries_.back().before(entry)) {
    entries_.push_back(entry);
  } else if (head_ > 0 && entry.before(entries_[head_])) {
    entries_[--head_] = entry;
  } else {
    const auto place = std::lower_bound(entries_.begin() + static_cast<std::ptrdiff_t>(head_), entries_.end(), entry,
                                        [](const Entry& a, const Entry& b) { return a.before(b); });
    entries_.insert(place, entry);
  }
}

void ClassQueue::erase(const Entry& entry) {
  // Nearly all leave at the front: the search would miss the cache at each step.
  if (!empty() && front().job == entry.job) {
    if (++head_ < entries_.size()) front_ = entries_[head_];
    return;
  }
  const auto place = std::lower_bound(entries_.begin() + static_cast<std::ptrdiff_t>(head_), entries_.end(), entry,
                                      [](const Entry& a, const Entry& b) { return a.before(b); });
  DURE_ASSERT(place != entries_.end() && place->job == entry.job);
  entries_.erase(place);
}

}  // namespace dure
