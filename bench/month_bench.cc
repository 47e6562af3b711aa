// A nation's month, a million jobs made up on 32,500 nodes (scenarios/nation.yaml), from the file to the summary.
#include <benchmark/benchmark.h>

#include "dure/base/assert.h"
#include "dure/simulate/scenario_reader.h"
#include "dure/simulate/simulation.h"

namespace {

using namespace dure::simulate;

void nation(benchmark::State& bench) {
  std::int64_t jobs = 0;
  for (auto _ : bench) {
    const auto scenario = read_scenario(DURE_SOURCE_DIR "/scenarios/nation.yaml");
    DURE_ASSERT(scenario.has_value());
    const auto result = run_scenario(*scenario, {});
    DURE_ASSERT(result.has_value());
    jobs += static_cast<std::int64_t>(result->summary.jobs_total);
  }
  bench.SetItemsProcessed(jobs);
  bench.SetLabel("jobs/s");
}
BENCHMARK(nation)->UseRealTime()->Iterations(1)->Repetitions(3);

}  // namespace
