// The pending jobs, in lines.
//
// Jobs of equal shape and similar time limit that may start in the same pools form a class. Those of one leaf tenant
// and one class stand in one line, whatever the number of these pools: each pool's queue (pool_queue.h) knows which
// lines concern it and looks at the first of them. Whoever is promised something in one pool steps out of its line, and
// every other pool keeps it apart: docs/design/0023-waiting-lines.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dure/base/ids.h"
#include "dure/core/state.h"
#include "dure/policy/class_queue.h"

namespace dure {

// Which of a leaf's jobs of one priority comes first.
enum class LeafOrder : std::uint8_t {
  oldest,    // the first submitted
  shortest,  // the least estimate, by powers of two of seconds; of those the widest, then the oldest
};

// Time limits in (2^(bucket-1), 2^bucket] minutes; requires a limit above 0.
std::uint32_t limit_bucket_of(Duration limit);
// Estimates in [2^bucket, 2^(bucket+1)) seconds; those below a second count as one.
std::uint32_t estimate_bucket_of(Duration estimate);
ClassQueue::Entry entry_of(const Job& job);

// Where a pool's queue finds a job that waits.
enum class Stands : std::uint8_t {
  in_line,
  apart,  // promised something in another pool
};

// A class has a number as long as a job of it waits; then the number is free for another.
//
// Memory: 24 bytes for a job, and 32 for each leaf and number up to the largest that it had a job of.
class WaitingLines {
 public:
  // Nobody waits yet. `state` must outlive this object, and its fleet and tenants stay as they are.
  explicit WaitingLines(const State& state, LeafOrder order = LeafOrder::oldest);
  WaitingLines(const WaitingLines&) = delete;
  WaitingLines& operator=(const WaitingLines&) = delete;

  LeafOrder order() const { return order_; }

  // O(pools x depth + classes of the shape), and in the line O(1) for a job younger than all in it, else O(its length).
  ClassId insert(const Job& job, Stands stands);
  // Requires that it was inserted and stands where it is said to. Its pools stay readable until the next `insert`. As
  // class_of, and O(1) at the front of the line, else O(its length).
  ClassId erase(const Job& job, Stands stands);
  // Out of its line and back in. It waits on, in the same class.
  void step_out(const Job& job, ClassId id);
  void step_in(const Job& job, ClassId id);
  // Requires that the job waits, or another of its class. O(classes of the shape), and O(pools x depth) where some of
  // these differ in their pools alone.
  ClassId class_of(const Job& job) const;

  // Where its jobs may start, ascending.
  const std::vector<PoolId>& pools(ClassId id) const { return classes_[id.index()].pools; }
  // The line of a leaf; nullptr if it never had one. Where users take turns, every pool has an order of its own, and
  // nobody stands here.
  const ClassQueue* line(TenantId leaf, ClassId id) const {
    const std::vector<ClassQueue>& lines = lines_[leaf.index()];
    return id.index() < lines.size() ? &lines[id.index()] : nullptr;
  }

 private:
  struct Class {
    std::vector<PoolId> pools;
    std::uint64_t jobs = 0;  // 0: the number is free
  };
  // A class of some shape.
  struct Known {
    std::size_t kind = 0;
    ClassId id;
  };

  using Pools = std::vector<PoolId>;

  std::size_t kind_of(const Job& job) const;
  bool is_class(const Known& known, std::size_t kind, const Pools& pools) const;
  ClassId new_class(Pools pools);

  const State& state_;
  LeafOrder order_;
  std::vector<Duration> graces_;                // ascending: the longest of jobs that may borrow, of some pool
  std::vector<std::vector<ClassQueue>> lines_;  // by TenantId, ClassId
  std::vector<Class> classes_;                  // by ClassId
  std::vector<ClassId> free_;
  std::vector<std::vector<Known>> known_;  // by ShapeId: those that have jobs
};

}  // namespace dure
