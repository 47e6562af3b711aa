// How nodes are wired, as topology.conf or `scontrol show topology` tells of it: trees of switches, and blocks.
#pragma once

#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/import/slurm_records.h"

namespace dure::importing {

// What Dure calls a rack: a leaf switch, or a block of the plugin topology/block.
struct SlurmRack {
  std::string name;
  std::string block;  // what it lies in: the switch above, or an aggregated block; empty: nothing
  std::vector<std::string> nodes;
};

struct SlurmNetwork {
  std::vector<SlurmRack> racks;     // those of a block one after the other
  std::vector<std::string> beyond;  // names of what lies above blocks and divides them further
};

// Fails at the first line that is neither a switch nor a block. A text without any is a network without racks.
Result<SlurmNetwork> read_slurm_network(const SlurmText& text);

}  // namespace dure::importing
