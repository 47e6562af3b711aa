#include "dure/simulate/demand.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "dure/base/bytes.h"
#include "dure/base/hash.h"

namespace dure::simulate {
namespace {

Fleet hall() {
  PoolSpec pool{.name = "h200", .gpu_model = "H200", .gpus_per_node = 8, .cpu_milli = 192'000, .memory_mib = 2'097'152};
  pool.racks_per_block = 10;
  pool.nodes_per_rack = 10;
  return Fleet({.name = "hall", .sites = {{.name = "sejong", .pools = {pool}}}});
}

Tenants lenders() {
  const std::vector<std::string> pools{"sejong/h200"};
  return Tenants({.roots = {{.name = "naver"}, {.name = "nipa", .children = {{.name = "arm"}, {.name = "leg"}}}}},
                 pools);
}

// Two classes: short single GPUs of everybody, and gangs of one tenant. From a Monday, 2026-11-23T00:00:00Z.
DemandSpec demand(std::uint64_t jobs) {
  DemandSpec spec;
  spec.start = *parse_time("2026-11-23T00:00:00Z");
  spec.jobs = jobs;
  spec.duration = days(14);
  for (std::size_t hour = 9; hour < 18; ++hour) spec.day[hour] = 4;
  spec.week = {1, 1, 1, 1, 1, 0.5, 0};
  spec.classes.push_back({.name = "small", .share = 9, .per_task = {.gpu_milli = 1000}, .tasks = {{1, 1}}});
  spec.classes.push_back({.name = "gang",
                          .share = 1,
                          .tenants = {{"nipa/arm", 3}, {"naver", 1}},
                          .pools = {"sejong/h200"},
                          .per_task = {.gpu_milli = 8000},
                          .tasks = {{2, 3}, {8, 1}},
                          .within = Level::block,
                          .run_time_median = hours(4),
                          .run_time_sigma = 0.5,
                          .priority = 2,
                          .checkpoint = Checkpoint{.every = minutes(30)}});
  return spec;
}

std::vector<SourcedJob> all_jobs(const DemandSpec& spec, std::span<const TenantsFrom> trees, std::uint64_t seed) {
  DemandSource source(spec, hall(), trees, seed);
  std::vector<SourcedJob> jobs;
  while (auto job = source.next()) jobs.push_back(std::move(*job));
  return jobs;
}

std::vector<SourcedJob> all_jobs(const DemandSpec& spec, std::uint64_t seed) {
  const std::vector<TenantsFrom> trees{{Duration{}, lenders()}};
  return all_jobs(spec, trees, seed);
}

std::uint64_t digest(const std::vector<SourcedJob>& jobs) {
  ByteWriter writer;
  for (const SourcedJob& job : jobs) {
    writer(job.submit);
    writer(job.run_time);
    writer(job.spec);
  }
  return chain_hash(0, writer.bytes());
}

// Pinned: it must be the same with g++ and clang, with and without optimisation. Every modelled result stands
// on it.
TEST(DemandSource, KeepsItsSequence) { EXPECT_EQ(hex16(digest(all_jobs(demand(1000), 42))), "3dee854d7d7b7a33"); }

TEST(DemandSource, IsAFunctionOfItsSeed) {
  EXPECT_EQ(digest(all_jobs(demand(5000), 1)), digest(all_jobs(demand(5000), 1)));
  EXPECT_NE(digest(all_jobs(demand(5000), 1)), digest(all_jobs(demand(5000), 2)));
}

TEST(DemandSource, YieldsExactlyTheJobsInOrderOfTimeWithinTheDuration) {
  for (const std::uint64_t count : {0u, 1u, 2u, 7777u}) {
    const DemandSpec spec = demand(count);
    const std::vector<SourcedJob> jobs = all_jobs(spec, 5);
    ASSERT_EQ(jobs.size(), count);
    Time last = spec.start;
    for (const SourcedJob& job : jobs) {
      ASSERT_GE(job.submit, last);
      ASSERT_LT(job.submit, spec.start + spec.duration);
      last = job.submit;
    }
  }
}

TEST(DemandSource, FollowsTheShapeOfDayAndWeek) {
  const DemandSpec spec = demand(100'000);
  std::array<double, 24> hour_count{};
  std::array<double, 7> day_count{};
  for (const SourcedJob& job : all_jobs(spec, 6)) {
    const std::int64_t s = (job.submit - spec.start).whole_seconds();
    ++hour_count[static_cast<std::size_t>(s / 3600 % 24)];
    ++day_count[static_cast<std::size_t>(s / 86'400 % 7)];
  }
  EXPECT_NEAR(hour_count[12] / hour_count[3], 4, 0.4);
  EXPECT_NEAR(day_count[5] / day_count[0], 0.5, 0.05);
  EXPECT_EQ(day_count[6], 0);
}

TEST(DemandSource, ArrivalsStayWhenTheClassesChange) {
  DemandSpec changed = demand(100);
  changed.classes.pop_back();
  const std::vector<SourcedJob> before = all_jobs(demand(100), 7);
  const std::vector<SourcedJob> after = all_jobs(changed, 7);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].submit, after[i].submit);
}

TEST(DemandSource, MixesClassesTenantsAndWidthsByWeight) {
  const Tenants tenants = lenders();
  double gangs = 0, wide = 0, arm = 0;
  for (const SourcedJob& job : all_jobs(demand(100'000), 8)) {
    ASSERT_EQ(job.spec.user.value, job.spec.tenant.value);
    ASSERT_TRUE(tenants[job.spec.tenant].children.empty());
    if (job.spec.name != "gang") continue;
    ++gangs;
    wide += job.spec.shape.tasks_max == 8 ? 1 : 0;
    arm += tenants[job.spec.tenant].path == "nipa/arm" ? 1 : 0;
    ASSERT_EQ(job.spec.shape.pools, std::vector<PoolId>{PoolId{0}});
    ASSERT_EQ(job.spec.priority, 2);
    ASSERT_TRUE(job.spec.checkpoint);
  }
  EXPECT_NEAR(gangs / 100'000, 0.1, 0.005);
  EXPECT_NEAR(wide / gangs, 0.25, 0.02);
  EXPECT_NEAR(arm / gangs, 0.75, 0.02);
}

TEST(DemandSource, JobsLieAsTheirClassSays) {
  DemandSpec spec = demand(100);
  spec.classes[0].spread = {.most = 1, .over = Level::rack};
  spec.classes[1].segments = {.of = 2, .within = Level::rack};
  for (const SourcedJob& job : all_jobs(spec, 3)) {
    const DemandClass& kind = spec.classes[job.spec.name == "gang" ? 1 : 0];
    ASSERT_EQ(job.spec.shape.segments, kind.segments);
    ASSERT_EQ(job.spec.shape.spread, kind.spread);
  }
}

TEST(DemandSource, RunTimesAreLogNormalBetweenTheirBounds) {
  DemandSpec spec = demand(100'000);
  spec.classes[0].run_time_max = hours(5);
  double log_sum = 0, gangs = 0;
  for (const SourcedJob& job : all_jobs(spec, 9)) {
    ASSERT_GE(job.run_time, seconds(1));
    ASSERT_EQ(job.run_time.ns % seconds(1).ns, 0);
    ASSERT_GE(job.spec.time_limit, job.run_time);
    if (job.spec.name == "small") {
      ASSERT_GE(job.run_time, seconds(10));
      ASSERT_LE(job.run_time, hours(5));
    } else {
      log_sum += std::log(static_cast<double>(job.run_time.whole_seconds()));
      ++gangs;
    }
  }
  EXPECT_NEAR(log_sum / gangs, std::log(4 * 3600), 0.02);
}

TEST(DemandSource, TimeLimitsAreRoundAndOverestimate) {
  EXPECT_EQ(round_time_limit(minutes(15)), minutes(15));
  EXPECT_EQ(round_time_limit(minutes(15) + seconds(1)), minutes(30));
  EXPECT_EQ(round_time_limit(days(30)), days(30));
  EXPECT_EQ(round_time_limit(days(30) + seconds(1)), days(31));
  double ratio_sum = 0, gangs = 0;
  for (const SourcedJob& job : all_jobs(demand(100'000), 10)) {
    ASSERT_EQ(round_time_limit(job.spec.time_limit), job.spec.time_limit);
    if (job.spec.name != "gang") continue;
    ratio_sum += static_cast<double>(job.spec.time_limit.ns) / static_cast<double>(job.run_time.ns);
    ++gangs;
  }
  EXPECT_GT(ratio_sum / gangs, 2.0);
  EXPECT_LT(ratio_sum / gangs, 3.5);
}

TEST(DemandSource, ClassesBringJobsFromAndUntil) {
  DemandSpec spec = demand(50'000);
  spec.classes[0].until = days(4);
  spec.classes[1].from = days(2);
  std::array<Time, 2> first{Time::never(), Time::never()};
  std::array<Time, 2> last{};
  for (const SourcedJob& job : all_jobs(spec, 12)) {
    const std::size_t kind = job.spec.name == "gang" ? 1 : 0;
    first[kind] = std::min(first[kind], job.submit);
    last[kind] = std::max(last[kind], job.submit);
  }
  EXPECT_LT(first[0], spec.start + hours(1));
  EXPECT_LT(last[0], spec.start + days(4));
  EXPECT_GT(last[0], spec.start + days(4) - hours(1));
  EXPECT_GE(first[1], spec.start + days(2));
  EXPECT_LT(first[1], spec.start + days(2) + hours(1));
  EXPECT_GT(last[1], spec.start + days(12));
}

Tenants guaranteed(std::int64_t arm, std::int64_t leg, std::string third) {
  const std::vector<std::string> pools{"sejong/h200"};
  const auto child = [](std::string name, std::int64_t gpus) {
    return TenantSpec{.name = std::move(name), .quotas = {{.pool = "sejong/h200", .guarantee_milli = gpus * 1000}}};
  };
  return Tenants({.roots = {{.name = "naver"},
                            {.name = "nipa", .children = {child("arm", arm), child("leg", leg), child(third, 0)}}}},
                 pools);
}

TEST(DemandSource, AnInnerTenantStandsForItsLeavesByWhatTheyAreGuaranteed) {
  DemandSpec spec = demand(20'000);
  spec.classes = {spec.classes[1]};
  spec.classes[0].tenants = {{"nipa", 1}, {"naver", 1}};
  const std::vector<TenantsFrom> trees{{Duration{}, guaranteed(300, 100, "eye")}};
  std::map<std::string, double> jobs;
  for (const SourcedJob& job : all_jobs(spec, trees, 13)) ++jobs[trees[0].tenants[job.spec.tenant].path];
  EXPECT_NEAR(jobs["naver"], 10'000, 300);
  EXPECT_NEAR(jobs["nipa/arm"], 7'500, 300);
  EXPECT_NEAR(jobs["nipa/leg"], 2'500, 300);
  EXPECT_EQ(jobs["nipa/eye"], 0);
}

TEST(DemandSource, AnInnerTenantWithoutGuaranteesStandsForItsLeavesAlike) {
  DemandSpec spec = demand(20'000);
  spec.classes = {spec.classes[1]};
  spec.classes[0].tenants = {{"nipa", 1}};
  double arm = 0;
  for (const SourcedJob& job : all_jobs(spec, 14)) arm += lenders()[job.spec.tenant].path == "nipa/arm" ? 1 : 0;
  EXPECT_NEAR(arm, 10'000, 300);
}

// Ids are of the tree of that time, users keep their numbers.
TEST(DemandSource, GoesByTheTreeOfTheTime) {
  DemandSpec spec = demand(20'000);
  spec.classes = {spec.classes[1]};
  spec.classes[0].tenants = {{"nipa", 1}};
  const std::vector<TenantsFrom> trees{{Duration{}, guaranteed(0, 100, "eye")},
                                       {days(7), guaranteed(100, 0, "a-new-one")}};
  const std::vector<std::string> users = paths_of(trees);
  EXPECT_EQ(users, (std::vector<std::string>{"naver", "nipa", "nipa/arm", "nipa/leg", "nipa/eye", "nipa/a-new-one"}));
  for (const SourcedJob& job : all_jobs(spec, trees, 15)) {
    const bool is_later = job.submit >= spec.start + days(7);
    const std::string& path = trees[is_later ? 1 : 0].tenants[job.spec.tenant].path;
    ASSERT_EQ(path, is_later ? "nipa/arm" : "nipa/leg");
    ASSERT_EQ(users[job.spec.user.index()], path);
  }
}

TEST(DemandSource, ExpectedLoadCountsClassesForTheirTime) {
  DemandSpec spec = demand(1000);
  const double always = expected_load(spec, hall());
  spec.classes.push_back(spec.classes[0]);
  spec.classes[0].until = days(7);
  spec.classes[2].from = days(7);
  EXPECT_NEAR(expected_load(spec, hall()) / always, 1, 1e-9);
}

TEST(DemandSource, ExpectedLoadIsWhatTheJobsBring) {
  const DemandSpec spec = demand(100'000);
  double gpu_seconds = 0;
  for (const SourcedJob& job : all_jobs(spec, 11)) {
    const auto gpus = static_cast<double>(job.spec.shape.tasks_max * job.spec.shape.per_task.whole_gpus());
    gpu_seconds += gpus * static_cast<double>(job.run_time.whole_seconds());
  }
  const double load = gpu_seconds / (800 * 14 * 86'400.0);
  EXPECT_NEAR(expected_load(spec, hall()) / load, 1, 0.03);
}

}  // namespace
}  // namespace dure::simulate
