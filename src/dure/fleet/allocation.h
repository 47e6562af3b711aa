// The exact nodes and devices that a job holds.
#pragma once

#include <cstdint>
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

// The number of tasks that have a place there.
inline std::uint32_t placed_tasks(const Allocation& allocation) {
  std::uint32_t tasks = 0;
  for (const Placement& placement : allocation) tasks += placement.tasks;
  return tasks;
}

template <class Archive>
void fields(Archive& archive, Like<Placement> auto& placement) {
  archive(placement.node);
  archive(placement.tasks);
  archive(placement.gpus);
  archive(placement.gpu_milli);
}

}  // namespace dure
