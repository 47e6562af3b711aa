#include "dure/api/differences.h"

#include <fmt/format.h>

#include <optional>

namespace dure::api {

std::vector<std::string> differences(const Tenants& now, const TenantsSpec& spec, const Fleet& fleet) {
  const Tenants next(spec, fleet.pool_paths());
  std::vector<std::string> changes;
  for (std::size_t t = 0; t < now.size(); ++t) {
    const std::string& path = now[id_of<TenantTag>(t)].path;
    if (!next.find(path)) changes.push_back(fmt::format("- {}", path));
  }
  const auto quota_text = [&](std::int64_t milli) {
    return milli == no_limit ? std::string("none")
                             : fmt::format("{:g}", static_cast<double>(milli) / static_cast<double>(whole));
  };
  for (std::size_t t = 0; t < next.size(); ++t) {
    const TenantId id = id_of<TenantTag>(t);
    const auto former = now.find(next[id].path);
    if (!former) changes.push_back(fmt::format("+ {}", next[id].path));
    const std::uint32_t weight = former ? now[*former].weight : 1;
    if (weight != next[id].weight)
      changes.push_back(fmt::format("~ {}: weight {} -> {}", next[id].path, weight, next[id].weight));
    for (std::size_t p = 0; p < fleet.pools().size(); ++p) {
      const PoolId pool = id_of<PoolTag>(p);
      const Quota before = former ? now.quota(*former, pool) : Quota{};
      const Quota& after = next.quota(id, pool);
      const auto tell = [&](const char* what, std::int64_t from, std::int64_t to) {
        if (from == to) return;
        changes.push_back(fmt::format("~ {}: {} in {} {} -> {}", next[id].path, what, fleet.pool(pool).path,
                                      quota_text(from), quota_text(to)));
      };
      tell("guarantee", before.guarantee_milli, after.guarantee_milli);
      tell("limit", before.limit_milli, after.limit_milli);
    }
  }
  return changes;
}

std::vector<std::string> differences(const Fleet& now, const FleetSpec& spec) {
  const Fleet next(spec);
  std::vector<std::string> changes;
  for (const Pool& pool : now.pools()) {
    if (!next.find_pool(pool.path)) changes.push_back(fmt::format("- {}", pool.path));
  }
  for (const Pool& pool : next.pools()) {
    const auto found = now.find_pool(pool.path);
    if (!found) changes.push_back(fmt::format("+ {}", pool.path));
    const Pool& before = found ? now.pool(*found) : pool;
    const auto tell = [&](const char* what, const auto& from, const auto& to) {
      if (from != to) changes.push_back(fmt::format("~ {}: {} {} -> {}", pool.path, what, from, to));
    };
    tell("kind of GPU", before.spec.gpu_model, pool.spec.gpu_model);
    tell("nodes", before.node_count, pool.node_count);
    tell("GPUs of a node", before.spec.gpus_per_node, pool.spec.gpus_per_node);
    tell("thousandths of CPUs of a node", before.spec.cpu_milli, pool.spec.cpu_milli);
    tell("MiB of a node", before.spec.memory_mib, pool.spec.memory_mib);
    tell("nodes of a rack", before.spec.nodes_per_rack, pool.spec.nodes_per_rack);
    tell("default time limit", to_text(before.spec.default_time_limit), to_text(pool.spec.default_time_limit));
    tell("reclaim within", to_text(before.spec.reclaim_within), to_text(pool.spec.reclaim_within));
  }
  return changes;
}

}  // namespace dure::api
