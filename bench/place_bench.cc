// Placing on the empty fleet. Timed is the turn: plan, facts, apply.
#include <benchmark/benchmark.h>

#include "estate.h"

namespace {

using namespace dure;
using namespace dure::bench;

Estate estate_of(std::int64_t nodes) {
  const FleetSpec fleet = fleet_of(static_cast<std::uint32_t>(nodes));
  return {fleet, tenants_of(fleet, 1, 1, 1.0)};
}

// As many 1-GPU jobs as there are GPUs, submitted before and placed in one turn.
void place_single_at_once(benchmark::State& bench) {
  for (auto _ : bench) {
    Estate estate = estate_of(bench.range(0));
    const TenantId tenant = estate.leaves().front();
    for (std::int64_t i = 0; i < bench.range(0) * 8; ++i)
      estate.submit(tenant, {.per_task = {.gpu_milli = whole}}, hours(1));
    bench.SetIterationTime(estate.turn());
    DURE_ASSERT(static_cast<std::int64_t>(estate.orders.starts.size()) == bench.range(0) * 8);
  }
  bench.SetItemsProcessed(bench.iterations() * bench.range(0) * 8);
  bench.SetLabel("jobs/s");
}
BENCHMARK(place_single_at_once)
    ->ArgName("nodes")
    ->Arg(650)
    ->Arg(6500)
    ->Arg(32500)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(5);

// The same with a turn for each, submission included.
void place_single_one_by_one(benchmark::State& bench) {
  for (auto _ : bench) {
    Estate estate = estate_of(bench.range(0));
    const TenantId tenant = estate.leaves().front();
    double spent_s = 0;
    for (std::int64_t i = 0; i < bench.range(0) * 8; ++i) {
      estate.changes.next = {estate.submission(tenant, {.per_task = {.gpu_milli = whole}}, hours(1))};
      spent_s += estate.turn();
    }
    bench.SetIterationTime(spent_s);
    DURE_ASSERT(static_cast<std::int64_t>(estate.orders.starts.size()) == bench.range(0) * 8);
  }
  bench.SetItemsProcessed(bench.iterations() * bench.range(0) * 8);
  bench.SetLabel("jobs/s");
}
BENCHMARK(place_single_one_by_one)
    ->ArgName("nodes")
    ->Arg(650)
    ->Arg(6500)
    ->Arg(32500)
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(5);

// A gang of whole nodes within a block of a nation's fleet, or within a site; submission included.
void place_gang(benchmark::State& bench) {
  Estate estate = estate_of(32500);
  const TenantId tenant = estate.leaves().front();
  const auto tasks = static_cast<std::uint32_t>(bench.range(0));
  const Shape shape{.tasks_min = tasks,
                    .tasks_max = tasks,
                    .per_task = {.gpu_milli = 8 * whole, .cpu_milli = 160 * whole},
                    .within = tasks <= 650 ? Level::block : Level::site};
  for (auto _ : bench) {
    estate.changes.next = {estate.submission(tenant, shape, hours(1))};
    bench.SetIterationTime(estate.turn());
    estate.changes.next = {Ended{estate.orders.starts.back()}};
    estate.turn();
  }
}
BENCHMARK(place_gang)->ArgName("nodes")->Arg(64)->Arg(512)->Arg(4096)->UseManualTime()->Iterations(200)->Repetitions(5);

}  // namespace
