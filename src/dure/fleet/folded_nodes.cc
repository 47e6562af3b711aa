#include "dure/fleet/folded_nodes.h"

#include <fmt/format.h>

namespace dure {

std::string folded_nodes(const Fleet& fleet, const Allocation& allocation) {
  std::string text;
  for (std::size_t i = 0; i < allocation.size();) {
    const NodeId first = allocation[i].node;
    const Pool& pool = fleet.pool(fleet.pool_of(first));
    const auto rack = [&](NodeId node) { return (node.value - pool.first_node.value) / pool.spec.nodes_per_rack; };
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
      text += fmt::format("{}[{}-{}]", name.substr(0, number), name.substr(number), last_name.substr(number));
    }
  }
  return text;
}

}  // namespace dure
