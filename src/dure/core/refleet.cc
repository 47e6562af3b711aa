// The fleet is declared anew while there is work on it: nodes and pools were added, or nodes have more or less than
// before.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "dure/core/rack_rules.h"
#include "dure/core/state.h"
#include "dure/fleet/renumbering.h"
#include "dure/work/eligible.h"

namespace dure {
namespace {

// Jobs stay on the nodes that they hold by their place in the pool: it must be the same machine.
bool keeps_its_hosts(const std::vector<std::string>& former, const std::vector<std::string>& now) {
  if (former.empty()) return true;
  const auto kept = static_cast<std::ptrdiff_t>(std::min(former.size(), now.size()));
  return kept > 0 && std::equal(former.begin(), former.begin() + kept, now.begin());
}

// Why the pool cannot become `now`; nullopt if it can.
std::optional<std::string> check_pool(const Pool& former, const Pool& now, EngineKind engine_before,
                                      EngineKind engine) {
  if (engine_before != engine) return "must keep its engine";
  if (former.spec.gpu_model != now.spec.gpu_model || former.has_gpus() != now.has_gpus()) {
    return "must keep its kind of GPU; add another pool for another kind";
  }
  if (former.spec.racks_per_block != now.spec.racks_per_block ||
      former.spec.nodes_per_rack != now.spec.nodes_per_rack) {
    return "must keep its racks as they are; blocks may be added";
  }
  if (!keeps_its_hosts(former.spec.hosts, now.spec.hosts)) {
    return "must keep the names of its nodes in their order; new ones may be added at the end";
  }
  return std::nullopt;
}

// Books what the job holds, piece by piece: a node may hold several. Returns false at the first piece that the new
// fleet has no room for beside what `occupancy` has already.
bool book_again(const Job& job, const Demand& per_task, const Renumbering& renumbering, const Fleet& next,
                Occupancy& occupancy) {
  const Pool& pool = next.pool(renumbering.pool(job.pool));
  const std::uint64_t devices = all_devices(pool.spec.gpus_per_node);
  for (Placement placement : job.allocation) {
    placement.node = renumbering.node(job.pool, placement.node);
    if (!pool.contains(placement.node) || (placement.gpus & ~devices) != 0) return false;
    const bool has_room = placement.tasks * per_task.cpu_milli <= occupancy.free_cpu_milli(placement.node) &&
                          (pool.spec.memory_mib == 0 ||
                           placement.tasks * per_task.memory_mib <= occupancy.free_memory_mib(placement.node));
    if (!has_room) return false;
    occupancy.book(placement, per_task);
  }
  return true;
}

bool is_eligible_somewhere(Shape shape, const Renumbering& renumbering, const Fleet& next) {
  renumbering.renumber(shape.pools);
  for (std::size_t i = 0; i < next.pools().size(); ++i) {
    if (is_eligible(shape, next, id_of<PoolTag>(i))) return true;
  }
  return false;
}

Result<void> check_guarantees(const TenantsSpec& spec, const Fleet& next) {
  const Tenants tenants(spec, next.pool_paths());
  for (std::size_t p = 0; p < next.pools().size(); ++p) {
    std::int64_t guaranteed = 0;
    for (const TenantId root : tenants.roots()) guaranteed += tenants.quota(root, id_of<PoolTag>(p)).guarantee_milli;
    const Pool& pool = next.pools()[p];
    if (guaranteed <= pool.capacity()) continue;
    return fail(
        Code::invalid_argument,
        fmt::format("pool {} would have {} {} and {} are guaranteed to tenants; lower those first", pool.path,
                    pool.capacity() / whole, pool.has_gpus() ? "GPUs" : "CPUs", (guaranteed + whole - 1) / whole));
  }
  return {};
}

}  // namespace

Result<void> State::check_fleet(const FleetSpec& spec) const {
  if (auto checked = check_kinds(spec); !checked) return checked;
  if (fleet_.pools().empty()) return {};
  const Fleet next(spec);
  for (const Pool& former : fleet_.pools()) {
    const auto found = next.find_pool(former.path);
    if (!found) {
      return fail(Code::invalid_argument,
                  fmt::format("pool {} must stay; drain its nodes to give no more of it out", former.path));
    }
    const Pool& now = next.pool(*found);
    const auto problem =
        check_pool(former, now, fleet_.sites()[former.site.index()].engine, next.sites()[now.site.index()].engine);
    if (problem) return fail(Code::invalid_argument, fmt::format("pool {} {}", former.path, *problem));
  }
  if (auto checked = check_guarantees(tenants_.spec(), next); !checked) return checked;
  if (auto checked = check_racks(tenants_.spec(), next); !checked) return checked;
  const Renumbering renumbering(fleet_, next);
  for (const auto& [id, window] : windows_) {
    for (const NodeId node : window.nodes) {
      const PoolId pool = fleet_.pool_of(node);
      if (next.pool(renumbering.pool(pool)).contains(renumbering.node(pool, node))) continue;
      return fail(Code::invalid_argument, fmt::format("window {} is on node {}, which would be gone; close it first",
                                                      window.name, fleet_.node_name(node)));
    }
  }
  Occupancy occupancy(next);
  for (const JobId id : jobs_.sorted_ids()) {
    const Job& job = jobs_[id];
    const Shape& shape = shape_of(job);
    if (!is_eligible_somewhere(shape, renumbering, next)) {
      return fail(Code::invalid_argument, fmt::format("job {} would fit nowhere any more; cancel it first", id.value));
    }
    if (!job.holds_devices()) continue;
    if (!book_again(job, shape.per_task, renumbering, next, occupancy)) {
      return fail(Code::invalid_argument,
                  fmt::format("job {} holds what would be gone; wait until it has ended, or cancel it", id.value));
    }
  }
  return {};
}

// O(jobs + nodes + tenants x pools), when an operator changes the fleet.
void State::move_to(Fleet next) {
  const Renumbering renumbering(fleet_, next);
  const Fleet former = std::exchange(fleet_, std::move(next));
  const std::size_t pools_before = former.pools().size();
  const std::size_t pools = fleet_.pools().size();
  const auto used = std::exchange(usage_, std::vector<UsageAccount>(tenants_.size() * pools));
  const auto health = std::exchange(health_, std::vector<NodeHealth>(fleet_.node_count()));
  auto faults = std::exchange(faults_, {});
  for (std::size_t p = 0; p < pools_before; ++p) {
    const PoolId pool = id_of<PoolTag>(p);
    const PoolId now = renumbering.pool(pool);
    for (std::size_t t = 0; t < tenants_.size(); ++t) usage_[t * pools + now.index()] = used[t * pools_before + p];
    const std::uint32_t kept = std::min(former.pool(pool).node_count, fleet_.pool(now).node_count);
    const NodeId first = former.pool(pool).first_node;
    for (std::uint32_t n = 0; n < kept; ++n) {
      const NodeId node{first.value + n};
      NodeHealth& still = health_[renumbering.node(pool, node).index()];
      still = health[node.index()];
      still.sick &= all_devices(fleet_.pool(now).spec.gpus_per_node);
      const auto found = faults.find(node);
      if (found != faults.end()) faults_[renumbering.node(pool, node)] = std::move(found->second);
    }
  }
  for (auto& [id, window] : windows_) {
    for (NodeId& node : window.nodes) node = renumbering.node(former.pool_of(node), node);
    std::sort(window.nodes.begin(), window.nodes.end());
  }
  tenants_ = Tenants(tenants_.spec(), fleet_.pool_paths());
  shapes_.renumber([&](Shape& shape) { renumbering.renumber(shape.pools); });
  occupancy_.emplace(fleet_);
  for (std::uint32_t node = 0; node < fleet_.node_count(); ++node) update_availability(NodeId{node});
  for (const JobId id : jobs_.sorted_ids()) {
    Job& job = jobs_[id];
    if (!job.holds_devices()) continue;
    renumbering.renumber(job.pool, job.allocation);
    for (const Placement& placement : job.allocation) occupancy_->book(placement, shape_of(job).per_task);
  }
  const UserUsage used_by_users = std::exchange(user_usage_, {});
  for (const auto& [key, account] : used_by_users.all()) {
    user_usage_.insert({key.tenant, renumbering.pool(key.pool), key.user}, account);
  }
  for (FairEviction& eviction : fair_evictions_) eviction.pool = renumbering.pool(eviction.pool);
  declare_to_ledger();
  depart({}, false);      // what it held is told in the former ids
  reservations_.clear();  // promised on other nodes: who is still owed one gets it anew
}

}  // namespace dure
