// Answers "which is the tightest domain that fits" without looking at every node.
//
// For each demand that is asked about, a tree over pool -> block -> rack -> node keeps how many tasks fit in each
// domain. Where a job's segments or spread rule how many may lie in a domain of some level, the demand has a tree of
// its own, in which the sums of that level are rounded or capped before they go into those above. A place is found by
// one descent over the children of a few domains. The best number at each level below a domain is kept too, but found
// anew only when it is asked for: most gangs that do not fit are refused by a sum.
//
// A tree is brought up to date when it is asked, from the log of nodes that changed since: three additions for each.
// Events therefore cost nothing for demands that nobody waits for. A question with a clear answer does not even need
// that: one change moves a number by no more than an empty node holds.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "dure/fleet/allocation.h"
#include "dure/fleet/demand.h"
#include "dure/fleet/fleet.h"
#include "dure/fleet/occupancy.h"
#include "dure/fleet/outlook.h"
#include "dure/fleet/placing.h"
#include "dure/fleet/pool_windows.h"

namespace dure {

// A demand, with its segments or spread, that a PoolCapacity knows.
using DemandId = Id<struct DemandTag>;

// Whether what is promised to somebody from a later time on may be used. `after_stops`: respected, once all has gone
// that is being stopped.
enum class Fences : std::uint8_t { ignored, respected, after_stops };
constexpr std::size_t fences_count = 3;

// A part of a pool's racks that a PoolCapacity knows.
using GroundId = Id<struct GroundTag>;
constexpr GroundId everywhere{0};

// On what terms nodes may be used: what of them, which of them windows bar, and in which racks. By default in all, and
// none is barred.
struct Terms {
  Fences fences = Fences::ignored;
  Bar bar;
  GroundId ground = everywhere;

  Terms(Fences of, Bar barred = {}, GroundId where = everywhere) : fences(of), bar(barred), ground(where) {}
  bool operator==(const Terms&) const = default;
  bool are_plain() const { return ground == everywhere && !bar.bars_anything(); }
};

// The capacity of one pool.
class PoolCapacity {
  friend class CapacityIndex;  // which tells the outlook what is booked

 public:
  // `fleet` and `occupancy` must outlive this object.
  PoolCapacity(const Fleet& fleet, PoolId pool, const Occupancy& occupancy);

  // To be told of every node whose occupancy or availability changed, once it has. O(1).
  void node_changed(NodeId node) {
    trim_log();
    changed_.push_back({local(node), occupancy_.idle_gpus(node)});
  }

  // Promises, as of Outlook.
  template <class ForEachLeaving>
  void promise(JobId job, Time from, const Allocation& allocation, const Demand& demand,
               ForEachLeaving&& for_each_leaving) {
    outlook_.promise(job, from, allocation, demand, for_each_leaving);
    changed(allocation);
  }
  void withdraw(JobId job) { changed(outlook_.withdraw(job)); }
  void count(JobId job, bool counts) { changed(outlook_.count(job, counts)); }

  // The windows on its nodes.
  const PoolWindows& windows() const { return windows_; }
  // Whether any of it lies on a node that is barred so. O(placements x windows of a node).
  bool is_barred(const Allocation& allocation, const Bar& bar) const;
  // `nodes` are all of the window's, of other pools too. Returns whether some are of this pool, likewise when it is
  // closed. O(nodes).
  bool open(WindowId id, Time from, Time until, const std::vector<NodeId>& nodes);
  bool close(WindowId id);

  // The racks that are not among these, counted from the first of the pool: as far as any is. The same number for the
  // same ones. O(grounds x racks).
  GroundId ground_without(const std::vector<bool>& closed);

  // Tentative changes: `mark` before them, undo them in any order, then `undone_since`, and it is as if they had never
  // been. O(changes) for the trees that were asked in between, free for the others.
  std::uint64_t mark() const { return log_end(); }
  void undone_since(std::uint64_t mark);

  // How many changes of nodes there have been, without those that were tentative and are undone.
  std::uint64_t changes() const { return log_end(); }
  // Requires that `fits` has just said no, whatever is promised or barred: it says no again until `changes()` is so
  // many. O(1).
  std::uint64_t hopeless_until(DemandId id, std::uint32_t tasks) const;

