// What a batch script's nodes, tasks, CPUs, GPUs and memory are in Dure: equal parts, each on one node.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/fleet/demand.h"
#include "dure/spec/batch_options.h"
#include "dure/spec/mistakes.h"

namespace dure::spec {

// Dure places tasks, and a task lies on one node. Slurm's nodes become tasks of Dure, each with Slurm's tasks of one
// node in it; where the script names no nodes, Slurm's tasks are tasks of Dure as they are.
struct BatchShape {
  std::uint32_t parts_min = 1;  // tasks of Dure
  std::uint32_t parts_max = 1;
  std::uint32_t tasks_per_part = 1;  // tasks of Slurm
  Demand per_part;
  std::string gpu_model;
};

// Returns nullopt if there are no such parts, with that in `mistakes`.
std::optional<BatchShape> make_batch_shape(const BatchOptions& options, std::vector<BatchWarning>& warnings,
                                           Mistakes& mistakes);

}  // namespace dure::spec
