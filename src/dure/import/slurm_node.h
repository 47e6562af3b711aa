// Nodes as `scontrol show node` tells of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/import/slurm_records.h"

namespace dure::importing {

struct SlurmNode {
  std::string name;
  std::uint32_t cpus = 0;               // that jobs may have
  std::int64_t memory_mib = 0;          // likewise; 0: Slurm does not count it
  std::string gpu_model;                // `h100`, `a100+v100`; `gpu` where Slurm has no types; empty: no GPUs
  std::uint32_t gpus = 0;               // of all models
  std::vector<std::string> other_gres;  // by name: nic, shard
  std::vector<std::string> features;
  std::vector<std::string> partitions;
  bool is_future = false;  // defined, and not there
};

// Fails at the first record that is no node, and if there is none.
Result<std::vector<SlurmNode>> read_slurm_nodes(const SlurmText& text);

}  // namespace dure::importing