  // Keeps what is known of it at hand until unwatched as often. O(log demands), O(demands) for a new
  // one; its trees are made when they are first asked, O(nodes).
  DemandId watch(const Placing& placing);
  void unwatch(DemandId id) { --demands_[id.index()].watchers; }

  // Whether so many tasks fit into one domain of the level now: whole groups, and a level above that of the groups or
  // of the spread. Requires a watched demand. O(changes since it was last asked x levels); O(1) without any.
  bool fits(DemandId id, std::uint32_t tasks, Level within, const Terms& terms);
  // Requires that they do not: they do not either before so many nodes have changed. O(1) when `fits` has just said so.
  std::uint64_t changes_needed(DemandId id, std::uint32_t tasks, Level within, const Terms& terms);
  // The most tasks that fit into one domain of the level now, likewise.
  std::uint64_t most_tasks(DemandId id, Level within, const Terms& terms);
  std::uint64_t most_tasks(const Placing& placing, Level within, const Terms& terms);

  // Places `tasks` tasks in the smallest sufficient domain, at most `within`; inside it in as few parts as possible.
  // Ordered by node, then device. Requires tasks <= most_tasks(placing, within, terms), tasks > 0 and whole groups.
  // O(levels x domains in one + nodes of the allocation x devices).
  Allocation place(const Placing& placing, std::uint32_t tasks, Level within, const Terms& terms);

  // What is free for good of the placement's own devices, and of its node's CPUs and memory, once all has gone that is
  // being stopped. Valid until the next call of anything.
  Room room_on(const Placement& placement) const;
  // What may be used of the node on these terms; nullopt if it is unavailable or barred. Valid likewise.
  std::optional<Room> room_on(NodeId node, const Terms& terms) const;
  // Whether all of it is free for good. O(its nodes x horizons x devices).
  bool is_free(const Allocation& place, const Demand& demand) const;

 private:
  // best[its own level]: how many tasks may lie in this domain. best[a lower level]: the most that may lie in one
  // domain of that level in it, unless that is stale.
  struct Domain {
    std::array<std::uint32_t, level_count> best{};
  };
  // What the log says of one change.
  struct NodeChange {
    std::uint32_t node = 0;
    int idle_gpus = 0;  // wholly free after it, sick ones too
  };
  // The most tasks that fitted into one domain, when the log was so long.
  struct KnownBest {
    std::uint64_t tasks = 0;
    std::uint64_t at = 0;
  };
  struct Tree {
    Placing placing;
    std::optional<Level> ruled;  // placing.ruled_level()
    Terms terms = Fences::ignored;
    std::uint64_t last_used = 0;
    std::array<std::uint64_t, level_count> most_in_empty{};  // tasks in an empty domain, by level
    std::uint64_t most_a_change = 0;                         // by how much one node's change moves any number
    int least_idle = 0;                                      // wholly free GPUs without which no task fits on a node
    std::uint64_t synced_to = 0;                             // position in the log
    std::vector<std::uint16_t> nodes;                        // tasks that fit, by node; empty until it is asked for
    std::vector<std::uint32_t> before_rule;                  // by domain of a ruled rack or block: what its parts hold
    std::array<std::vector<Domain>, level_count> domains;    // by level; none at node level
    std::array<std::vector<std::uint8_t>, level_count> stale;      // likewise
    std::array<std::optional<KnownBest>, level_count> known_best;  // by level
  };
  struct Known {
    Placing placing;
    std::uint64_t watchers = 0;
    std::uint64_t last_used = 0;
    std::array<Tree, fences_count> trees;  // by Fences, on plain terms
    std::vector<Tree> on_terms;            // for terms that are not plain, the last that were asked for
  };

