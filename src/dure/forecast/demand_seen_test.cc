#include "dure/forecast/demand_seen.h"

#include <gtest/gtest.h>

#include <map>

namespace dure::forecast {
namespace {

State estate_of(std::vector<TenantSpec> roots) {
  State state;
  state.apply(
      {Time{}, FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {{.name = "p", .gpus_per_node = 1}}}}}}});
  state.apply({Time{}, TenantsDeclared{{.roots = std::move(roots)}}});
  return state;
}

const State& estate() {
  static const State state = estate_of({{.name = "a"}, {.name = "b"}});
  return state;
}

JobSpec hour_of(std::uint32_t user) { return {.user = UserId{user}, .time_limit = hours(1)}; }

std::vector<SourcedJob> drawn(const DemandSeen& seen, Time now, Time until, std::uint64_t seed) {
  const RunTimes run_times;
  ArrivalsDrawn arrivals(seen, run_times, now, until, seed);
  std::vector<SourcedJob> jobs;
  while (auto job = arrivals.next()) jobs.push_back(std::move(*job));
  return jobs;
}

TEST(ArrivalsDrawn, ComeAtTheHoursAtWhichTheyCame) {
  DemandSeen seen;
  // One at 09:00 and one at 21:00 of each of five days, of a user of that day.
  for (std::uint32_t day = 0; day < 5; ++day) {
    seen.learn(estate(), Time{} + days(day) + hours(9), hour_of(day));
    seen.learn(estate(), Time{} + days(day) + hours(21), hour_of(day));
  }
  const Time now = Time{} + days(4) + hours(22);
  const auto jobs = drawn(seen, now, now + days(60), 3);
  ASSERT_EQ(jobs.size(), 120u);
  std::map<std::uint32_t, int> by_user;
  Time last = now;
  for (const SourcedJob& job : jobs) {
    EXPECT_GE(job.submit, last);
    last = job.submit;
    const Duration of_day{(job.submit - Time{}).ns % days(1).ns};
    EXPECT_TRUE(of_day == hours(9) || of_day == hours(21));
    EXPECT_GT(job.run_time, Duration{});
    ++by_user[job.spec.user.value];
  }
  EXPECT_GE(by_user.size(), 4u);  // many days are drawn, not one again and again
  EXPECT_EQ(drawn(seen, now, now + days(60), 3).size(), jobs.size());
}

TEST(ArrivalsDrawn, RepeatWhatThereIsOfLessThanADay) {
  DemandSeen seen;
  for (int i = 0; i < 12; ++i) seen.learn(estate(), Time{} + minutes(10 * i), hour_of(1));
  const Time now = Time{} + hours(2);
  const auto jobs = drawn(seen, now, now + hours(10), 1);
  EXPECT_NEAR(static_cast<double>(jobs.size()), 60, 1);
}

TEST(ArrivalsDrawn, AreNoneWhereNothingIsKnown) {
  DemandSeen seen;
  EXPECT_TRUE(drawn(seen, Time{} + hours(5), Time{} + days(1), 1).empty());
  seen.learn(estate(), Time{} + hours(5), hour_of(1));
  EXPECT_TRUE(drawn(seen, Time{} + hours(5) + minutes(30), Time{} + days(1), 1).empty());
}

TEST(DemandSeen, ForgetsWhatIsOlderThanTwoWeeks) {
  DemandSeen seen;
  for (int day = 0; day < 40; ++day) seen.learn(estate(), Time{} + days(day), hour_of(1));
  EXPECT_EQ(seen.size(), 15u);
  EXPECT_EQ(seen.since(), Time{} + days(25));
}

// What it came after, its text and its deadline are those of another job.
TEST(DemandSeen, KeepsWhatWillComeAgain) {
  DemandSeen seen;
  JobSpec spec = hour_of(1);
  spec.name = "night-7";
  spec.is_held = true;
  spec.start_by = Time{} + hours(3);
  spec.after = {Dependency{}};
  spec.priority = 5;
  seen.learn(estate(), Time{}, spec);
  const JobSpec& kept = seen[0].spec;
  EXPECT_TRUE(kept.name.empty() && kept.after.empty() && !kept.is_held && !kept.start_by);
  EXPECT_EQ(kept.priority, 5);
  EXPECT_EQ(seen[0].likeness, likeness_of(estate().tenants(), spec));
}

// Numbers of tenants change when they are declared anew; who is no more sends nothing.
TEST(DemandSeen, BelongsToPathsAndNotToNumbers) {
  DemandSeen seen;
  for (int i = 0; i < 2; ++i) {
    for (std::uint32_t tenant = 0; tenant < 2; ++tenant) {
      JobSpec spec = hour_of(tenant);
      spec.tenant = TenantId{tenant};
      seen.learn(estate(), Time{} + hours(i), spec);
    }
  }
  const Likeness of_b = seen[1].likeness;
  const State without_a = estate_of({{.name = "0"}, {.name = "b"}});
  seen.renumber(without_a);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].spec.user, UserId{1});
  EXPECT_EQ(without_a.tenants()[seen[0].spec.tenant].path, "b");
  EXPECT_EQ(likeness_of(without_a.tenants(), seen[0].spec), of_b);
  seen.renumber(estate_of({{.name = "b", .children = {{.name = "c"}}}}));
  EXPECT_EQ(seen.size(), 0u);  // who has others below it submits nothing itself
}

}  // namespace
}  // namespace dure::forecast
