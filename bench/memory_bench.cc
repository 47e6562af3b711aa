// What a process holds in memory that has nothing but a nation's state, the policy's indices and the loop.
#include <benchmark/benchmark.h>

#include <fstream>
#include <string>

#include "child.h"
#include "crowd.h"

namespace {

using namespace dure::bench;

double resident_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib / 1024;
  }
  DURE_ASSERT(false);
}

void memory(benchmark::State& bench) {
  const Crowd crowd{static_cast<std::uint32_t>(bench.range(0)), static_cast<std::uint32_t>(bench.range(1))};
  for (auto _ : bench) {
    bench.counters["value"] = in_child([&] {
      const CrowdedEstate estate(crowd);
      return resident_mib();
    });
  }
  bench.SetLabel("MiB");
}
BENCHMARK(memory)
    ->ArgNames({"running", "pending"})
    ->Args({0, 0})
    ->Args({260'000, 0})
    ->Args({260'000, 1'000'000})
    ->Iterations(1)
    ->Repetitions(3);

}  // namespace
