// Placing on the empty fleet. Timed is the turn: plan, facts, apply. In seconds of the thread, as it waits for nothing.
#include <benchmark/benchmark.h>

#include <memory>

#include "estate.h"
#include "thread_time.h"

namespace {

using namespace dure;
using namespace dure::bench;

// Not moved once it is made: its loop knows where its state is.
std::unique_ptr<Estate> estate_of(std::int64_t nodes, std::int64_t sites) {
  const FleetSpec fleet = fleet_of(static_cast<std::uint32_t>(nodes), static_cast<std::uint32_t>(sites));
  return std::make_unique<Estate>(fleet, tenants_of(fleet, 1, 1, 1.0));
}

void over_fleets(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"nodes", "sites"})
      ->ArgsProduct({{650, 6500, 32500}, {1, 5}})
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(5);
}

// As many 1-GPU jobs as there are GPUs, submitted before and placed in one turn.
void place_single_at_once(benchmark::State& bench) {
  for (auto _ : bench) {
    const std::unique_ptr<Estate> made = estate_of(bench.range(0), bench.range(1));
    Estate& estate = *made;
    const TenantId tenant = estate.leaves().front();
    for (std::int64_t i = 0; i < bench.range(0) * 8; ++i)
      estate.submit(tenant, {.per_task = {.gpu_milli = whole}}, hours(1));
    bench.SetIterationTime(estate.timed_turn());
    DURE_ASSERT(static_cast<std::int64_t>(estate.orders.starts.size()) == bench.range(0) * 8);
  }
  bench.SetItemsProcessed(bench.iterations() * bench.range(0) * 8);
  bench.SetLabel("jobs/s");
}
BENCHMARK(place_single_at_once)->Apply(over_fleets);

// The same with a turn for each, submission included.
void place_single_one_by_one(benchmark::State& bench) {
  for (auto _ : bench) {
    const std::unique_ptr<Estate> made = estate_of(bench.range(0), bench.range(1));
    Estate& estate = *made;
    const TenantId tenant = estate.leaves().front();
    const double begin = thread_seconds();
    for (std::int64_t i = 0; i < bench.range(0) * 8; ++i) {
      estate.changes.next = {estate.submission(tenant, {.per_task = {.gpu_milli = whole}}, hours(1))};
      estate.turn();
    }
    bench.SetIterationTime(thread_seconds() - begin);
    DURE_ASSERT(static_cast<std::int64_t>(estate.orders.starts.size()) == bench.range(0) * 8);
  }
  bench.SetItemsProcessed(bench.iterations() * bench.range(0) * 8);
  bench.SetLabel("jobs/s");
}
BENCHMARK(place_single_one_by_one)->Apply(over_fleets);

// A gang of whole nodes within a block, or within a site; submission included.
void place_gang(benchmark::State& bench) {
  const std::unique_ptr<Estate> made = estate_of(bench.range(0), bench.range(1));
  Estate& estate = *made;
  const TenantId tenant = estate.leaves().front();
  const auto tasks = static_cast<std::uint32_t>(bench.range(2));
  const Shape shape{.tasks_min = tasks,
                    .tasks_max = tasks,
                    .per_task = {.gpu_milli = 8 * whole, .cpu_milli = 160 * whole},
                    .within = tasks <= 650 ? Level::block : Level::site};
  for (auto _ : bench) {
    estate.changes.next = {estate.submission(tenant, shape, hours(1))};
    bench.SetIterationTime(estate.timed_turn());
    estate.changes.next = {Ended{estate.orders.starts.back()}};
    estate.turn();
  }
}
BENCHMARK(place_gang)
    ->ArgNames({"nodes", "sites", "gang"})
    ->ArgsProduct({{650}, {1}, {64, 512}})
    ->ArgsProduct({{6500}, {1}, {64, 512, 4096}})
    ->ArgsProduct({{32500}, {1, 5}, {64, 512, 4096}})
    ->UseManualTime()
    ->Iterations(200)
    ->Repetitions(5);

}  // namespace
