#include "dure/fleet/folded_nodes.h"

namespace dure {

std::string folded_nodes(const Fleet& fleet, std::span<const Placement> allocation) {
  std::string text;
  for (std::size_t i = 0; i < allocation.size();) {
    const NodeId first = allocation[i].node;
    const Pool& pool = fleet.pool(fleet.pool_of(first));
    const auto rack = [&](NodeId node) { return pool.domain_of(node, Level::rack); };
    NodeId last = first;
    // Several placements on one node are several of its devices.
    for (++i; i < allocation.size(); ++i) {
      const NodeId node = allocation[i].node;
      if (node.value > last.value + 1 || rack(node) != rack(first)) break;
      last = node;
    }
    if (!text.empty()) text += ',';
    const std::string name = fleet.node_name(first);
    if (last == first) {
      text += name;
    } else {
      const std::size_t number = name.rfind('n') + 1;
      const std::string last_name = fleet.node_name(last);
      text.append(name, 0, number)
          .append("[")
          .append(name, number, name.npos)
          .append("-")
          .append(last_name, number, name.npos)
          .append("]");
    }
  }
  return text;
}

}  // namespace dure
