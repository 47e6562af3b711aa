#include "storm_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "chance.h"

namespace dure {
namespace {

PoolSpec random_pool(Random& random, std::string name, std::uint32_t most) {
  const bool cpu_only = one_in(random, 8);
  return {.name = std::move(name),
          .gpu_model = cpu_only ? "" : "X",
          .gpus_per_node = cpu_only ? 0u : pick<std::uint32_t>(random, {1, 2, 4, 4, 8}),
          .cpu_milli = pick<std::int64_t>(random, {4000, 8000, 16'000, 32'000}),
          .memory_mib = pick<std::int64_t>(random, {0, 0, 64}),
          .blocks = static_cast<std::uint32_t>(1 + random.below(2)),
          .racks_per_block = static_cast<std::uint32_t>(1 + random.below(most)),
          .nodes_per_rack = static_cast<std::uint32_t>(1 + random.below(most + 1)),
          .reclaim_within = pick(random, {minutes(10), minutes(10), minutes(10), seconds(30)}),
          .min_run_time = pick(random, {minutes(0), minutes(0), minutes(0), minutes(5)})};
}

std::int64_t node_amount(const PoolSpec& pool) {
  return pool.gpus_per_node > 0 ? pool.gpus_per_node * whole : pool.cpu_milli;
}

// So many GPUs that several jobs are a twentieth of them.
void make_roomy(Random& random, PoolSpec& pool) {
  pool.gpu_model = "X";
  pool.gpus_per_node = pick<std::uint32_t>(random, {2, 4, 8, 8});
  pool.memory_mib = 0;
  pool.racks_per_block = 2;
  pool.nodes_per_rack = static_cast<std::uint32_t>(1 + random.below(3));
}

std::int64_t capacity_of(const PoolSpec& pool) {
  return static_cast<std::int64_t>(pool.node_count()) * node_amount(pool);
}

// Some racks of those that `most_milli` covers, and a guarantee that covers them.
void set_racks(Random& random, QuotaSpec& quota, std::int64_t rack_milli, std::int64_t most_milli) {
  const std::int64_t most = most_milli / rack_milli;
  if (most == 0 || one_in(random, 2)) return;
  quota.racks = static_cast<std::uint32_t>(random.between(0, most));
  quota.guarantee_milli = std::max(quota.guarantee_milli.value_or(0), *quota.racks * rack_milli);
}

// A parent that states a guarantee or racks has at least what its children need; the racks of all below it.
std::uint32_t cover_racks(TenantSpec& tenant, const std::string& pool, std::int64_t rack_milli) {
  std::uint32_t below = 0;
  for (TenantSpec& child : tenant.children) below += cover_racks(child, pool, rack_milli);
  for (QuotaSpec& quota : tenant.quotas) {
    if (quota.pool != pool) continue;
    if (quota.racks) quota.racks = std::max(*quota.racks, below);
    const std::uint32_t racks = quota.racks.value_or(below);
    if (quota.guarantee_milli) quota.guarantee_milli = std::max(*quota.guarantee_milli, racks * rack_milli);
    if (quota.limit_milli) quota.limit_milli = std::max(*quota.limit_milli, racks * rack_milli);
    return racks;
  }
  return below;
}

// Guarantees of siblings fit into what their parent may give: `part`, of the capacity of each pool.
void set_quotas(Random& random, TenantSpec& tenant, const FleetSpec& fleet, std::int64_t part) {
  tenant.weight = static_cast<std::uint32_t>(1 + random.below(4));
  tenant.fairness.reset();
  if (one_in(random, 3)) tenant.fairness = pick(random, {Fairness::none, Fairness::users, Fairness::users});
  tenant.preempt = one_in(random, 5) ? Preempt::priority : Preempt::none;
  tenant.quotas.clear();
  for (const SiteSpec& site : fleet.sites) {
    for (const PoolSpec& pool : site.pools) {
      const std::int64_t capacity = capacity_of(pool);
      QuotaSpec quota{.pool = site.name + "/" + pool.name};
      if (!one_in(random, 3)) quota.guarantee_milli = random.between(0, capacity / part) / 500 * 500;
      set_racks(random, quota, node_amount(pool) * pool.nodes_per_rack, capacity / part);
      if (one_in(random, 3)) {
        quota.limit_milli = std::max(quota.guarantee_milli.value_or(0), random.between(capacity / 4, capacity));
      }
      tenant.quotas.push_back(quota);
    }
  }
  const std::int64_t share = part * static_cast<std::int64_t>(tenant.children.size());
  for (TenantSpec& child : tenant.children) set_quotas(random, child, fleet, share);
}

void set_quotas(Random& random, TenantsSpec& tenants, const FleetSpec& fleet) {
  tenants.fairness = pick(random, {Fairness::none, Fairness::users});
  const auto part = static_cast<std::int64_t>(tenants.roots.size());
  for (TenantSpec& root : tenants.roots) {
    set_quotas(random, root, fleet, part);
    for (const SiteSpec& site : fleet.sites) {
      for (const PoolSpec& pool : site.pools) {
        cover_racks(root, site.name + "/" + pool.name, node_amount(pool) * pool.nodes_per_rack);
      }
    }
  }
}

TenantSpec random_tenant(Random& random, std::string name, int depth) {
  TenantSpec tenant{.name = std::move(name)};
  const std::uint64_t children = depth == 2 || one_in(random, 2) ? 0 : 1 + random.below(3);
  for (std::uint64_t c = 0; c < children; ++c) {
    tenant.children.push_back(random_tenant(random, fmt::format("c{}", c), depth + 1));
  }
  return tenant;
}

void clear_limits(TenantSpec& tenant) {
  for (QuotaSpec& quota : tenant.quotas) quota.limit_milli.reset();
  for (TenantSpec& child : tenant.children) clear_limits(child);
}

std::vector<TenantId> leaves_of(const Tenants& tenants) {
  std::vector<TenantId> leaves;
  for (std::size_t t = 0; t < tenants.size(); ++t) {
    if (tenants[id_of<TenantTag>(t)].children.empty()) leaves.push_back(id_of<TenantTag>(t));
  }
  return leaves;
}

Shape random_shape(Random& random, const State& state) {
  Shape shape;
  const bool cpu_only = one_in(random, 8);
  shape.per_task.gpu_milli =
      cpu_only ? 0 : pick<std::int64_t>(random, {250, 500, 700, 1000, 1000, 1000, 1000, 2000, 2000, 4000});
  shape.per_task.cpu_milli = pick<std::int64_t>(random, {cpu_only ? 1000 : 0, 1000, 2000, 3500});
  shape.per_task.memory_mib = pick<std::int64_t>(random, {0, 0, 16, 40});
  shape.tasks_min = pick<std::uint32_t>(random, {1, 1, 1, 1, 2, 3, 4, 8});
  shape.tasks_max = shape.tasks_min + (one_in(random, 5) ? pick<std::uint32_t>(random, {1, 3, 20}) : 0);
  shape.within = pick(random, {Level::site, Level::site, Level::block, Level::rack, Level::node});
  for (std::size_t p = 0; p < state.fleet().pools().size(); ++p) {
    if (one_in(random, 2)) shape.pools.push_back(id_of<PoolTag>(p));
  }
  return shape;
}

}  // namespace

StormWorld random_storm_world(Random& random) {
  StormWorld world{.fleet = {.name = "f", .sites = {}}, .tenants = {}, .options = {}};
  if (one_in(random, 4)) world.jobs = StormJobs::fragmented;
  const std::uint32_t most = one_in(random, 30) ? 6 : 2;
  const std::uint64_t sites = 1 + random.below(2);
  for (std::uint64_t s = 0; s < sites; ++s) {
    SiteSpec site{.name = fmt::format("s{}", s)};
    const std::uint64_t pools = s == 0 ? 1 + random.below(2) : 1;
    for (std::uint64_t p = 0; p < pools; ++p) {
      site.pools.push_back(random_pool(random, fmt::format("p{}", p), most));
      if (world.jobs == StormJobs::fragmented) make_roomy(random, site.pools.back());
    }
    world.fleet.sites.push_back(site);
  }
  world.tenants.half_life = pick(random, {minutes(90), days(1), days(7)});
  const std::uint64_t roots = 1 + random.below(3);
  for (std::uint64_t r = 0; r < roots; ++r) {
    world.tenants.roots.push_back(random_tenant(random, fmt::format("t{}", r), 0));
  }
  set_quotas(random, world.tenants, world.fleet);
  world.options = {.reservations = pick<std::uint32_t>(random, {0, 1, 1, 2, 4}),
                   .reclaims = !one_in(random, 3),
                   .defragments = one_in(random, 2),
                   .fair_evictions = pick<std::uint32_t>(random, {0, 0, 0, 1, 2, 5}),
                   .order = one_in(random, 3) ? LeafOrder::shortest : LeafOrder::oldest};
  if (world.jobs == StormJobs::fragmented) {
    world.options.defragments = true;
    world.options.reservations = std::max(world.options.reservations, 1u);
  }
  return world;
}

TenantsSpec edited(Random& random, TenantsSpec tenants, const FleetSpec& fleet) {
  if (one_in(random, 3)) {
    tenants.roots.push_back({.name = fmt::format("n{}", tenants.roots.size())});
  } else if (one_in(random, 6) && tenants.roots.size() > 1) {
    tenants.roots.pop_back();
  }
  set_quotas(random, tenants, fleet);
  return tenants;
}

TenantsSpec without_limits(TenantsSpec tenants) {
  for (TenantSpec& root : tenants.roots) clear_limits(root);
  return tenants;
}

FleetSpec edited(Random& random, FleetSpec fleet) {
  SiteSpec& site = fleet.sites[random.below(fleet.sites.size())];
  PoolSpec& pool = site.pools[random.below(site.pools.size())];
  switch (random.below(5)) {
    case 0: ++pool.blocks; break;
    case 1: pool.cpu_milli = std::max<std::int64_t>(4000, pool.cpu_milli + pick(random, {-4000, 4000})); break;
    case 2: pool.gpus_per_node += pool.gpus_per_node > 0 && pool.gpus_per_node < 8 ? 1u : 0u; break;
    case 3: std::reverse(fleet.sites.begin(), fleet.sites.end()); break;
    default:
      if (site.pools.size() < 3)
        site.pools.insert(site.pools.begin(), random_pool(random, fmt::format("q{}", site.pools.size()), 1));
  }
  return fleet;
}

Window random_window(Random& random, const State& state, std::vector<NodeId> nodes, Time now) {
  const Time from = now + pick(random, {minutes(-5), seconds(0), seconds(45), minutes(5), minutes(20), minutes(70),
                                        hours(3), hours(9), hours(31)});
  Window window{.id = state.next_window(),
                .name = fmt::format("w{}", state.next_window().value),
                .nodes = std::move(nodes),
                .from = from,
                .until = from + pick(random, {minutes(1), minutes(20), minutes(62), hours(2), hours(6), hours(24)}),
                .reason = "storm"};
  if (one_in(random, 2)) {
    window.purpose = WindowPurpose::reserved;
    window.tenant = id_of<TenantTag>(random.below(state.tenants().size()));
  }
  return window;
}

namespace {

// One that is reserved for the tenant.
void name_a_window(Random& random, const State& state, JobSpec& spec) {
  for (const auto& [id, window] : state.windows()) {
    const bool is_for_it = window.tenant && state.tenants().is_within(spec.tenant, *window.tenant);
    if (is_for_it && one_in(random, 2)) spec.shape.window = id;
  }
}

// A gang that goes on with other nodes where some fail, and is there for a while.
void make_gang(Random& random, JobSpec& spec) {
  spec.hot_swap = spec.requeues = true;
  spec.shape.tasks_min = spec.shape.tasks_max = pick<std::uint32_t>(random, {2, 2, 3, 4});
  spec.shape.per_task.gpu_milli = pick<std::int64_t>(random, {1000, 2000, 4000});
  if (spec.shape.within == Level::node) spec.shape.within = Level::rack;
  spec.time_limit = pick(random, {hours(1), hours(5), hours(30)});
}

void make_small_or_large(Random& random, JobSpec& spec) {
  const bool is_large = one_in(random, 3);
  Shape& shape = spec.shape;
  shape.per_task.gpu_milli = is_large ? pick<std::int64_t>(random, {2000, 4000, 4000, 8000})
                                      : pick<std::int64_t>(random, {500, 1000, 1000, 1000, 2000});
  shape.per_task.memory_mib = 0;
  shape.tasks_min = is_large ? pick<std::uint32_t>(random, {1, 2, 2, 3}) : pick<std::uint32_t>(random, {1, 1, 1, 4, 8});
  shape.tasks_max = shape.tasks_min + (one_in(random, 6) ? 1u : 0u);
  spec.time_limit = pick(random, {hours(3), hours(5), hours(9), hours(30)});
  if (one_in(random, 6)) return;
  spec.requeues = true;
  spec.checkpoint = Checkpoint{.every = pick(random, {minutes(2), minutes(30), hours(9)}),
                               .grace = pick(random, {seconds(0), seconds(60), minutes(10)})};
}

}  // namespace

JobSpec random_storm_job(Random& random, const State& state, StormJobs jobs) {
  const std::vector<TenantId> leaves = leaves_of(state.tenants());
  JobSpec spec{.tenant = leaves[random.below(leaves.size())],
               .user = UserId{static_cast<std::uint32_t>(random.below(state.users().size()))},
               .shape = random_shape(random, state),
               .time_limit = pick(random, {minutes(1), minutes(2), minutes(9), minutes(16), minutes(30), hours(1),
                                           minutes(61), hours(2), hours(5), hours(30)}),
               .priority = static_cast<std::int32_t>(one_in(random, 4) ? random.between(-1, 2) : 0),
               .is_held = one_in(random, 20),
               .requeues = !one_in(random, 6)};
  if (one_in(random, 2)) {
    spec.checkpoint = Checkpoint{.every = pick(random, {minutes(2), minutes(30)}),
                                 .grace = pick(random, {seconds(0), seconds(20), seconds(60), minutes(10)})};
  }
  spec.hot_swap = spec.requeues && spec.shape.tasks_max > 1 && one_in(random, 2);
  if (one_in(random, 12)) make_gang(random, spec);
  if (jobs == StormJobs::fragmented) make_small_or_large(random, spec);
  if (one_in(random, 2)) name_a_window(random, state, spec);
  if (one_in(random, 10)) spec.start_by = state.now() + pick(random, {seconds(5), minutes(2), minutes(40), hours(9)});
  const std::vector<JobId> others = state.jobs().sorted_ids();
  if (!others.empty() && one_in(random, 6)) {
    spec.after.push_back(
        {.kind = pick(random, {After::ok, After::any, After::not_ok}), .job = others[random.below(others.size())]});
  }
  return spec;
}

}  // namespace dure
