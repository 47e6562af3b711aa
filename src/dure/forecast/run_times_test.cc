#include "dure/forecast/run_times.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dure::forecast {
namespace {

JobSpec job_like(std::uint32_t user, std::string name, std::uint32_t gpus = 1, Duration limit = hours(24)) {
  return {.name = std::move(name),
          .tenant = TenantId{1},
          .user = UserId{user},
          .shape = {.per_task = {.gpu_milli = std::int64_t{gpus} * 1000}},
          .time_limit = limit};
}

Likeness likeness(const JobSpec& job) {
  static const Tenants tenants({.roots = {{.name = "a"}, {.name = "b"}}}, {});
  return likeness_of(tenants, job);
}

std::vector<double> drawn(const RunTimes& run_times, const JobSpec& job, Duration done, int draws = 1000) {
  Random random(7);
  std::vector<double> hours_drawn;
  for (int i = 0; i < draws; ++i) {
    const Duration drawn = run_times.draw(likeness(job), done, job.time_limit, random);
    EXPECT_GT(drawn, done);
    hours_drawn.push_back(static_cast<double>(drawn.ns) / static_cast<double>(hours(1).ns));
  }
  std::sort(hours_drawn.begin(), hours_drawn.end());
  return hours_drawn;
}

TEST(RunTimes, GoesByTheMostAlike) {
  RunTimes run_times;
  for (int i = 0; i < 30; ++i) {
    run_times.learn(likeness(job_like(1, "train-" + std::to_string(i))), hours(10));
    run_times.learn(likeness(job_like(1, "test")), minutes(6));
    run_times.learn(likeness(job_like(2, "train-1")), hours(2));
  }
  EXPECT_NEAR(drawn(run_times, job_like(1, "train-99"), {})[500], 10, 0.01);
  EXPECT_NEAR(drawn(run_times, job_like(1, "test"), {})[500], 0.1, 0.01);
  EXPECT_NEAR(drawn(run_times, job_like(2, "train-7"), {})[500], 2, 0.01);
}

TEST(RunTimes, OfNobodyKnownGoesByAll) {
  RunTimes run_times;
  for (int i = 0; i < 50; ++i) run_times.learn(likeness(job_like(1, "a")), hours(1 + i % 2));
  const auto hours_drawn = drawn(run_times, job_like(9, "b", 8, hours(100)), {});
  EXPECT_GE(hours_drawn[100], 1);
  EXPECT_LE(hours_drawn[800], 2);
}

TEST(RunTimes, KnowsWhatHasRunSoFar) {
  RunTimes run_times;
  const JobSpec job = job_like(1, "a");
  for (int i = 0; i < 20; ++i) run_times.learn(likeness(job), i % 2 == 0 ? hours(1) : hours(10));
  EXPECT_NEAR(drawn(run_times, job, {})[200], 1, 0.01);
  EXPECT_NEAR(drawn(run_times, job, hours(2))[100], 10, 0.01);
}

// Longer than anything known: by a power law, and no further than the limit.
TEST(RunTimes, GoesOnWhereNothingIsKnown) {
  RunTimes run_times;
  const JobSpec job = job_like(1, "a");
  run_times.learn(likeness(job), minutes(1));
  const auto hours_drawn = drawn(run_times, job, hours(4), 10'000);
  EXPECT_NEAR(hours_drawn[5000], 4 * 1.414, 0.15);
  EXPECT_NEAR(hours_drawn.back(), 24, 0.01);
}

TEST(RunTimes, WithNothingLearntIsAnywhereUpToTheLimit) {
  const auto hours_drawn = drawn(RunTimes{}, job_like(1, "a"), hours(4), 10'000);
  EXPECT_NEAR(hours_drawn[5000], 14, 0.5);
  EXPECT_NEAR(hours_drawn[9999], 24, 0.1);
}

// What changes is followed: the last runs of each kind count.
TEST(RunTimes, ForgetsWhatWasLongAgo) {
  RunTimes run_times;
  const JobSpec job = job_like(1, "a");
  for (int i = 0; i < 100; ++i) run_times.learn(likeness(job), hours(20));
  for (int i = 0; i < 40; ++i) run_times.learn(likeness(job), hours(1));
  EXPECT_NEAR(drawn(run_times, job, {})[800], 1, 0.01);
}

}  // namespace
}  // namespace dure::forecast
