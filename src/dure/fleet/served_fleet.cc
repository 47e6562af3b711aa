#include "dure/fleet/served_fleet.h"

#include <algorithm>

namespace dure {
namespace {

constexpr const char* one_machine = "write one site with engine: {kind: local} and one pool of one node";

std::optional<FleetRefusal> refusal_of_local(const SiteSpec& site) {
  if (site.pools.size() != 1) return FleetRefusal{"found " + std::to_string(site.pools.size()) + " pools", one_machine};
  const PoolSpec& pool = site.pools.front();
  if (pool.node_count() == 1) return std::nullopt;
  return FleetRefusal{"found " + std::to_string(pool.node_count()) + " nodes in pool " + pool.name, one_machine};
}

std::optional<FleetRefusal> refusal_of_cluster(const SiteSpec& site, std::span<const std::string> clusters) {
  if (std::find(clusters.begin(), clusters.end(), site.name) == clusters.end()) {
    return FleetRefusal{"found site " + site.name + " with the engine slurm, and no word of how to reach it",
                        "say so in the server's configuration: slurm: [{site: " + site.name + ", folder: ...}]"};
  }
  const auto nameless =
      std::find_if(site.pools.begin(), site.pools.end(), [](const PoolSpec& pool) { return pool.hosts.empty(); });
  if (nameless == site.pools.end()) return std::nullopt;
  return FleetRefusal{"found pool " + nameless->name + " of site " + site.name + " without names of nodes",
                      "write hosts: as Slurm names them, such as gpu[001-016]"};
}

}  // namespace

std::optional<FleetRefusal> refusal_to_serve(const FleetSpec& fleet, std::span<const std::string> clusters,
                                             Rehearses rehearses) {
  std::size_t machines = 0;
  for (const SiteSpec& site : fleet.sites) {
    std::optional<FleetRefusal> refusal;
    switch (site.engine) {
      case EngineKind::simulated:
        if (rehearses == Rehearses::yes) break;
        return FleetRefusal{"found site " + site.name + " with another engine than local or slurm",
                            "write engine: {kind: local} for this machine, or {kind: slurm} for a cluster; or "
                            "rehearse: true in the server's configuration, and nothing runs there"};
      case EngineKind::local:
        if (++machines > 1)
          return FleetRefusal{"found " + std::to_string(machines) + " sites with the engine local", one_machine};
        refusal = refusal_of_local(site);
        break;
      case EngineKind::slurm: refusal = refusal_of_cluster(site, clusters); break;
    }
    if (refusal) return refusal;
  }
  for (const std::string& cluster : clusters) {
    const auto is_it = [&](const SiteSpec& site) { return site.name == cluster && site.engine == EngineKind::slurm; };
    if (std::any_of(fleet.sites.begin(), fleet.sites.end(), is_it)) continue;
    return FleetRefusal{"found no site " + cluster + " with the engine slurm, and a cluster of that name",
                        "add the site, or remove the cluster from slurm: in the server's configuration"};
  }
  return std::nullopt;
}

bool has_local_site(const FleetSpec& fleet) {
  return std::any_of(fleet.sites.begin(), fleet.sites.end(),
                     [](const SiteSpec& site) { return site.engine == EngineKind::local; });
}

EngineKind engine_of(const Fleet& fleet, PoolId pool) { return fleet.sites()[fleet.pool(pool).site.index()].engine; }

bool is_local(const Fleet& fleet, PoolId pool) { return engine_of(fleet, pool) == EngineKind::local; }

std::optional<NodeId> local_node(const Fleet& fleet) {
  for (std::size_t i = 0; i < fleet.pools().size(); ++i) {
    if (is_local(fleet, PoolId{static_cast<std::uint16_t>(i)})) return fleet.pools()[i].first_node;
  }
  return std::nullopt;
}

}  // namespace dure
