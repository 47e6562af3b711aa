#include "dure/policy/quarantine.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "dure/core/node_fault.h"

namespace dure {
namespace {

struct Standing {
  std::uint32_t in_quarantine = 0;
  std::uint32_t working = 0;
};

Standing standing_of(const State& state, const Pool& pool) {
  Standing standing;
  for (std::uint32_t n = 0; n < pool.node_count; ++n) {
    const NodeHealth& health = state.health(NodeId{pool.first_node.value + n});
    standing.in_quarantine += health.is_in_quarantine ? 1u : 0u;
    standing.working += health.is_available() ? 1u : 0u;
  }
  return standing;
}

}  // namespace

bool quarantine_nodes(const State& state, Time now, std::set<NodeId>& suspects, std::vector<Decision>& out) {
  const std::size_t before = out.size();
  std::map<PoolId, Standing> standings;
  for (auto at = suspects.begin(); at != suspects.end();) {
    const NodeId node = *at;
    const auto faults = state.faults().find(node);
    if (faults == state.faults().end()) {
      at = suspects.erase(at);
      continue;
    }
    if (state.health(node).drained) {
      ++at;  // until it is resumed
      continue;
    }
    auto why = why_quarantine(faults->second, now);
    if (!why) {
      at = suspects.erase(at);
      continue;
    }
    ++at;
    const PoolId pool_id = state.fleet().pool_of(node);
    const Pool& pool = state.fleet().pool(pool_id);
    const auto [entry, is_fresh] = standings.try_emplace(pool_id);
    Standing& standing = entry->second;
    if (is_fresh) standing = standing_of(state, pool);
    const std::uint32_t others = standing.working - (state.health(node).is_available() ? 1u : 0u);
    if (standing.in_quarantine >= std::max(pool.node_count / 10, 1u) || others == 0) continue;
    ++standing.in_quarantine;
    standing.working = others;
    out.push_back(NodeDrained{.node = node, .reason = *std::move(why), .cause = DrainCause::quarantine});
  }
  return out.size() > before;
}

}  // namespace dure
