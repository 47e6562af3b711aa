// A fleet on which one tenant runs a job on every GPU, all borrowed, and another submits as many within its guarantee:
// the shape of KAI-scheduler's reclaim benchmark (500 nodes of 8 GPUs: 4,000 running, 4,000 pending), and that of a
// nation. What is timed is the turn that decides all evictions and where each of the waiting jobs goes.
#include <benchmark/benchmark.h>

#include <memory>

#include "estate.h"

namespace {

using namespace dure;
using namespace dure::bench;

FleetSpec one_pool(std::uint32_t nodes) {
  FleetSpec fleet = fleet_of(650, 1);
  PoolSpec& pool = fleet.sites.front().pools.front();
  pool.racks_per_block = 50;
  pool.blocks = nodes / (pool.racks_per_block * pool.nodes_per_rack);
  return fleet;
}

double reclaim_all(std::uint32_t nodes) {
  const std::int64_t gpus = std::int64_t{nodes} * 8;
  const TenantsSpec tenants{
      .roots = {{.name = "owner", .quotas = {{.pool = "s0/gpu", .guarantee_milli = gpus * whole}}},
                {.name = "borrower"}}};
  Estate estate(one_pool(nodes), tenants, {.reclaims = true});
  const Shape shape{.per_task = {.gpu_milli = whole, .cpu_milli = 16 * whole}};
  for (std::int64_t i = 0; i < gpus; ++i) estate.submit(TenantId{1}, shape, hours(24));
  estate.turn();
  DURE_ASSERT(estate.orders.starts.size() == static_cast<std::size_t>(gpus));
  for (JobId job : std::exchange(estate.orders.starts, {})) estate.changes.next.push_back(Started{job});
  estate.turn();
  for (std::int64_t i = 0; i < gpus; ++i) estate.submit(TenantId{0}, shape, hours(24));
  const double seconds = estate.timed_turn();
  DURE_ASSERT(estate.state.reservations().size() == static_cast<std::size_t>(gpus));
  return seconds;
}

void reclaim(benchmark::State& bench) {
  for (auto _ : bench) bench.SetIterationTime(reclaim_all(static_cast<std::uint32_t>(bench.range(0))));
}
BENCHMARK(reclaim)->ArgNames({"nodes"})->Arg(500)->UseManualTime()->Iterations(1)->Repetitions(5);
BENCHMARK(reclaim)->ArgNames({"nodes"})->Arg(32500)->UseManualTime()->Iterations(1)->Repetitions(3);

}  // namespace
