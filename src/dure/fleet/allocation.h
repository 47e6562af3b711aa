// The exact nodes and devices that a job holds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"

namespace dure {

// Some tasks of one job on one node. All tasks of a job ask for the same, so CPUs and memory follow from `tasks`.
struct Placement {
  NodeId node;
  std::uint32_t tasks = 0;     // >= 1
  std::uint64_t gpus = 0;      // device i of the node is bit i: whole GPUs, or the one GPU whose fraction is held
  std::int64_t gpu_milli = 0;  // taken of each device in `gpus`: 1,000, or tasks x the fraction

  bool operator==(const Placement&) const = default;
};

// Ordered by node, then by lowest device.
using Allocation = std::vector<Placement>;

constexpr bool lies_before(const Placement& a, const Placement& b) {
  return a.node != b.node ? a.node < b.node : (a.gpus & (~a.gpus + 1)) < (b.gpus & (~b.gpus + 1));
}

inline bool is_on(const Allocation& allocation, NodeId node) {
  return std::any_of(allocation.begin(), allocation.end(), [&](const Placement& at) { return at.node == node; });
}

// The number of tasks that have a place there.
inline std::uint32_t placed_tasks(const Allocation& allocation) {
  std::uint32_t tasks = 0;
  for (const Placement& placement : allocation) tasks += placement.tasks;
  return tasks;
}

// What of it lies on these nodes, which ascend; and all the rest. O(its nodes x log nodes).
inline Allocation part_on(const Allocation& allocation, const std::vector<NodeId>& nodes) {
  Allocation part;
  std::copy_if(allocation.begin(), allocation.end(), std::back_inserter(part),
               [&](const Placement& at) { return std::binary_search(nodes.begin(), nodes.end(), at.node); });
  return part;
}
inline Allocation part_off(const Allocation& allocation, const std::vector<NodeId>& nodes) {
  Allocation part;
  std::copy_if(allocation.begin(), allocation.end(), std::back_inserter(part),
               [&](const Placement& at) { return !std::binary_search(nodes.begin(), nodes.end(), at.node); });
  return part;
}

// Both together. O(nodes).
inline Allocation joined(const Allocation& a, const Allocation& b) {
  Allocation all;
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all), lies_before);
  return all;
}

template <class Archive>
void fields(Archive& archive, Like<Placement> auto& placement) {
  archive(placement.node);
  archive(placement.tasks);
  archive(placement.gpus);
  archive(placement.gpu_milli);
}

}  // namespace dure
