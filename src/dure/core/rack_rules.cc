#include "dure/core/rack_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace dure {
namespace {

// What a tenant has in one pool, or those below it together.
struct Share {
  std::int64_t guarantee_milli = 0;
  std::uint64_t racks = 0;
};
using Shares = std::map<std::string, Share>;  // by the path of the pool

std::string counted(std::uint64_t racks) { return fmt::format("{} rack{}", racks, racks == 1 ? "" : "s"); }

Result<void> check_share(const std::string& tenant, const Pool& pool, const Share& share, std::uint64_t of_children) {
  if (share.racks < of_children) {
    return fail(Code::invalid_argument,
                fmt::format("tenant {} keeps {} of {}, and its children {} together; raise the one or lower the others",
                            tenant, counted(share.racks), pool.path, of_children));
  }
  const std::int64_t rack_milli = pool.node_amount() * pool.nodes_in(Level::rack);
  const std::uint64_t covered = static_cast<std::uint64_t>(share.guarantee_milli / rack_milli);
  const std::uint64_t most = std::min<std::uint64_t>(covered, pool.node_count / pool.nodes_in(Level::rack));
  if (share.racks <= most) return {};
  return fail(
      Code::invalid_argument,
      fmt::format("tenant {} keeps {} of {}, and its guarantee covers {}, of {} {} each; raise the guarantee or "
                  "lower the racks",
                  tenant, counted(share.racks), pool.path, most, rack_milli / whole,
                  pool.has_gpus() ? "GPUs" : "CPUs"));
}

Result<Shares> shares_of(const std::string& path, const TenantSpec& tenant, const Fleet& fleet) {
  Shares below;
  for (const TenantSpec& child : tenant.children) {
    const auto shares = shares_of(path + "/" + child.name, child, fleet);
    if (!shares) return shares;
    for (const auto& [pool, share] : *shares) {
      below[pool].guarantee_milli += share.guarantee_milli;
      below[pool].racks += share.racks;
    }
  }
  Shares own = below;
  for (const QuotaSpec& quota : tenant.quotas) {
    Share& share = own[quota.pool];
    share.guarantee_milli = quota.guarantee_milli.value_or(share.guarantee_milli);
    share.racks = quota.racks.value_or(share.racks);
  }
  for (const auto& [pool_path, share] : own) {
    const auto pool = fleet.find_pool(pool_path);
    if (!pool) continue;  // of such a quota others complain
    if (auto checked = check_share(path, fleet.pool(*pool), share, below[pool_path].racks); !checked) {
      return tl::unexpected(checked.error());
    }
  }
  return own;
}

}  // namespace

Result<void> check_racks(const TenantsSpec& spec, const Fleet& fleet) {
  for (const TenantSpec& root : spec.roots) {
    if (const auto shares = shares_of(root.name, root, fleet); !shares) return tl::unexpected(shares.error());
  }
  return {};
}

bool fits_beside_kept_racks(const Tenants& tenants, const Fleet& fleet, PoolId id, TenantId tenant,
                            const Shape& shape) {
  if (tenants.kept_racks(id) == 0) return true;
  const Pool& pool = fleet.pool(id);
  const Placing placing = shape.placing();
  const bool is_in_rack = shape.tasks_min == 1 || shape.within <= Level::rack;
  const std::uint64_t wanted = is_in_rack ? 1 : shape.tasks_min;
  const std::uint64_t in_each = is_in_rack ? 1 : static_cast<std::uint64_t>(pool.most_tasks(placing, Level::rack));
  const std::uint32_t racks_per_block = pool.spec.racks_per_block;
  std::uint64_t in_pool = 0;
  std::uint64_t in_block = 0;
  for (std::uint32_t rack = 0; rack < pool.spec.blocks * racks_per_block; ++rack) {
    const auto keeper = tenants.keeper(id, rack);
    if (!keeper || tenants.is_within(tenant, *keeper)) in_block += in_each;
    if ((rack + 1) % racks_per_block != 0) continue;
    if (placing.ruled_level() == Level::block) in_block = placing.allowed(in_block);
    if (shape.within <= Level::block && in_block >= wanted) return true;
    in_pool += std::exchange(in_block, 0);
  }
  return shape.within == Level::site && in_pool >= wanted;
}

}  // namespace dure
