// The tenant tree as it is declared. What a TenantsDeclared fact carries and a tenants file says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/time.h"

namespace dure {

// What a tenant has in one pool, in thousandths of a GPU (of a CPU in a pool without GPUs).
struct QuotaSpec {
  std::string pool;  // `site/pool`
  std::optional<std::int64_t> guarantee_milli;
  std::optional<std::int64_t> limit_milli;
  std::optional<std::uint32_t> racks;  // whole ones, which the guarantee covers

  bool operator==(const QuotaSpec&) const = default;
};

// Who goes first of a leaf's jobs of one priority, before the order of jobs by age or length.
enum class Fairness : std::uint8_t {
  none,   // whoever's they are
  users,  // the jobs of the user who has used least of late
};
constexpr Fairness last_of(Fairness) { return Fairness::users; }

// Whom a job may evict that runs for the same tenant, or below it.
enum class Preempt : std::uint8_t {
  none,
  priority,  // jobs of a lower priority
};
constexpr Preempt last_of(Preempt) { return Preempt::priority; }

std::string_view to_text(Fairness fairness);
std::string_view to_text(Preempt preempt);

struct TenantSpec {
  std::string name;               // without `/`
  std::uint32_t weight = 1;       // >= 1; how idle capacity is divided among siblings
  std::vector<QuotaSpec> quotas;  // at most one per pool
  std::vector<TenantSpec> children;
  std::optional<Fairness> fairness;  // of the leaves at or below it; without: as its parent's, or as all have it
  Preempt preempt = Preempt::none;   // among all jobs at or below it

  bool operator==(const TenantSpec&) const = default;
};

struct TenantsSpec {
  std::vector<TenantSpec> roots;
  Duration half_life = days(7);        // after which use counts half in the order of tenants and users; > 0
  Fairness fairness = Fairness::none;  // of who states none

  bool operator==(const TenantsSpec&) const = default;
};

template <class Archive>
void fields(Archive& archive, Like<QuotaSpec> auto& quota) {
  archive(quota.pool);
  archive(quota.guarantee_milli);
  archive(quota.limit_milli);
  if (archive.layout >= Layout::racks) archive(quota.racks);
}

template <class Archive>
void fields(Archive& archive, Like<TenantSpec> auto& tenant) {
  archive(tenant.name);
  archive(tenant.weight);
  archive(tenant.quotas);
  archive(tenant.children);
  if (archive.layout >= Layout::fairness) archive(tenant.fairness), archive(tenant.preempt);
}

template <class Archive>
void fields(Archive& archive, Like<TenantsSpec> auto& tenants) {
  archive(tenants.roots);
  archive(tenants.half_life);
  if (archive.layout >= Layout::fairness) archive(tenants.fairness);
}

}  // namespace dure
