#include "dure/policy/kept_racks.h"

#include <algorithm>
#include <optional>

namespace dure {
namespace {

bool is_one_of(TenantId tenant, std::span<const TenantId> keepers) {
  return std::find(keepers.begin(), keepers.end(), tenant) != keepers.end();
}

// Whether any of it is on a rack that is kept for somebody who matches, and whose tenants the holder is none of.
template <class Matches>
bool is_lent(const State& state, PoolId id, TenantId holder, const Allocation& allocation, const Matches& matches) {
  const Tenants& tenants = state.tenants();
  if (tenants.kept_racks(id) == 0) return false;
  const Pool& pool = state.fleet().pool(id);
  return std::any_of(allocation.begin(), allocation.end(), [&](const Placement& placement) {
    const auto keeper = tenants.keeper(id, pool.domain_of(placement.node, Level::rack));
    return keeper && matches(*keeper) && !tenants.is_within(holder, *keeper);
  });
}

}  // namespace

std::vector<TenantId> keepers_of(const State& state, PoolId pool, const PoolQueue& queue, const Job& job) {
  std::vector<TenantId> keepers;
  if (state.tenants().kept_racks(pool) == 0) return keepers;
  const Shape& shape = state.shape_of(job);
  const std::int64_t wanted = state.amount(shape, pool, shape.tasks_min);
  for (std::optional<TenantId> at = job.tenant; at; at = state.tenants()[*at].parent) {
    const Quota& quota = state.tenants().quota(*at, pool);
    const std::int64_t owed = queue.held(*at) + queue.claimed(*at) + wanted;
    if (quota.racks > 0 && owed <= quota.guarantee_milli) keepers.push_back(*at);
  }
  return keepers;
}

std::vector<GroundId> own_grounds(const State& state, PoolId pool, PoolCapacity& capacity) {
  const Tenants& tenants = state.tenants();
  const std::uint32_t racks = tenants.kept_racks(pool);
  std::vector<GroundId> grounds;
  std::vector<bool> closed(racks);
  for (std::size_t t = 0; racks > 0 && t < tenants.size(); ++t) {
    for (std::uint32_t rack = 0; rack < racks; ++rack) {
      closed[rack] = !tenants.is_within(id_of<TenantTag>(t), *tenants.keeper(pool, rack));
    }
    grounds.push_back(capacity.ground_without(closed));
  }
  return grounds;
}

GroundId racks_of(const State& state, PoolId id, std::span<const TenantId> keepers, PoolCapacity& capacity) {
  const Pool& pool = state.fleet().pool(id);
  std::vector<bool> closed(pool.node_count / pool.nodes_in(Level::rack), true);
  for (std::uint32_t rack = 0; rack < state.tenants().kept_racks(id); ++rack) {
    closed[rack] = !is_one_of(*state.tenants().keeper(id, rack), keepers);
  }
  return capacity.ground_without(closed);
}

bool is_lent_by(const State& state, PoolId pool, std::span<const TenantId> keepers, TenantId holder,
                const Allocation& allocation) {
  return is_lent(state, pool, holder, allocation, [&](TenantId keeper) { return is_one_of(keeper, keepers); });
}

bool is_lent_by_any(const State& state, PoolId pool, TenantId holder, const Allocation& allocation) {
  return is_lent(state, pool, holder, allocation, [](TenantId) { return true; });
}

}  // namespace dure
