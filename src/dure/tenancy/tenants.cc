#include "dure/tenancy/tenants.h"

#include <algorithm>

#include "dure/base/assert.h"

namespace dure {

std::string_view to_text(Fairness fairness) { return fairness == Fairness::users ? "users" : "none"; }

std::string_view to_text(Preempt preempt) { return preempt == Preempt::priority ? "priority" : "none"; }

Tenants::Tenants(TenantsSpec spec, std::span<const std::string> pool_paths) : spec_(std::move(spec)) {
  for (const TenantSpec& root : spec_.roots) roots_.push_back(add(root, std::nullopt, pool_paths));
  if (!all_.empty()) find_lenders();
  settle_preemption();
  keep_racks(pool_paths.size());
  for (std::size_t i = 0; i < all_.size(); ++i) by_path_.push_back(id_of<TenantTag>(i));
  std::sort(by_path_.begin(), by_path_.end(),
            [&](TenantId a, TenantId b) { return all_[a.index()].path < all_[b.index()].path; });
}

TenantId Tenants::add(const TenantSpec& spec, std::optional<TenantId> parent, std::span<const std::string> pool_paths) {
  const TenantId id = id_of<TenantTag>(all_.size());
  all_.push_back({.path = parent ? all_[parent->index()].path + "/" + spec.name : spec.name,
                  .parent = parent,
                  .weight = spec.weight,
                  .children = {},
                  .quotas = std::vector<Quota>(pool_paths.size()),
                  .fairness = spec.fairness.value_or(parent ? all_[parent->index()].fairness : spec_.fairness),
                  .preempts_within = parent ? all_[parent->index()].preempts_within : std::nullopt});
  Tenant& added = all_.back();
  if (!added.preempts_within && spec.preempt == Preempt::priority) added.preempts_within = id;
  std::vector<TenantId> children;
  for (const TenantSpec& child : spec.children) children.push_back(add(child, id, pool_paths));

  std::vector<bool> stated(pool_paths.size(), false);
  std::vector<bool> states_racks(pool_paths.size(), false);
  std::vector<Quota>& quotas = all_[id.index()].quotas;
  for (const QuotaSpec& quota : spec.quotas) {
    const auto found = std::find(pool_paths.begin(), pool_paths.end(), quota.pool);
    DURE_ASSERT(found != pool_paths.end());
    const auto pool = static_cast<std::size_t>(found - pool_paths.begin());
    stated[pool] = quota.guarantee_milli.has_value();
    states_racks[pool] = quota.racks.has_value();
    quotas[pool] = {.guarantee_milli = quota.guarantee_milli.value_or(0),
                    .limit_milli = quota.limit_milli.value_or(no_limit),
                    .racks = quota.racks.value_or(0)};
  }
  for (std::size_t pool = 0; pool < pool_paths.size(); ++pool) {
    for (TenantId child : children) {
      const Quota& theirs = all_[child.index()].quotas[pool];
      if (!stated[pool]) quotas[pool].guarantee_milli += theirs.guarantee_milli;
      if (!states_racks[pool]) quotas[pool].racks += theirs.racks;
    }
  }
  all_[id.index()].children = std::move(children);
  return id;
}

// O(tenants x pools): parents have lower numbers.
void Tenants::find_lenders() {
  for (std::size_t pool = 0; pool < all_.front().quotas.size(); ++pool) {
    const auto is_guaranteed = [&](const Tenant& tenant) { return tenant.quotas[pool].guarantee_milli > 0; };
    const auto guaranteed = std::count_if(all_.begin(), all_.end(), is_guaranteed);
    std::vector<std::ptrdiff_t> on_path(all_.size());
    for (std::size_t t = 0; t < all_.size(); ++t) {
      on_path[t] = (all_[t].parent ? on_path[all_[t].parent->index()] : 0) + (is_guaranteed(all_[t]) ? 1 : 0);
      all_[t].quotas[pool].is_lent_to = on_path[t] < guaranteed;
    }
  }
}

// Where somebody below is guaranteed something, what priority takes a guarantee could take back, and so on in a circle:
// there priority counts within each leaf alone. O(tenants x pools).
void Tenants::settle_preemption() {
  std::vector<bool> has_guarantees_below(all_.size());
  for (std::size_t t = all_.size(); t-- > 0;) {
    const auto& quotas = all_[t].quotas;
    const bool is_guaranteed =
        std::any_of(quotas.begin(), quotas.end(), [](const Quota& quota) { return quota.guarantee_milli > 0; });
    if (!all_[t].parent) continue;
    const std::size_t parent = all_[t].parent->index();
    has_guarantees_below[parent] = has_guarantees_below[parent] || is_guaranteed || has_guarantees_below[t];
  }
  for (std::size_t t = 0; t < all_.size(); ++t) {
    std::optional<TenantId>& within = all_[t].preempts_within;
    if (!within || !has_guarantees_below[within->index()]) continue;
    within = all_[t].is_leaf() ? std::optional(id_of<TenantTag>(t)) : std::nullopt;
  }
}

// In preorder, a tenant's own before those of its children: all that it has lie side by side. O(tenants x pools +
// racks).
void Tenants::keep_racks(std::size_t pools) {
  kept_racks_.resize(pools);
  for (std::size_t t = 0; t < all_.size(); ++t) {
    for (std::size_t pool = 0; pool < pools; ++pool) {
      std::uint32_t own = all_[t].quotas[pool].racks;
      for (const TenantId child : all_[t].children) own -= all_[child.index()].quotas[pool].racks;
      kept_racks_[pool].insert(kept_racks_[pool].end(), own, id_of<TenantTag>(t));
    }
  }
}

bool Tenants::is_within(TenantId tenant, TenantId above) const {
  std::optional<TenantId> at = tenant;
  while (at && *at != above) at = all_[at->index()].parent;
  return at.has_value();
}

std::optional<TenantId> Tenants::find(std::string_view path) const {
  const auto found =
      std::lower_bound(by_path_.begin(), by_path_.end(), path,
                       [&](TenantId tenant, std::string_view at) { return all_[tenant.index()].path < at; });
  if (found == by_path_.end() || all_[found->index()].path != path) return std::nullopt;
  return *found;
}

}  // namespace dure
