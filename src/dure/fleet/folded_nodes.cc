#include "dure/fleet/folded_nodes.h"

#include <string_view>
#include <vector>

#include "dure/base/host_list.h"

namespace dure {
namespace {

// `n[2-4]` of two names that end in numbers after an `n`.
std::string joined(std::string_view first, std::string_view last) {
  const std::size_t number = first.rfind('n') + 1;
  return std::string(first.substr(0, number))
      .append("[")
      .append(first.substr(number))
      .append("-")
      .append(last.substr(number))
      .append("]");
}

std::string text_of(const Fleet& fleet, const Pool& pool, NodeId first, NodeId last) {
  if (first == last) return fleet.node_name(first);
  const auto& hosts = pool.spec.hosts;
  if (hosts.empty()) return joined(fleet.node_name(first), fleet.node_name(last));
  return to_host_list(
      std::span(hosts).subspan(first.value - pool.first_node.value, last.value - first.value + std::size_t{1}));
}

}  // namespace

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
    text += text_of(fleet, pool, first, last);
  }
  return text;
}

}  // namespace dure
