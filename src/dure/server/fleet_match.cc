#include "dure/server/fleet_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace dure::server {
namespace {

bool has_same_places(const PoolSpec& a, const PoolSpec& b) {
  return a.name == b.name && a.gpu_model == b.gpu_model && a.gpus_per_node == b.gpus_per_node && a.blocks == b.blocks &&
         a.racks_per_block == b.racks_per_block && a.nodes_per_rack == b.nodes_per_rack;
}

bool has_same_pools(const SiteSpec& a, const SiteSpec& b) {
  return a.name == b.name && a.engine == b.engine && std::ranges::equal(a.pools, b.pools, has_same_places);
}

// `local/gpu: 1 node, 4 x NVIDIA H100`
std::string to_text(const SiteSpec& site, const PoolSpec& pool) {
  const std::uint64_t nodes = pool.node_count();
  std::string text = fmt::format("{}/{}: {} node{}", site.name, pool.name, nodes, nodes == 1 ? "" : "s");
  if (pool.gpus_per_node == 0) return text + ", no GPUs";
  return text + fmt::format("{}, {} x {}", nodes == 1 ? "" : " each", pool.gpus_per_node, pool.gpu_model);
}

std::string to_text(const FleetSpec& fleet) {
  std::string text;
  for (const SiteSpec& site : fleet.sites) {
    for (const PoolSpec& pool : site.pools) text += (text.empty() ? "" : "; ") + to_text(site, pool);
  }
  return text;
}

}  // namespace

Result<void> check_same_places(const FleetSpec& known, const FleetSpec& found) {
  if (std::ranges::equal(known.sites, found.sites, has_same_pools)) return {};
  return fail(Code::invalid_argument,
              fmt::format("the journal was begun with another fleet ({}) than this machine or its file has now ({}); "
                          "write the former as `fleet:` in the configuration, or use another data folder",
                          to_text(known), to_text(found)));
}

}  // namespace dure::server
