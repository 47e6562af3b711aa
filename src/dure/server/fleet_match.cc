#include "dure/server/fleet_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace dure::server {
namespace {

bool is_same_place(const PoolSpec& a, const PoolSpec& b) {
  return a.name == b.name && a.gpu_model == b.gpu_model && a.gpus_per_node == b.gpus_per_node && a.blocks == b.blocks &&
         a.racks_per_block == b.racks_per_block && a.nodes_per_rack == b.nodes_per_rack && a.hosts == b.hosts;
}

bool has_same_pools(const SiteSpec& a, const SiteSpec& b) {
  return a.name == b.name && a.engine == b.engine && std::ranges::equal(a.pools, b.pools, is_same_place);
}

// `local/gpu: 1 node, 4 x NVIDIA H100`
std::string to_text(const SiteSpec& site, const PoolSpec& pool) {
  const std::uint64_t nodes = pool.node_count();
  std::string text = fmt::format("{}/{}: {} node{}", site.name, pool.name, nodes, nodes == 1 ? "" : "s");
  if (pool.gpus_per_node == 0) return text + ", no GPUs";
  return text + fmt::format("{}, {} x {}", nodes == 1 ? "" : " each", pool.gpus_per_node, pool.gpu_model);
}

}  // namespace

bool has_same_places(const FleetSpec& known, const FleetSpec& found) {
  return std::ranges::equal(known.sites, found.sites, has_same_pools);
}

std::optional<JobId> first_with_gpus(const State& state) {
  for (const JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    const auto has_gpus = [](const Placement& place) { return place.gpus != 0; };
    if (job.holds_devices() && std::ranges::any_of(job.allocation, has_gpus)) return id;
  }
  return std::nullopt;
}

std::string summary(const FleetSpec& fleet) {
  std::string text;
  for (const SiteSpec& site : fleet.sites) {
    for (const PoolSpec& pool : site.pools) text += (text.empty() ? "" : "; ") + to_text(site, pool);
  }
  return text;
}

}  // namespace dure::server
