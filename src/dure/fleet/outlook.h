// What is promised on the nodes of one pool and what leaves them: what is free for work that stays.
//
// A promise takes its devices at its time; by then some of what runs on its nodes has left. So a node with promises has
// horizons, the times of its promises: at each, what has left by then is free as well, and what was promised until then
// is not. Work that may stay for long must fit now and at every horizon. What is being stopped has its grace, and a
// promise may be due before that is over.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/fleet/allocation.h"
#include "dure/fleet/demand.h"
#include "dure/fleet/fleet.h"
#include "dure/fleet/occupancy.h"
#include "dure/fleet/room.h"

namespace dure {

// When what is held is given back at the latest, and whether that is so because it is being stopped.
struct Departure {
  Time end;
  bool is_stopping = false;
};

// Invariant: a horizon knows exactly what is held on its node and ends by its time, the promises before it included.
class Outlook {
 public:
  // Both must outlive it.
  Outlook(const Pool& pool, const Occupancy& occupancy)
      : pool_(pool), occupancy_(occupancy), slot_of_(pool.node_count) {}

  // Nothing is promised on the node and nothing stops there: what is free now is free for good.
  bool is_plain(NodeId node) const { return slot_of_[local(node)] == 0; }
  // What is free for good from now on; or from when all has gone that is being stopped. Valid until the next call.
  // O(horizons x devices).
  Room lasting(NodeId node) const;
  Room after_stops(NodeId node) const;

  // `for_each_leaving(visit)` calls visit(placement, demand, is_stopping) for all that is held in the pool and ends by
  // `from`; it is asked only if there is a new horizon. O(nodes x horizons + what it visits).
  template <class ForEachLeaving>
  void promise(JobId job, Time from, const Allocation& allocation, const Demand& demand,
               ForEachLeaving&& for_each_leaving) {
    if (open(job, from, allocation, demand)) {
      for_each_leaving([&](const Placement& placement, const Demand& held, bool is_stopping) {
        note_leaving(from, placement, held, is_stopping);
      });
    }
    fresh_.clear();
  }
  // Returns where it was. Requires a promise to the job. O(nodes x horizons).
  Allocation withdraw(JobId job);
  // Whether the promise to the job counts, until told again: what the job itself may use. Likewise.
  const Allocation& count(JobId job, bool counts);

  // To be told of what is taken and given back on a node. O(horizons).
  void taken(const Placement& placement, const Demand& demand, Departure leaves) {
    change(placement, demand, leaves, 1);
  }
  void given_back(const Placement& placement, const Demand& demand, Departure leaves) {
    change(placement, demand, leaves, -1);
  }
  // What was to end at `end` is being stopped, and will have gone `by` then, which is no later. O(horizons).
  void stops(const Placement& placement, const Demand& demand, Time end, Time by);

 private:
  struct Horizon {
    Time from;
    std::uint32_t promises = 0;
    NodeAmounts left;     // by then
    NodeAmounts stopped;  // of what is being stopped: what may still be there
    NodeAmounts claimed;  // by those that are promised this very time
  };
  struct Slot {
    std::vector<Horizon> horizons;  // ascending
    NodeAmounts stopping;
    std::uint32_t stops = 0;
  };
  struct Promise {
    Time from;
    Allocation allocation;
    Demand demand;
    bool counts = true;
  };

  std::uint32_t local(NodeId node) const { return node.value - pool_.first_node.value; }
  Slot& slot(NodeId node);
  const Slot& slot(NodeId node) const { return slots_[slot_of_[local(node)] - 1]; }
  void drop_if_plain(NodeId node);
  static Horizon& horizon(Slot& slot, Time from);
  bool open(JobId job, Time from, const Allocation& allocation, const Demand& demand);
  void note_leaving(Time from, const Placement& placement, const Demand& demand, bool is_stopping);
  void change(const Placement& placement, const Demand& demand, Departure leaves, int times);
  enum class Stops : std::uint8_t { pending, done };
  Room least(NodeId node, Stops stops) const;
  NodeAmounts free_now(NodeId node) const;

  const Pool& pool_;
  const Occupancy& occupancy_;
  std::vector<std::uint32_t> slot_of_;  // by node: 0, or one above its place in slots_
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::map<JobId, Promise> promises_;
  std::vector<NodeId> fresh_;    // nodes with a horizon that was made just now, ascending
  mutable NodeAmounts scratch_;  // what the last Room shows
};

}  // namespace dure
