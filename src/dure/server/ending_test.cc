#include "dure/server/ending.h"

#include <gtest/gtest.h>

namespace dure::server {
namespace {

const Time ordered = Time{} + seconds(100) + Duration{640'000'000};
const Time now = Time{} + seconds(200);

Job job_on(std::vector<std::uint64_t> gpus) {
  Job job{.id = JobId{1}, .ordered = ordered};
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    job.allocation.push_back({.node = id_of<NodeTag>(i), .tasks = 1, .gpus = gpus[i], .gpu_milli = whole});
  }
  return job;
}

engine::Report start_at(Time at, std::vector<std::uint64_t> devices = {}) {
  return {.id = {.job = JobId{1}}, .at = at, .ending = {}, .devices = std::move(devices)};
}

TEST(EndingFact, TimesOfAnotherClockAreMovedToBetweenTheOrderAndNow) {
  const Job job = job_on({1});
  EXPECT_EQ(to_fact(job, start_at(Time{} + seconds(150)), now).at, Time{} + seconds(150));
  EXPECT_EQ(to_fact(job, start_at(Time{} + seconds(99)), now).at, Time{} + seconds(100));
  EXPECT_EQ(to_fact(job, start_at(Time{} + seconds(201)), now).at, now);
  engine::Ending ending{.at = Time{} + seconds(300), .started_at = Time{} + seconds(10)};
  EXPECT_EQ(to_fact(job, ending, SickDevices{}, now).ran->from, Time{} + seconds(100));
  EXPECT_EQ(to_fact(job, ending, SickDevices{}, now).ran->to, now);
  ending = {.at = Time{} + seconds(120), .started_at = Time{} + seconds(130)};
  EXPECT_EQ(to_fact(job, ending, SickDevices{}, now).ran->to, Time{} + seconds(130));
  ending = {.at = Time{} + seconds(120)};
  EXPECT_FALSE(to_fact(job, ending, SickDevices{}, now).ran) << "nobody says when it began";
}

TEST(EndingFact, OnlyOtherDevicesThanThoseOrderedAreToldAndOnlyIfTheyAreAsMany) {
  using Masks = std::vector<std::uint64_t>;
  const Job job = job_on({0b11, 0b1});
  EXPECT_EQ(to_fact(job, start_at(now, {0b11, 0b1}), now).devices, Masks{});
  EXPECT_EQ(to_fact(job, start_at(now, {0b110, 0b1}), now).devices, (Masks{0b110, 0b1}));
  EXPECT_EQ(to_fact(job, start_at(now, {0b111, 0b1}), now).devices, Masks{});
  EXPECT_EQ(to_fact(job, start_at(now, {0b110}), now).devices, Masks{});
  EXPECT_EQ(to_fact(job, start_at(now), now).devices, Masks{});
}

}  // namespace
}  // namespace dure::server
