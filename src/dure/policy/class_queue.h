// Waiting jobs that are alike, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"

namespace dure {

using ClassId = Id<struct ClassTag>;

// Jobs of one tenant and class, first to start first: by priority, then age, then id.
class ClassQueue {
 public:
  struct Entry {
    std::int32_t priority = 0;
    Time submitted;
    JobId job;
    bool before(const Entry& other) const {
      if (priority != other.priority) return priority > other.priority;
      return std::pair(submitted, job) < std::pair(other.submitted, other.job);
    }
  };

  bool empty() const { return head_ == entries_.size(); }
  // Requires that there is one.
  const Entry& front() const { return front_; }
  // O(1) for a job younger than all others, else O(n).
  void insert(const Entry& entry);
  // O(1) at the front, else O(n).
  void erase(const Entry& entry);

 private:
  std::vector<Entry> entries_;
  std::size_t head_ = 0;
  Entry front_;  // entries_[head_]: the walk compares the first of many queues, and need not look further
};

}  // namespace dure
