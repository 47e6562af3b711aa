#include "dure/simulate/variants.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dure/tenancy/tenants.h"

namespace dure::simulate {
namespace {

std::uint32_t rounded_up(std::uint64_t amount, std::uint64_t n) {
  return static_cast<std::uint32_t>((amount + n - 1) / n);
}

void scale_pool(PoolSpec& pool, std::uint32_t n) {
  const std::uint32_t per_block = rounded_up(std::uint64_t{pool.racks_per_block} * pool.nodes_per_rack, n);
  pool.racks_per_block = rounded_up(per_block, pool.nodes_per_rack);
  pool.nodes_per_rack = rounded_up(per_block, pool.racks_per_block);
  if (!pool.hosts.empty()) pool.hosts.resize(std::min<std::uint64_t>(pool.hosts.size(), pool.node_count()));
  for (OwnerShare& share : pool.owners) share.amount_milli /= n;
}

void scale_tenant(TenantSpec& tenant, const Fleet& fleet, std::uint32_t n) {
  for (QuotaSpec& quota : tenant.quotas) {
    const std::int64_t node = fleet.pool(*fleet.find_pool(quota.pool)).node_amount();
    if (quota.guarantee_milli) *quota.guarantee_milli /= n;
    if (quota.racks) *quota.racks /= n;
    if (quota.limit_milli) quota.limit_milli = std::max(*quota.limit_milli / n, std::min(*quota.limit_milli, node));
  }
  for (TenantSpec& child : tenant.children) scale_tenant(child, fleet, n);
}

// Weights in proportion to `parts`, the largest of them 10^8.
std::vector<std::uint32_t> as_weights(const std::vector<double>& parts) {
  constexpr double largest = 1e8;
  const double most = *std::max_element(parts.begin(), parts.end());
  std::vector<std::uint32_t> weights;
  for (const double part : parts)
    weights.push_back(std::max(1u, static_cast<std::uint32_t>(part / most * largest + 0.5)));
  return weights;
}

// Makes gangs narrower. Returns how many times as many jobs there must then be for the same work.
double narrow(DemandClass& demand_class, std::uint32_t n) {
  double weight_before = 0;
  double weight_after = 0;
  std::vector<double> parts;
  for (auto& [tasks, weight] : demand_class.tasks) {
    const std::uint32_t fewer = std::max(1u, tasks / n);
    parts.push_back(static_cast<double>(weight) * tasks / fewer);
    weight_before += weight;
    weight_after += parts.back();
    tasks = fewer;
  }
  const std::vector<std::uint32_t> weights = as_weights(parts);
  for (std::size_t i = 0; i < weights.size(); ++i) demand_class.tasks[i].second = weights[i];
  return weight_after / weight_before;
}

// The part of the duration in which the class brings jobs.
double part_of(const DemandClass& demand_class, Duration duration) {
  const Duration until = std::min(demand_class.until.value_or(duration), duration);
  const Duration lasts = std::max(until - demand_class.from, Duration{});
  return static_cast<double>(lasts.ns) / static_cast<double>(duration.ns);
}

void scale_demand(DemandSpec& demand, std::uint32_t n) {
  double jobs_before = 0;
  double jobs_after = 0;
  std::vector<double> parts;
  for (DemandClass& demand_class : demand.classes) {
    const double part = part_of(demand_class, demand.duration);
    parts.push_back(demand_class.share * narrow(demand_class, n));
    jobs_before += demand_class.share * part;
    jobs_after += parts.back() * part;
  }
  const std::vector<std::uint32_t> shares = as_weights(parts);
  for (std::size_t i = 0; i < shares.size(); ++i) demand.classes[i].share = shares[i];
  const double jobs = static_cast<double>(demand.jobs) / n * (jobs_after / jobs_before);
  demand.jobs = std::max(std::uint64_t{1}, static_cast<std::uint64_t>(jobs + 0.5));
}

template <class Change>
void for_each_tree(Scenario& scenario, const Change& change) {
  if (scenario.tenants) change(*scenario.tenants);
  for (TenantsThen& then : scenario.then) change(then.tenants);
}

void hold_to_guarantees(TenantsSpec& spec, const Fleet& fleet) {
  const Tenants tenants(spec, fleet.pool_paths());
  for (std::size_t i = 0; i < spec.roots.size(); ++i) {
    std::vector<QuotaSpec>& quotas = spec.roots[i].quotas;
    for (std::size_t p = 0; p < fleet.pools().size(); ++p) {
      const Quota& quota = tenants.quota(tenants.roots()[i], id_of<PoolTag>(p));
      const std::string& path = fleet.pools()[p].path;
      auto own =
          std::find_if(quotas.begin(), quotas.end(), [&](const QuotaSpec& quota_of) { return quota_of.pool == path; });
      if (own == quotas.end()) own = quotas.insert(quotas.end(), {.pool = path});
      own->limit_milli = std::min(quota.limit_milli, quota.guarantee_milli);
    }
  }
}

}  // namespace

void scale_down(Scenario& scenario, std::uint32_t n) {
  const Fleet fleet(scenario.fleet);
  for_each_tree(scenario, [&](TenantsSpec& spec) {
    for (TenantSpec& root : spec.roots) scale_tenant(root, fleet, n);
  });
  for (SiteSpec& site : scenario.fleet.sites) {
    for (PoolSpec& pool : site.pools) scale_pool(pool, n);
  }
  scale_demand(std::get<DemandSpec>(scenario.work), n);
}

void end_lending(Scenario& scenario, const Fleet& fleet) {
  for_each_tree(scenario, [&](TenantsSpec& spec) { hold_to_guarantees(spec, fleet); });
}

}  // namespace dure::simulate
