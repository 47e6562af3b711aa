// A forecast of every pending job on a nation's fleet: one draw, and sixteen of them on one core.
#include <benchmark/benchmark.h>

#include <chrono>
#include <fstream>
#include <string>

#include "child.h"
#include "crowd.h"
#include "dure/forecast/forecaster.h"

namespace {

using namespace dure;
using namespace dure::bench;

std::unique_ptr<Policy> dure_policy(const World&) {
  return std::make_unique<DurePolicy>(DureOptions{.reservations = 4, .reclaims = true});
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double resident_mib(const char* of) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == of && status >> kib) return kib / 1024;
  }
  DURE_ASSERT(false);
}

// A day in which 33,000 jobs came, as many as in a month of a million; their runs take from ten minutes to ten hours.
void teach(forecast::Forecaster& forecaster, const State& state) {
  constexpr std::uint32_t arrivals = 33'000;
  std::uint32_t taught = 0;
  state.jobs().for_each([&](JobId id, const Job& job) {
    if (job.state != JobState::pending || taught == arrivals) return;
    JobSpec spec{.tenant = job.tenant, .user = job.user, .shape = state.shape_of(job), .time_limit = job.time_limit};
    forecaster.learn_run(forecast::likeness_of(state.tenants(), spec), minutes(10) * (1 + taught % 60));
    const Time time = state.now() - days(1) + Duration{days(1).ns / arrivals * taught++};
    forecaster.on_fact(state, {time, JobSubmitted{id, std::move(spec)}});
  });
}

struct Pass {
  double seconds = 0;
  double more_mib = 0;  // than the state, the policy and the loop, at the most
};

Pass pass(const Crowd& crowd, std::uint32_t draws) {
  CrowdedEstate crowded(crowd);
  State& state = crowded.estate().state;
  forecast::Forecaster forecaster({.draws = draws, .threads = 1, .horizon = days(7)}, dure_policy, {});
  teach(forecaster, state);
  std::vector<JobId> waiting;
  state.jobs().for_each([&](JobId id, const Job& job) {
    if (job.state == JobState::pending) waiting.push_back(id);
  });
  const double before = resident_mib("VmRSS:");
  const auto begin = std::chrono::steady_clock::now();
  const auto forecasts = forecaster.forecast(state, state.now(), waiting);
  const double seconds = seconds_since(begin);
  DURE_ASSERT(forecasts.size() == waiting.size());
  return {.seconds = seconds, .more_mib = resident_mib("VmHWM:") - before};
}

double timed(benchmark::State& bench, std::uint32_t draws) {
  const auto pending = static_cast<std::uint32_t>(bench.range(0));
  return in_child([&] { return pass({.running = 140'000, .pending = pending, .is_mixed = true}, draws).seconds; });
}

// Of two, each.
void forecast_draw(benchmark::State& bench) {
  for (auto _ : bench) bench.counters["value"] = timed(bench, 2) / 2;
  bench.SetLabel("s");
}
BENCHMARK(forecast_draw)->ArgName("pending")->Arg(100'000)->Iterations(1)->Repetitions(3);

// Sixteen draws.
void forecast_pass(benchmark::State& bench) {
  for (auto _ : bench) bench.counters["value"] = timed(bench, 16);
  bench.SetLabel("s");
}
BENCHMARK(forecast_pass)->ArgName("pending")->Arg(100'000)->Iterations(1)->Repetitions(1);

void forecast_memory(benchmark::State& bench) {
  for (auto _ : bench) {
    bench.counters["value"] =
        in_child([] { return pass({.running = 140'000, .pending = 100'000, .is_mixed = true}, 2).more_mib; });
  }
  bench.SetLabel("MiB");
}
BENCHMARK(forecast_memory)->Iterations(1)->Repetitions(3);

}  // namespace
