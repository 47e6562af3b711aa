#include "dure/api/differences.h"

#include <fmt/format.h>

#include <optional>

#include "dure/base/host_list.h"

namespace dure::api {
namespace {

std::string amount_text(std::int64_t milli) {
  return milli == no_limit ? "none" : fmt::format("{:g}", static_cast<double>(milli) / static_cast<double>(whole));
}

// `a 4, b 2`
std::string owners_text(const std::vector<OwnerShare>& owners) {
  std::string text;
  for (const OwnerShare& owner : owners) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", owner.tenant, amount_text(owner.amount_milli));
  }
  return text.empty() ? "none" : text;
}

std::string hosts_text(const std::vector<std::string>& hosts) {
  constexpr std::size_t most_shown = 200;
  if (hosts.empty()) return "generated";
  const std::string text = to_host_list(hosts);
  return text.size() <= most_shown ? text : text.substr(0, most_shown) + "...";
}

// The tenant within which jobs evict each other by priority.
std::string scope_text(const Tenants& tenants, std::optional<TenantId> scope) {
  return scope ? tenants[*scope].path : "none";
}

template <class T>
void tell(std::vector<std::string>& changes, const std::string& where, const char* what, const T& from, const T& to) {
  if (from != to) changes.push_back(fmt::format("~ {}: {} {} -> {}", where, what, from, to));
}

void tell_pool(std::vector<std::string>& changes, const Pool& before, const Pool& after) {
  const PoolSpec& a = before.spec;
  const PoolSpec& b = after.spec;
  const auto of_pool = [&](const char* what, const auto& from, const auto& to) {
    tell(changes, after.path, what, from, to);
  };
  of_pool("kind of GPU", a.gpu_model, b.gpu_model);
  of_pool("MiB of a GPU", a.gpu_memory_mib, b.gpu_memory_mib);
  of_pool("GPUs of a node", a.gpus_per_node, b.gpus_per_node);
  of_pool("CPUs of a node", amount_text(a.cpu_milli), amount_text(b.cpu_milli));
  of_pool("MiB of a node", a.memory_mib, b.memory_mib);
  of_pool("blocks", a.blocks, b.blocks);
  of_pool("racks of a block", a.racks_per_block, b.racks_per_block);
  of_pool("nodes of a rack", a.nodes_per_rack, b.nodes_per_rack);
  if (a.hosts != b.hosts) of_pool("names of nodes", hosts_text(a.hosts), hosts_text(b.hosts));
  of_pool("owners", owners_text(a.owners), owners_text(b.owners));
  of_pool("default time limit", to_text(a.default_time_limit), to_text(b.default_time_limit));
  of_pool("least run time", to_text(a.min_run_time), to_text(b.min_run_time));
  of_pool("reclaim within", to_text(a.reclaim_within), to_text(b.reclaim_within));
}

// What differs, but in nothing that was told.
constexpr const char* same_in_other_words = "~ the same, listed in another way";

}  // namespace

std::vector<std::string> differences(const Tenants& now, const TenantsSpec& spec, const Fleet& fleet) {
  const Tenants next(spec, fleet.pool_paths());
  std::vector<std::string> changes;
  for (std::size_t t = 0; t < now.size(); ++t) {
    const std::string& path = now[id_of<TenantTag>(t)].path;
    if (!next.find(path)) changes.push_back(fmt::format("- {}", path));
  }
  for (std::size_t t = 0; t < next.size(); ++t) {
    const TenantId id = id_of<TenantTag>(t);
    const auto former = now.find(next[id].path);
    if (!former) changes.push_back(fmt::format("+ {}", next[id].path));
    const std::uint32_t weight = former ? now[*former].weight : 1;
    tell(changes, next[id].path, "weight", weight, next[id].weight);
    const Fairness fairness = former ? now[*former].fairness : next[id].fairness;
    tell(changes, next[id].path, "fairness", to_text(fairness), to_text(next[id].fairness));
    const std::optional<TenantId> former_scope = former ? now[*former].preempts_within : std::nullopt;
    tell(changes, next[id].path, "preempts within", scope_text(now, former_scope),
         scope_text(next, next[id].preempts_within));
    for (std::size_t p = 0; p < fleet.pools().size(); ++p) {
      const PoolId pool = id_of<PoolTag>(p);
      const Quota before = former ? now.quota(*former, pool) : Quota{};
      const Quota& after = next.quota(id, pool);
      const std::string where = fmt::format("{} in {}", next[id].path, fleet.pool(pool).path);
      tell(changes, where, "guarantee", amount_text(before.guarantee_milli), amount_text(after.guarantee_milli));
      tell(changes, where, "racks", before.racks, after.racks);
      tell(changes, where, "limit", amount_text(before.limit_milli), amount_text(after.limit_milli));
    }
  }
  tell(changes, "all tenants", "half-life", to_text(now.spec().half_life), to_text(spec.half_life));
  if (changes.empty() && now.spec() != spec) changes.emplace_back(same_in_other_words);
  return changes;
}

std::vector<std::string> differences(const Fleet& now, const FleetSpec& spec) {
  const Fleet next(spec);
  std::vector<std::string> changes;
  tell(changes, "fleet", "name", now.spec().name, spec.name);
  for (const Pool& pool : now.pools()) {
    if (!next.find_pool(pool.path)) changes.push_back(fmt::format("- {}", pool.path));
  }
  for (const Pool& pool : next.pools()) {
    const auto before = now.find_pool(pool.path);
    if (before) {
      tell_pool(changes, now.pool(*before), pool);
    } else {
      changes.push_back(fmt::format("+ {}", pool.path));
    }
  }
  if (changes.empty() && now.spec() != spec) changes.emplace_back(same_in_other_words);
  return changes;
}

}  // namespace dure::api
