// How many tasks of one demand a pool holds now, counted node by node from the view.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "dure/api/view.h"
#include "dure/fleet/placing.h"
#include "dure/fleet/pool_windows.h"
#include "dure/fleet/room.h"

namespace dure::api {

// The most tasks that fit into one domain of each level.
class Best {
 public:
  std::uint64_t& operator[](Level level) { return tasks_[static_cast<std::size_t>(level)]; }
  std::uint64_t operator[](Level level) const { return tasks_[static_cast<std::size_t>(level)]; }

 private:
  std::array<std::uint64_t, level_count> tasks_{};
};

struct PoolSurvey {
  Best now;                      // on what is free, promised to somebody or not
  Best lasting;                  // on what is promised to nobody: what a job with a long time limit may use
  Best now_with_down;            // like `now`, if the nodes took work again that are drained or lost, and sick GPUs
  Best lasting_with_down;        // like `lasting`
  std::uint64_t wherever = 0;    // in the whole pool like `now`, whatever segments and a spread ask for
  std::uint64_t by_devices = 0;  // in the whole pool like `now`, if CPUs and memory were plenty
  std::uint64_t by_cpus = 0;     // likewise, if memory was
  std::vector<NodeId> drained;   // and not lost, ascending
  std::uint32_t lost = 0;
  std::uint32_t sick_gpus = 0;    // of nodes that take work
  std::uint32_t lack_cpus = 0;    // nodes with devices for a task, and too few CPUs for it
  std::uint32_t lack_memory = 0;  // likewise
  // Free on nodes that take work; of GPUs the whole ones alone, unless shares are asked for.
  std::int64_t free_gpu_milli = 0;
  std::int64_t free_cpu_milli = 0;
  std::int64_t free_memory_mib = 0;
};

// What counts in place of a node's lasting room, by node.
using Rooms = std::map<NodeId, NodeAmounts>;

// Counts the tasks of one demand on nodes of one pool. `view` and `rooms` must outlive it.
class NodeCounter {
 public:
  NodeCounter(const View& view, PoolId pool, const Demand& demand, const Rooms& rooms)
      : view_(view), pool_(view.fleet->pool(pool)), demand_(demand), rooms_(rooms) {}

  // Whether the node takes work or not. O(1) for whole GPUs, O(devices) for shares and for nodes of `rooms`.
  std::uint64_t now(NodeId node, const NodeRoom& room) const;
  std::uint64_t lasting(NodeId node, const NodeRoom& room) const;
  // With that much more on a node of whose devices none is promised.
  std::uint64_t with(NodeId node, const NodeAmounts& more) const;
  // As if memory was plenty, and CPUs.
  std::uint64_t by_cpus(NodeId node, const NodeRoom& room) const;
  std::uint64_t by_devices(NodeId node, const NodeRoom& room) const;

 private:
  std::uint64_t tasks_in(const FreeRoom& free, const std::vector<std::int16_t>& devices, const Demand& demand) const;
  std::uint64_t tasks_in(const NodeAmounts& free) const;
  std::uint64_t now(NodeId node, const NodeRoom& room, const Demand& demand) const;
  const std::vector<std::int16_t>& devices(NodeId node, const NodeRoom& room, bool lasts) const;

  const View& view_;
  const Pool& pool_;
  Demand demand_;
  const Rooms& rooms_;
};

// What of a pool is barred to a job: nodes with windows, which outlive whoever has it, and racks that are kept for
// others. Both are counted from the first of the pool.
struct Barred {
  const PoolWindows* windows = nullptr;  // none: they bar nothing
  Bar bar;
  std::vector<bool> closed = {};  // racks, as far as any is
  std::uint32_t nodes_in_rack = 1;

  bool is_barred(std::uint32_t node) const {
    const std::uint32_t rack = node / nodes_in_rack;
    if (rack < closed.size() && closed[rack]) return true;
    return windows != nullptr && bar.bars_anything() && windows->is_barred(node, bar);
  }
};

// Barred nodes are as if they were not there. O(nodes of the pool).
PoolSurvey survey(const View& view, PoolId pool, const Placing& placing, const Rooms& rooms, const Barred& barred);

// What is free for good on the nodes on which the job is promised something, but for what is promised to itself: what
// it may use there. Requires a promise. O(nodes of the promise x what lies on them).
Rooms own_rooms(const View& view, const JobRow& row);

}  // namespace dure::api