  std::uint32_t local(NodeId node) const { return node.value - pool_.first_node.value; }
  std::uint32_t count_at(Level level) const { return pool_.node_count / pool_.nodes_in(level); }
  DemandId know(const Placing& placing);
  DemandId place_for(const Placing& placing);
  std::uint64_t log_end() const { return log_begin_ + changed_.size(); }
  static Tree& place_of(Known& known, const Terms& terms);
  Tree& planted(DemandId id, const Terms& terms);
  Tree& tree(DemandId id, const Terms& terms);
  void take_back(Tree& tree, std::uint64_t mark) const;
  std::optional<bool> clearly_fits(const Tree& tree, std::uint32_t tasks, Level within) const;
  void plant(Tree& tree, const Placing& placing, const Terms& terms) const;
  void sync(Tree& tree) const;
  void trim_log();
  void changed(const Allocation& allocation) {
    for (const Placement& placement : allocation) node_changed(placement.node);
  }
  bool is_open(NodeId node, const Bar& bar) const {
    return occupancy_.is_available(node) && !(bar.bars_anything() && windows_.is_barred(local(node), bar));
  }
  Room room(NodeId node, Fences fences) const;
  bool is_open(GroundId ground, std::uint32_t node) const;
  std::uint16_t fit_now(const Tree& tree, std::uint32_t node) const;
  void rebuild(Tree& tree) const;
  void update(Tree& tree, std::uint32_t node) const;
  static std::uint32_t rule(Tree& tree, std::uint32_t domain, std::uint32_t change);
  bool fits_in(Tree& tree, std::uint32_t tasks, Level within) const;
  void refresh(Tree& tree, Level level, std::uint32_t domain) const;
  // How many tasks fit into the domain.
  std::uint32_t tasks_in(const Tree& tree, Level level, std::uint32_t domain) const {
    return level == Level::node
               ? tree.nodes[domain]
               : tree.domains[static_cast<std::size_t>(level)][domain].best[static_cast<std::size_t>(level)];
  }
  std::uint32_t best_of(Tree& tree, Level level, std::uint32_t domain, Level at) const;
  std::pair<std::uint32_t, std::uint32_t> children(Level level, std::uint32_t domain) const;
  std::optional<std::uint32_t> tightest_child(Tree& tree, Level level, std::uint32_t domain, Level at,
                                              std::uint64_t tasks) const;
  void fill(Tree& tree, Level level, std::uint32_t domain, std::uint64_t tasks, Allocation& out) const;
  void fill_in_parts(Tree& tree, Level level, std::uint32_t domain, std::uint64_t tasks, Allocation& out) const;

  const Pool& pool_;
  const Occupancy& occupancy_;
  std::uint32_t most_per_node_;
  std::array<std::uint32_t, level_count> arity_{};              // children of one domain, by level
  std::array<std::vector<std::uint32_t>, level_count> parent_;  // of each domain, by its level
  Outlook outlook_;
  PoolWindows windows_;
  std::vector<std::vector<bool>> grounds_;  // by GroundId, but for `everywhere`: which racks are closed
  std::vector<NodeChange> changed_;         // the log, oldest first
  std::uint64_t log_begin_ = 0;             // position of changed_[0]
  std::uint64_t uses_ = 0;
  std::vector<Known> demands_;  // by DemandId
  std::map<Placing, DemandId> demand_ids_;
};

// The capacity of the whole fleet: the occupancy and the index over it, changed together.
class CapacityIndex {
 public:
  // `fleet` must outlive this object.
  explicit CapacityIndex(const Fleet& fleet);
  CapacityIndex(const CapacityIndex&) = delete;
  CapacityIndex& operator=(const CapacityIndex&) = delete;

  const Occupancy& occupancy() const { return occupancy_; }
  PoolCapacity& pool(PoolId id) { return pools_[id.index()]; }

  // `leaves`: the same both times, unless it is being stopped meanwhile. O(nodes of the allocation x horizons there),
  // like those after it; trees follow when they are asked.
  void book(PoolId pool, const Allocation& allocation, const Demand& demand, Departure leaves);
  void give_back(PoolId pool, const Allocation& allocation, const Demand& demand, Departure leaves);
  // What was to end at `end` is being stopped, and will have gone `by` then.
  void stop(PoolId pool, const Allocation& allocation, const Demand& demand, Time end, Time by);
  void set_available(PoolId pool, NodeId node, bool available);
  // As of Occupancy.
  void set_sick(PoolId pool, NodeId node, std::uint64_t gpus);

 private:
  Occupancy occupancy_;
  std::vector<PoolCapacity> pools_;
};

}  // namespace dure
