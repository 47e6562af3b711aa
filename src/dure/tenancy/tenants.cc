#include "dure/tenancy/tenants.h"

#include <algorithm>

#include "dure/base/assert.h"

namespace dure {

Tenants::Tenants(TenantsSpec spec, std::span<const std::string> pool_paths) : spec_(std::move(spec)) {
  for (const TenantSpec& root : spec_.roots) roots_.push_back(add(root, std::nullopt, pool_paths));
}

TenantId Tenants::add(const TenantSpec& spec, std::optional<TenantId> parent, std::span<const std::string> pool_paths) {
  const TenantId id = id_of<TenantTag>(all_.size());
  all_.push_back({.path = parent ? all_[parent->index()].path + "/" + spec.name : spec.name,
                  .parent = parent,
                  .weight = spec.weight,
                  .children = {},
                  .quotas = std::vector<Quota>(pool_paths.size())});
  std::vector<TenantId> children;
  for (const TenantSpec& child : spec.children) children.push_back(add(child, id, pool_paths));

  std::vector<bool> stated(pool_paths.size(), false);
  std::vector<Quota>& quotas = all_[id.index()].quotas;
  for (const QuotaSpec& quota : spec.quotas) {
    const auto found = std::find(pool_paths.begin(), pool_paths.end(), quota.pool);
    DURE_ASSERT(found != pool_paths.end());
    const auto pool = static_cast<std::size_t>(found - pool_paths.begin());
    stated[pool] = quota.guarantee_milli.has_value();
    quotas[pool] = {.guarantee_milli = quota.guarantee_milli.value_or(0),
                    .limit_milli = quota.limit_milli.value_or(no_limit)};
  }
  for (std::size_t pool = 0; pool < pool_paths.size(); ++pool) {
    if (stated[pool]) continue;
    for (TenantId child : children) quotas[pool].guarantee_milli += all_[child.index()].quotas[pool].guarantee_milli;
  }
  all_[id.index()].children = std::move(children);
  return id;
}

bool Tenants::is_within(TenantId tenant, TenantId above) const {
  std::optional<TenantId> at = tenant;
  while (at && *at != above) at = all_[at->index()].parent;
  return at.has_value();
}

std::optional<TenantId> Tenants::find(std::string_view path) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const Tenant& tenant) { return tenant.path == path; });
  if (found == all_.end()) return std::nullopt;
  return id_of<TenantTag>(static_cast<std::size_t>(found - all_.begin()));
}

}  // namespace dure
