#include "dure/simulate/sweep.h"

#include <gtest/gtest.h>

#include "dure/simulate/scenario_reader.h"

namespace dure::simulate {
namespace {

std::vector<SweepRun> runs() {
  std::vector<SweepRun> all;
  for (std::uint64_t seed : {1u, 2u, 3u, 4u}) {
    auto scenario = read_scenario_text(
        "scenario: sweep\n"
        "fleet: {sites: [{name: s, pools: [{name: p, gpu: {model: X, per_node: 4}, node: {cpus: 16}, nodes: 3}]}]}\n"
        "tenants: [{name: a}]\n"
        "demand: {jobs: 200, duration: 1d, start: 2026-11-23T00:00:00Z, classes: [{name: c, per_task: {gpus: 1}, "
        "tasks: {1: 1, 4: 1}, run_time: {median: 1h, sigma: 1.2, min: 1m, max: 7d}}]}\n",
        "sweep", ".");
    if (!scenario) {
      ADD_FAILURE() << scenario.error().message;
      return {};
    }
    scenario->seed = seed;
    all.push_back({std::to_string(seed), *scenario});
  }
  return all;
}

TEST(Sweep, ResultsDoNotDependOnTheNumberOfThreads) {
  const auto one = run_sweep(runs(), {}, 1);
  ASSERT_TRUE(one) << one.error().message;
  ASSERT_EQ(one->size(), 4u);
  for (unsigned threads : {2u, 9u}) {
    const auto more = run_sweep(runs(), {}, threads);
    ASSERT_TRUE(more);
    for (std::size_t i = 0; i < one->size(); ++i) {
      EXPECT_EQ((*more)[i].summary.digest, (*one)[i].summary.digest);
      EXPECT_EQ((*more)[i].summary.seed, i + 1);
    }
  }
  EXPECT_NE((*one)[0].summary.digest, (*one)[1].summary.digest);
}

TEST(Sweep, TellsTheFirstErrorInOrder) {
  auto broken = runs();
  ASSERT_EQ(broken.size(), 4u);
  for (std::size_t i : {1u, 3u}) broken[i].scenario.work = TraceSpec{.path = "/not/there/" + std::to_string(i)};
  const auto result = run_sweep(broken, {}, 3);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("/not/there/1"), std::string::npos) << result.error().message;
}

}  // namespace
}  // namespace dure::simulate
