// The tenants that whoever wrote a file may name.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/tenancy/tenants.h"

namespace dure::spec {

// All of a tree, or some of it: the others are as if they were not there, in messages too. One thread at a time.
class KnownTenants {
 public:
  // The tree must outlive it.
  KnownTenants(const Tenants& all) : all_(all) {}
  KnownTenants(const Tenants& all, std::function<bool(TenantId)> knows) : all_(all), knows_(std::move(knows)) {}

  const Tenant& operator[](TenantId id) const { return all_[id]; }
  std::optional<TenantId> find(std::string_view path) const;
  // Every path that is known. O(tenants).
  std::vector<std::string_view> paths() const;
  // The one that jobs can belong to, if there is but one. O(tenants) the first time.
  std::optional<TenantId> only() const;
  // The first known tenant below; nullopt if there is none, though there may be others.
  std::optional<TenantId> first_below(TenantId tenant) const;

 private:
  bool knows(TenantId id) const { return !knows_ || knows_(id); }
  std::optional<TenantId> find_only() const;

  const Tenants& all_;
  std::function<bool(TenantId)> knows_;
  mutable std::optional<std::optional<TenantId>> only_;
};

}  // namespace dure::spec
