// The pending jobs, in lines.
//
// Jobs of equal shape and similar time limit that may start in the same pools form a class. Those of one leaf tenant
// and one class stand in one line, whatever the number of these pools: each pool's queue (pool_queue.h) knows which
// lines concern it and looks at the first of them. Whoever is promised something in one pool steps out of its line, and
// every other pool keeps it apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dure/base/ids.h"
#include "dure/core/state.h"
#include "dure/policy/class_queue.h"

namespace dure {

// As many as a hundred years need in seconds, and one to spare.
constexpr std::size_t estimate_buckets = 34;

// Which of a leaf's jobs of one priority comes first.
enum class LeafOrder : std::uint8_t {
  oldest,    // the first submitted
  shortest,  // the least estimate, by powers of two of seconds; of those the widest, then the oldest
};

// Time limits in (2^(bucket-1), 2^bucket] minutes.
std::uint32_t limit_bucket_of(Duration limit);
// Estimates in [2^bucket, 2^(bucket+1)) seconds; those below a second count as one.
std::uint32_t estimate_bucket_of(Duration estimate);
ClassQueue::Entry entry_of(const Job& job);

// Where a pool's queue finds a job.
enum class Place : std::uint8_t { in_line, apart };

// Memory: 24 bytes for a job.
class WaitingLines {
 public:
  // Forgets everything. `state` must outlive what follows.
  explicit WaitingLines(const State& state, LeafOrder order = LeafOrder::oldest);
  WaitingLines(const WaitingLines&) = delete;
  WaitingLines& operator=(const WaitingLines&) = delete;

  LeafOrder order() const { return order_; }

  // O(pools x depth), and O(1) in the line for a job younger than all in it.
  ClassId insert(const Job& job, Place place);
  // Requires that it was inserted and is where it is said to be. The class stays readable until the next `insert`. O(1)
  // at the front of the line.
  ClassId erase(const Job& job, Place place);
  // Of one that stays in its class.
  void step_out(const Job& job, ClassId id) { erase_from_line(job, id); }
  void step_in(const Job& job, ClassId id) { insert_in_line(job, id); }
  // Requires that a job waits that is as this one.
  ClassId class_of(const Job& job) const;

  // Where its jobs may start, ascending.
  const std::vector<PoolId>& pools(ClassId id) const { return classes_[id.index()].pools; }
  // The line of a leaf; nullptr if it never had one. Where users take turns, every pool has an order of its own, and
  // nobody stands here.
  const ClassQueue* line(TenantId leaf, ClassId id) const {
    const std::vector<ClassQueue>& lines = lines_[leaf.index()];
    return id.index() < lines.size() ? &lines[id.index()] : nullptr;
  }
  // One more than the largest class in use.
  std::size_t class_bound() const { return classes_.size(); }

 private:
  struct Class {
    std::vector<PoolId> pools;
    std::uint64_t jobs = 0;  // 0: the place is free
  };
  struct Known {
    std::size_t kind = 0;
    ClassId id;
  };

  std::size_t kind_of(const Job& job) const;
  void insert_in_line(const Job& job, ClassId id);
  void erase_from_line(const Job& job, ClassId id);

  const State& state_;
  LeafOrder order_;
  std::vector<Duration> graces_;                // ascending: the longest of jobs that may borrow, in one pool or more
  std::vector<std::vector<ClassQueue>> lines_;  // by TenantId, ClassId
  std::vector<Class> classes_;                  // by ClassId
  std::vector<ClassId> free_;
  std::vector<std::vector<Known>> known_;  // by ShapeId: few
};

}  // namespace dure
