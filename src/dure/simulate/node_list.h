// A fleet as a list of nodes: the csv of Alibaba's cluster traces (openb).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/result.h"
#include "dure/fleet/fleet_spec.h"

namespace dure::simulate {

struct NodeList {
  FleetSpec fleet;
  std::vector<NodeId> node_of_row;  // in the first copy; row 0 is the first below the header
  std::uint32_t copies = 1;         // sites of the same nodes

  // The node of that row in the copy.
  NodeId node(std::size_t row, std::uint32_t copy) const {
    return id_of<NodeTag>(node_of_row[row].index() + copy * node_of_row.size());
  }
};

// Reads `cpu_milli,memory_mib,gpu,model`, a row for each node: equal nodes make a pool, named by the model and a
// number, in the order in which they first come. `copies` >= 1 such sites, `openb` or `openb-1` to `openb-n`. Fails at
// a row that is no node, and where there are more nodes or kinds of them than a fleet may have.
Result<NodeList> read_node_list(const std::string& path, std::uint32_t copies);

}  // namespace dure::simulate
