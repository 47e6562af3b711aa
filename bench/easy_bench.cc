// The five logs of the Parallel Workloads Archive under EASY with requested times, from the file to the summary.
#include <benchmark/benchmark.h>

#include <string>

#include "dure/base/assert.h"
#include "dure/simulate/data_path.h"
#include "dure/simulate/simulation.h"
#include "dure/simulate/trace/trace.h"

namespace {

using namespace dure;
using namespace dure::simulate;

void easy(benchmark::State& bench, const char* log) {
  const auto data = find_data(".");
  const std::string path = data ? (*data / "swf" / log).string() + ".input.swf.xz" : "";
  const auto trace = read_trace({.format = TraceFormat::swf, .path = path});
  if (!trace) return bench.SkipWithError("no data");
  const std::int64_t processors = trace->machine_processors.value_or(100);
  const PoolSpec machine{.name = "cpu", .cpu_milli = processors * whole};
  const Scenario scenario{.name = log,
                          .fleet = {.name = "flat", .sites = {{.name = "flat", .pools = {machine}}}},
                          .work = TraceSpec{.format = TraceFormat::swf, .path = path},
                          .policy = {.name = "easy"}};
  std::uint64_t jobs = 0;
  for (auto _ : bench) {
    const auto result = run_scenario(scenario, {});
    DURE_ASSERT(result.has_value());
    jobs += result->summary.jobs_total;
  }
  bench.SetItemsProcessed(static_cast<std::int64_t>(jobs));
  bench.SetLabel("jobs/s");
}
[[maybe_unused]] const bool are_registered = [] {
  for (const char* log : {"KTH-SP2", "CTC-SP2", "SDSC-SP2", "SDSC-BLUE", "CEA-curie"}) {
    benchmark::RegisterBenchmark((std::string("easy/log:") + log).c_str(), easy, log)
        ->UseRealTime()
        ->Iterations(1)
        ->Repetitions(5);
  }
  return true;
}();

}  // namespace
