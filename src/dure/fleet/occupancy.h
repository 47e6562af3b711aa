// What is free on every node, down to thousandths of each GPU.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "dure/fleet/allocation.h"
#include "dure/fleet/demand.h"
#include "dure/fleet/fleet.h"
#include "dure/fleet/room.h"

namespace dure {

// Invariant: nothing is booked twice; book and give_back assert it. Every call is O(GPUs per node).
// `fleet` must outlive this object.
class Occupancy {
 public:
  explicit Occupancy(const Fleet& fleet);

  // What new work may use on the node, whether that is available or not: what is free, but for sick devices. Valid
  // until the next change.
  Room room(NodeId node) const {
    const Node& at = nodes_[node.index()];
    Room room{.cpu_milli = at.cpu_milli,
              .memory_mib = at.memory_mib,
              .idle = at.idle,
              .counts_memory = at.counts_memory,
              .devices = devices_.data() + at.first_device};
    if (at.has_odd) {
      room.idle &= ~sick_[node.index()];
      room.partial = partial_[node.index()] & ~sick_[node.index()];
    }
    return room;
  }
  // How many of its GPUs are wholly free, sick ones too.
  int idle_gpus(NodeId node) const { return std::popcount(nodes_[node.index()].idle); }
  // How many tasks of `demand` the node can take now; 0 while it is unavailable.
  std::uint32_t tasks_that_fit(NodeId node, const Demand& demand) const {
    return is_available(node) ? room(node).tasks_that_fit(demand) : 0;
  }

  void book(const Placement& placement, const Demand& demand);
  void give_back(const Placement& placement, const Demand& demand);

  // A node that is lost or drained takes no new tasks; what it holds is unaffected.
  void set_available(NodeId node, bool available) { nodes_[node.index()].available = available; }
  bool is_available(NodeId node) const { return nodes_[node.index()].available; }

  // Sick devices take no new tasks; what they hold is unaffected. A mask; none at first.
  void set_sick(NodeId node, std::uint64_t gpus);
  std::uint64_t sick(NodeId node) const { return nodes_[node.index()].has_odd ? sick_[node.index()] : 0; }

  // Free amounts, whether the node is available or its devices are sick or not.
  std::int64_t free_cpu_milli(NodeId node) const { return nodes_[node.index()].cpu_milli; }
  std::int64_t free_memory_mib(NodeId node) const { return nodes_[node.index()].memory_mib; }
  std::int64_t free_gpu_milli(NodeId node, std::uint32_t device) const {
    const std::uint64_t bit = std::uint64_t{1} << device;
    if ((nodes_[node.index()].idle & bit) != 0) return whole;
    return (partial(node) & bit) != 0 ? devices_[nodes_[node.index()].first_device + device] : 0;
  }

 private:
  // Half a cache line: nodes are visited in no order, and this is all that is read of one whose GPUs are not shared.
  struct alignas(32) Node {
    std::int64_t cpu_milli = 0;
    std::int64_t memory_mib = 0;
    std::uint64_t idle = 0;  // devices that are wholly free
    std::uint32_t first_device = 0;
    bool counts_memory = false;
    bool available = true;
    bool has_odd = false;  // some device is neither wholly free nor full, or sick
  };
  static_assert(sizeof(Node) == 32);

  std::uint64_t partial(NodeId id) const { return nodes_[id.index()].has_odd ? partial_[id.index()] : 0; }
  void take_gpu(NodeId id, std::uint32_t device, std::int64_t milli);  // negative: give back

  std::vector<Node> nodes_;
  std::vector<std::uint64_t> partial_;  // by node: devices that are neither wholly free nor full
  std::vector<std::uint64_t> sick_;     // by node: devices that take no new tasks
  std::vector<std::int16_t> devices_;   // free thousandths of each of these, node by node
};

}  // namespace dure
