#include "dure/spec/known_tenants.h"

namespace dure::spec {

std::optional<TenantId> KnownTenants::find(std::string_view path) const {
  const auto found = all_.find(path);
  return found && knows(*found) ? found : std::nullopt;
}

std::vector<std::string_view> KnownTenants::paths() const {
  std::vector<std::string_view> paths;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (knows(id_of<TenantTag>(i))) paths.push_back(all_[id_of<TenantTag>(i)].path);
  }
  return paths;
}

std::optional<TenantId> KnownTenants::only() const {
  if (!only_) only_ = find_only();
  return *only_;
}

std::optional<TenantId> KnownTenants::find_only() const {
  std::optional<TenantId> only;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const TenantId id = id_of<TenantTag>(i);
    if (!all_[id].children.empty() || !knows(id)) continue;
    if (only) return std::nullopt;
    only = id;
  }
  return only;
}

std::optional<TenantId> KnownTenants::first_below(TenantId tenant) const {
  for (const TenantId child : all_[tenant].children) {
    if (knows(child)) return child;
  }
  return std::nullopt;
}

}  // namespace dure::spec
