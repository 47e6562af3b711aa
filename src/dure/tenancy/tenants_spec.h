// The tenant tree as it is declared. What a TenantsDeclared fact carries and a tenants file says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/time.h"

namespace dure {

// What a tenant has in one pool, in thousandths of a GPU (of a CPU in a pool without GPUs).
struct QuotaSpec {
  std::string pool;  // `site/pool`
  std::optional<std::int64_t> guarantee_milli;
  std::optional<std::int64_t> limit_milli;

  bool operator==(const QuotaSpec&) const = default;
};

struct TenantSpec {
  std::string name;               // without `/`
  std::uint32_t weight = 1;       // >= 1; how idle capacity is divided among siblings
  std::vector<QuotaSpec> quotas;  // at most one per pool
  std::vector<TenantSpec> children;

  bool operator==(const TenantSpec&) const = default;
};

struct TenantsSpec {
  std::vector<TenantSpec> roots;
  Duration half_life = days(7);  // after which use counts half in the order of tenants; > 0

  bool operator==(const TenantsSpec&) const = default;
};

template <class Archive>
void fields(Archive& archive, Like<QuotaSpec> auto& quota) {
  archive(quota.pool);
  archive(quota.guarantee_milli);
  archive(quota.limit_milli);
}

template <class Archive>
void fields(Archive& archive, Like<TenantSpec> auto& tenant) {
  archive(tenant.name);
  archive(tenant.weight);
  archive(tenant.quotas);
  archive(tenant.children);
}

template <class Archive>
void fields(Archive& archive, Like<TenantsSpec> auto& tenants) {
  archive(tenants.roots);
  archive(tenants.half_life);
}

}  // namespace dure
