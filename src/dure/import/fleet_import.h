// A fleet made of what Slurm says of its nodes, partitions and network.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dure/fleet/fleet_spec.h"
#include "dure/import/notes.h"
#include "dure/import/slurm_network.h"
#include "dure/import/slurm_node.h"
#include "dure/import/slurm_partition.h"

namespace dure::importing {

struct SlurmCluster {
  std::string name;
  std::vector<SlurmNode> nodes;
  std::vector<SlurmPartition> partitions;
  SlurmNetwork network;
  std::string preempt_mode;  // of the cluster; a partition has it unless it says otherwise
};

struct FleetImport {
  FleetSpec fleet;                                           // one site, called as the cluster
  std::map<std::string, std::vector<std::string>> pools_of;  // paths, by partition; none for one without nodes
};

// Nodes with the same GPUs and CPUs and about the same memory are a pool, if a chain of partitions joins them. Fails
// if no node is left.
Result<FleetImport> import_fleet(const SlurmCluster& cluster, Notes& notes);

}  // namespace dure::importing
