#include "dure/fleet/one_machine.h"

namespace dure {

std::optional<std::string> found_beyond_one_machine(const FleetSpec& fleet) {
  if (fleet.sites.size() != 1) return "found " + std::to_string(fleet.sites.size()) + " sites";
  const SiteSpec& site = fleet.sites.front();
  if (site.engine != EngineKind::local) return "found site " + site.name + " with another engine than local";
  if (site.pools.size() != 1) return "found " + std::to_string(site.pools.size()) + " pools";
  const PoolSpec& pool = site.pools.front();
  if (pool.node_count() == 1) return std::nullopt;
  return "found " + std::to_string(pool.node_count()) + " nodes in pool " + pool.name;
}

}  // namespace dure
