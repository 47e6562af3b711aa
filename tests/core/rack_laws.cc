// The laws of racks that are kept for tenants (docs/design/0020).
#include <algorithm>

#include "laws.h"

namespace dure {

// Those on the path for whom racks are kept and whose guarantee covers the job.
std::vector<TenantId> Laws::keepers(const Job& job, PoolId pool) const {
  std::vector<TenantId> found;
  for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) {
    const Quota& quota = state_.tenants().quota(*at, pool);
    const std::int64_t owed = state_.usage(*at, pool).held_milli + taken_back_for(*at, pool) + wanted(job, pool);
    if (quota.racks > 0 && owed <= quota.guarantee_milli) found.push_back(*at);
  }
  return found;
}

bool Laws::is_guest(TenantId tenant, PoolId id, const Allocation& there, const std::vector<TenantId>* keepers) const {
  const Pool& pool = state_.fleet().pool(id);
  return std::any_of(there.begin(), there.end(), [&](const Placement& placement) {
    const auto keeper =
        state_.tenants().keeper(id, (placement.node.value - pool.first_node.value) / pool.spec.nodes_per_rack);
    if (!keeper || state_.tenants().is_within(tenant, *keeper)) return false;
    return keepers == nullptr || std::find(keepers->begin(), keepers->end(), *keeper) != keepers->end();
  });
}

// Who could not be had back in time is no guest, but in a window that it names.
bool Laws::is_kept_from(const Job& job, NodeId node) const {
  const PoolId pool = state_.fleet().pool_of(node);
  const PoolSpec& spec = state_.fleet().pool(pool).spec;
  if (state_.shape_of(job).window || job.grace() + spec.min_run_time <= spec.reclaim_within) return false;
  return is_guest(job.tenant, pool, {{.node = node}}, nullptr);
}

bool Laws::is_on_rack_of(NodeId node, const std::vector<TenantId>& keepers) const {
  const PoolId id = state_.fleet().pool_of(node);
  const Pool& pool = state_.fleet().pool(id);
  const auto keeper = state_.tenants().keeper(id, (node.value - pool.first_node.value) / pool.spec.nodes_per_rack);
  return keeper && std::find(keepers.begin(), keepers.end(), *keeper) != keepers.end();
}

// To whom something is promised on the racks of others.
Laws::Jobs Laws::guests_promised(const std::vector<TenantId>& keepers, PoolId pool) const {
  Jobs guests;
  for (const auto& [id, promise] : state_.reservations()) {
    const bool is_there = promise.pool == pool;
    if (is_there && is_guest(state_.jobs()[id].tenant, pool, promise.allocation, &keepers)) guests.insert(id);
  }
  return guests;
}

// Whether it may have been by right of its racks that the victims of this turn go: all are guests there, and what it
// gets is there.
bool Laws::is_by_racks(const std::vector<TenantId>& keepers, PoolId pool, const Allocation& place) const {
  return std::all_of(place.begin(), place.end(),
                     [&](const Placement& at) { return is_on_rack_of(at.node, keepers); }) &&
         std::all_of(victims_.begin(), victims_.end(), [&](JobId id) {
           return is_guest(state_.jobs()[id].tenant, pool, state_.jobs()[id].allocation, &keepers);
         });
}

// Invariant 3, of racks: who would fit on the racks of its tenants without guests, and without what is promised to
// guests there, runs or is promised a start as soon as the longest grace allows, whatever the time limits of others.
void Laws::racks_are_had(const Job& job, PoolId pool) {
  const std::vector<TenantId> kept_for = keepers(job, pool);
  if (kept_for.empty() || !is_in_time(job, pool)) return;
  Jobs gone;
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& other = state_.jobs()[id];
    if (!is_in_time(job, pool, other.grace())) continue;
    if (other.holds_devices() && other.pool == pool && is_guest(other.tenant, pool, other.allocation, &kept_for)) {
      gone.insert(id);
    }
  }
  Jobs yielding = yielding_to(job.id, pool, Promise::reclaim);
  yielding.merge(guests_promised(kept_for, pool));
  ++racks_asked_;
  expect(!fits(books(pool, yielding, {}, gone), job, Fences::after_stops, &kept_for), job.id,
         "invariant 3: waits for a rack that is kept for its tenant");
}

}  // namespace dure
