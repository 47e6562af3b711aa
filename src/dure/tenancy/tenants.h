// The tenant tree as ids, numbered in preorder: a tenant's subtree is a range of ids.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/ids.h"
#include "dure/tenancy/tenants_spec.h"

namespace dure {

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

struct Quota {
  std::int64_t guarantee_milli = 0;
  std::int64_t limit_milli = no_limit;
  bool is_lent_to =
      false;  // somebody is guaranteed something who is neither the tenant nor above it: may ask for it back
  std::uint32_t racks = 0;  // kept for it and those below it, the racks of these among them
};

struct Tenant {
  std::string path;  // `organisation/programme/project`
  std::optional<TenantId> parent;
  std::uint32_t weight = 1;
  std::vector<TenantId> children;
  std::vector<Quota> quotas;  // by PoolId
  Fairness fairness = Fairness::none;
  // The highest on its path whose jobs evict each other by priority; the leaf itself if somebody below that one is
  // guaranteed something.
  std::optional<TenantId> preempts_within;

  bool is_leaf() const { return children.empty(); }
  // Whether its jobs wait by users in turn.
  bool takes_turns() const { return is_leaf() && fairness == Fairness::users; }
};

// Constant after construction.
class Tenants {
 public:
  Tenants() = default;
  // `pool_paths[i]` is the path of PoolId i. An inner tenant that states no guarantee for a pool gets the sum of its
  // children's; so it is with racks. Requires a checked spec: names unique among siblings, every quota's pool known.
  Tenants(TenantsSpec spec, std::span<const std::string> pool_paths);

  const TenantsSpec& spec() const { return spec_; }
  std::size_t size() const { return all_.size(); }
  const Tenant& operator[](TenantId id) const { return all_[id.index()]; }
  std::span<const TenantId> roots() const { return roots_; }
  const Quota& quota(TenantId tenant, PoolId pool) const { return all_[tenant.index()].quotas[pool.index()]; }

  // The lowest tenant for whom the rack is kept, counted from the first of the pool; nullopt: for nobody. O(1).
  std::optional<TenantId> keeper(PoolId pool, std::uint32_t rack) const {
    return rack < kept_racks(pool) ? std::optional(kept_racks_[pool.index()][rack]) : std::nullopt;
  }
  // How many racks of the pool are kept for anyone: the first ones.
  std::uint32_t kept_racks(PoolId pool) const {
    return pool.index() < kept_racks_.size() ? static_cast<std::uint32_t>(kept_racks_[pool.index()].size()) : 0;
  }

  // Whether `tenant` is `above` or somewhere below it. O(depth).
  bool is_within(TenantId tenant, TenantId above) const;

  // Returns the tenant with that path. O(log tenants).
  std::optional<TenantId> find(std::string_view path) const;

 private:
  void find_lenders();
  void settle_preemption();
  void keep_racks(std::size_t pools);
  TenantId add(const TenantSpec& spec, std::optional<TenantId> parent, std::span<const std::string> pool_paths);

  TenantsSpec spec_;
  std::vector<Tenant> all_;
  std::vector<TenantId> roots_;
  std::vector<TenantId> by_path_;                  // all of them, their paths ascending
  std::vector<std::vector<TenantId>> kept_racks_;  // by PoolId, then from the pool's first rack on: for whom
};

}  // namespace dure
