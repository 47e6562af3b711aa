// Moving jobs for a larger one that finds no room in one piece: who leaves a node, rack or block for it, and where each
// of them goes on, on devices that are free already.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dure/base/time.h"
#include "dure/core/state.h"
#include "dure/fleet/allocation.h"
#include "dure/fleet/capacity_index.h"
#include "dure/policy/latest_ends.h"
#include "dure/policy/pool_queue.h"
#include "dure/policy/promise_book.h"

namespace dure {

// A job that is told to save its work, and where it goes on: with as many tasks as it has.
struct Move {
  JobId job;
  Allocation to;  // nobody is there
  Time gone_by;   // when it has left what it holds
};

struct Hole {
  std::vector<Move> moves;  // leave any out, and the job does not fit; not empty
  Allocation allocation;    // where it fits once they are gone
  Time from;                // by when they are
  Wide cost = 0;            // of all evictions, as of eviction_cost
};

// Finds holes in one pool, for one job after the other, at one instant.
class Defragmenter {
 public:
  // Nobody is moved for less time than this.
  static constexpr Duration least_gain = minutes(30);
  // Who has run for less is not moved: so nobody is twice in that time.
  static constexpr Duration least_run = hours(1);
  // What moves at a time is a part of the pool so large at most, or one job.
  static constexpr std::int64_t most_of_pool = 20;

  // All must outlive it. `running` is what holds devices in the pool; `stopping`, what of that is being stopped;
  // `grounds`, by tenant, where its jobs are no guests: everywhere, if it is empty.
  Defragmenter(const State& state, CapacityIndex& index, PoolId pool, const PoolQueue& queue,
               const PromiseBook& promises, LatestEnds& running, const Stopping& stopping,
               const std::vector<GroundId>& grounds, Time now)
      : state_(state),
        index_(index),
        pool_(pool),
        queue_(queue),
        promises_(promises),
        running_(running),
        stopping_(stopping),
        grounds_(grounds),
        now_(now) {}

  // Returns the cheapest hole for the job, domain by domain of its level, if it is worth it: `otherwise` is when the
  // job starts without. Only what holds less than the job is moved, saves its work, starts again and has run for long
  // enough. Requires that no promise to the job counts. Leaves the index as found. O(n log n) for n that run the first
  // time, then O(n); of one domain the cheapest 4,096 are looked at.
  std::optional<Hole> find(const Job& job, Time otherwise);
  static constexpr std::size_t most_in_domain = 4096;

  // Whether the job gains at least what the moves lose, by its size times what it waits less. Both in milli x ns.
  bool is_worth(const Job& job, const Hole& hole, Time otherwise) const;

  // When the next of those may be moved that have not run for long enough; never without any.
  Time next_movable() const { return next_movable_; }

 private:
  struct Movable {
    Wide cost = 0;
    const Job* job = nullptr;
    std::int64_t milli = 0;  // that it holds
    Time gone_by;
  };
  using Leavers = std::vector<std::size_t>;  // indices into movable_
  struct Domain {
    Wide cost = 0;
    std::uint32_t number = 0;
    Leavers leavers;  // the dearest first
  };
  struct Search {
    const Job* job = nullptr;
    const Shape* shape = nullptr;
    DemandId demand;
    Terms terms = Fences::respected;
    Time otherwise;
    std::int64_t wanted_milli = 0;
  };

  GroundId ground_of(const Job& job) const { return grounds_.empty() ? everywhere : grounds_[job.tenant.index()]; }
  void gather();
  bool is_movable(const Job& job) const;
  bool may_move(const Search& search, const Movable& movable) const;
  bool fits(const Search& search);
  void take(std::size_t leaver);
  void put_back(std::size_t leaver);
  std::vector<Domain> cheapest_domains(const Search& search);
  std::optional<Domain> needed_of(const Search& search, const Leavers& candidates);
  bool may_move_at_once(const Leavers& leavers) const;
  std::optional<Hole> opened(const Search& search, const Domain& domain);
  std::optional<std::vector<Move>> moved(Leavers leavers, const Allocation& hole);
  std::optional<Allocation> place_beside(const Movable& movable);
  void close(const Allocation& hole, bool is_closed);

  const State& state_;
  CapacityIndex& index_;
  PoolId pool_;
  const PoolQueue& queue_;
  const PromiseBook& promises_;
  LatestEnds& running_;
  const Stopping& stopping_;
  const std::vector<GroundId>& grounds_;
  Time now_;
  bool is_gathered_ = false;
  Time next_movable_ = Time::never();
  std::vector<Movable> movable_;  // the cheapest first
};

}  // namespace dure
