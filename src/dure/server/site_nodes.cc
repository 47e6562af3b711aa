#include "dure/server/site_nodes.h"

#include <algorithm>
#include <unordered_map>

namespace dure::server {
namespace {

constexpr std::string_view mark = "in Slurm: ";

void add(const State& state, NodeId node, const engine::SiteNode& said, const WhyDrained& why_drained,
         std::vector<Change>& out) {
  const NodeHealth& known = state.health(node);
  if (said.is_down != known.lost) {
    out.push_back(said.is_down ? Change{NodeLost{node}} : Change{NodeReturned{node}});
  }
  const std::string reason = said.is_down || said.why.empty() ? "" : std::string(mark) + said.why;
  if (!reason.empty() && !known.drained) return out.push_back(NodeDrained{node, reason});
  if (!known.drained || known.is_in_quarantine) return;
  const std::string before = why_drained(node);
  if (!is_of_a_site(before) || before == reason) return;
  if (reason.empty()) return out.push_back(NodeResumed{node});
  out.push_back(NodeDrained{node, reason});
}

}  // namespace

bool is_of_a_site(std::string_view reason) { return reason.starts_with(mark); }

std::vector<Change> node_changes(const State& state, const std::string& site, const engine::SiteNews& news,
                                 const WhyDrained& why_drained) {
  std::unordered_map<std::string_view, const engine::SiteNode*> by_name;
  for (const engine::SiteNode& node : news.nodes) by_name.emplace(node.name, &node);
  const Fleet& fleet = state.fleet();
  std::vector<Change> changes;
  for (const Pool& pool : fleet.pools()) {
    if (fleet.sites()[pool.site.index()].name != site) continue;
    for (std::uint32_t i = 0; i < pool.node_count; ++i) {
      const NodeId node{pool.first_node.value + i};
      const std::string name = fleet.node_name(node);
      engine::SiteNode said{.name = name, .why = news.away};
      if (news.away.empty()) {
        const auto found = by_name.find(name);
        said = found != by_name.end() ? *found->second : engine::SiteNode{.name = name, .why = "there is no such node"};
      } else {
        said.is_down = state.health(node).lost;  // as it was
      }
      add(state, node, said, why_drained, changes);
    }
  }
  return changes;
}

}  // namespace dure::server
