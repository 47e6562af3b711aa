// The five logs of the Parallel Workloads Archive under EASY with requested times, from the file to the summary: each,
// and one after the other.
#include <benchmark/benchmark.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dure/base/assert.h"
#include "dure/simulate/data_path.h"
#include "dure/simulate/simulation.h"
#include "dure/simulate/trace/trace.h"

namespace {

using namespace dure;
using namespace dure::simulate;

constexpr std::array logs{"KTH-SP2", "CTC-SP2", "SDSC-SP2", "SDSC-BLUE", "CEA-curie"};

// nullopt without the log.
std::optional<Scenario> scenario_of(const char* log) {
  const auto data = find_data(".");
  const std::string path = data ? (*data / "swf" / log).string() + ".input.swf.xz" : "";
  const auto trace = read_trace({.format = TraceFormat::swf, .path = path});
  if (!trace) return std::nullopt;
  const std::int64_t processors = trace->machine_processors.value_or(100);
  const PoolSpec machine{.name = "cpu", .cpu_milli = processors * whole};
  return Scenario{.name = log,
                  .fleet = {.name = "flat", .sites = {{.name = "flat", .pools = {machine}}}},
                  .work = TraceSpec{.format = TraceFormat::swf, .path = path},
                  .policy = {.name = "easy"}};
}

std::int64_t jobs_run(const Scenario& scenario) {
  const auto result = run_scenario(scenario, {});
  DURE_ASSERT(result.has_value());
  return static_cast<std::int64_t>(result->summary.jobs_total);
}

void easy(benchmark::State& bench, const char* log) {
  const auto scenario = scenario_of(log);
  if (!scenario) return bench.SkipWithError("no data");
  std::int64_t jobs = 0;
  for (auto _ : bench) jobs += jobs_run(*scenario);
  bench.SetItemsProcessed(jobs);
  bench.SetLabel("jobs/s");
}

void easy_all(benchmark::State& bench) {
  std::vector<Scenario> scenarios;
  for (const char* log : logs) {
    auto scenario = scenario_of(log);
    if (!scenario) return bench.SkipWithError("no data");
    scenarios.push_back(*std::move(scenario));
  }
  for (auto _ : bench) {
    for (const Scenario& scenario : scenarios) benchmark::DoNotOptimize(jobs_run(scenario));
  }
  bench.SetLabel("s");
}
BENCHMARK(easy_all)->UseRealTime()->Iterations(1)->Repetitions(5);

[[maybe_unused]] const bool are_registered = [] {
  for (const char* log : logs) {
    benchmark::RegisterBenchmark((std::string("easy/log:") + log).c_str(), easy, log)
        ->UseRealTime()
        ->Iterations(1)
        ->Repetitions(5);
  }
  return true;
}();

}  // namespace
