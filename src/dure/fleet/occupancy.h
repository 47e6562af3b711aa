// What is free on every node, down to thousandths of each GPU.
#pragma once

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

  // What is free on the node, whether it is available or not. Valid until the next change.
  Room room(NodeId node) const {
    const Node& at = nodes_[node.index()];
    return {.cpu_milli = at.cpu_milli,
            .memory_mib = at.memory_mib,
            .idle = at.idle,
            .partial = at.partial,
            .counts_memory = at.counts_memory,
            .devices = devices_.data() + at.first_device};
  }
  // How many tasks of `demand` the node can take now; 0 while it is unavailable.
  std::uint32_t tasks_that_fit(NodeId node, const Demand& demand) const {
    return is_available(node) ? room(node).tasks_that_fit(demand) : 0;
  }

  void book(const Placement& placement, const Demand& demand);
  void give_back(const Placement& placement, const Demand& demand);

  // A node that is lost or drained takes no new tasks; what it holds is unaffected.
  void set_available(NodeId node, bool available) { nodes_[node.index()].available = available; }
  bool is_available(NodeId node) const { return nodes_[node.index()].available; }

  // Free amounts, whether the node is available or not.
  std::int64_t free_cpu_milli(NodeId node) const { return nodes_[node.index()].cpu_milli; }
  std::int64_t free_memory_mib(NodeId node) const { return nodes_[node.index()].memory_mib; }
  std::int64_t free_gpu_milli(NodeId node, std::uint32_t device) const {
    return devices_[nodes_[node.index()].first_device + device];
  }

 private:
  struct Node {
    std::int64_t cpu_milli = 0;
    std::int64_t memory_mib = 0;
    std::uint64_t idle = 0;     // devices that are wholly free
    std::uint64_t partial = 0;  // devices that are neither wholly free nor full
    std::size_t first_device = 0;
    bool counts_memory = false;
    bool available = true;
  };

  void take_gpu(Node& node, std::uint32_t device, std::int64_t milli);  // negative: give back

  std::vector<Node> nodes_;
  std::vector<std::int16_t> devices_;  // free thousandths of each GPU, node by node
};

}  // namespace dure
