#include "dure/forecast/forecaster.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dure/forecast/test_site.h"

namespace dure::forecast {
namespace {

// Runs of an hour each; then one that has run for half of it is ahead of who waits.
TEST(Forecaster, SaysWhenWhoIsAheadWillHaveEnded) {
  Site site;
  std::int64_t now = 0;
  for (int i = 0; i < 40; ++i, now += 3600) site.end(at(now + 3600), site.submit(at(now), 4, hours(10)));
  site.submit(at(now), 4, hours(10));
  const JobId waiting = site.submit(at(now + 1800), 4, hours(10));
  const auto made = site.forecaster.forecast(site.state, at(now + 1800), std::vector{waiting});
  ASSERT_EQ(made.size(), 1u);
  EXPECT_NEAR(made[0].start[1], 1800, 60);
  EXPECT_LE(made[0].start[0], made[0].start[1]);
  EXPECT_LE(made[0].start[1], made[0].start[2]);
  const auto by_limits = site.forecaster.by_time_limits(site.state, at(now + 1800), std::vector{waiting});
  EXPECT_NEAR(by_limits[0], 10 * 3600 - 1800, 1);
}

TEST(Forecaster, SaysTheSameOnAnyNumberOfThreads) {
  std::vector<std::vector<double>> drawn;
  for (const std::uint32_t threads : {1u, 4u}) {
    Site site({.draws = 16, .threads = threads, .horizon = days(7)});
    for (int i = 0; i < 10; ++i) site.end(at(600 * (i + 1)), site.submit(at(600 * i), 2, hours(2 + i)));
    site.submit(at(7000), 4, hours(5));
    const JobId waiting = site.submit(at(7000), 4, hours(5));
    drawn.push_back(site.forecaster.forecast(site.state, at(7200), std::vector{waiting})[0].drawn);
  }
  EXPECT_EQ(drawn[0], drawn[1]);
}

TEST(Forecaster, HearsWhatCameOfIt) {
  Site site;
  const JobId running = site.submit(at(0), 4, hours(1));
  const JobId waiting = site.submit(at(0), 4, hours(1));
  const JobId cancelled = site.submit(at(0), 4, hours(1));
  site.forecaster.forecast(site.state, at(0), std::vector{waiting, cancelled});
  site.forecaster.forecast(site.state, at(60), std::vector{waiting});
  site.tell(at(100), JobCancelled{cancelled});
  site.end(at(900), running);
  ASSERT_EQ(site.outcomes.size(), 2u);
  EXPECT_EQ(site.outcomes[0].first.job, waiting);
  EXPECT_EQ(site.outcomes[0].second, 900);
  EXPECT_EQ(site.outcomes[1].second, 840);
}

// By how much the last forecast goes beyond its draws, if so many were made five hours before, when two were likely.
double beyond_draws_after(int forecasts) {
  Site site;
  for (int i = 0; i < 20; ++i) site.end(at(7200 * (i + 1)), site.submit(at(7200 * i), 4, hours(20)));
  const Time begin = at(7200 * 20);
  site.submit(begin, 4, hours(20));
  const std::vector waiting{site.submit(begin, 4, hours(20))};
  for (int i = 0; i < forecasts; ++i) site.forecaster.forecast(site.state, begin, waiting);
  const Forecast last = site.forecaster.forecast(site.state, begin + hours(5), waiting)[0];
  EXPECT_TRUE(site.outcomes.empty());
  return last.start[2] / last.drawn.back();
}

// Long before a job starts: what was said some hours ago is known to have been too early.
TEST(Forecaster, LearnsFromTimeThatPasses) { EXPECT_GT(beyond_draws_after(50), beyond_draws_after(0) * 1.1); }

// A job that can never start within the horizon is said not to.
TEST(Forecaster, SaysWhatIsBeyondItsHorizon) {
  Site site({.draws = 4, .threads = 1, .horizon = hours(1)});
  site.submit(at(0), 4, days(5));
  const JobId waiting = site.submit(at(0), 4, hours(1));
  site.tell(at(1), NodeDrained{NodeId{0}, "gone"});
  const auto made = site.forecaster.forecast(site.state, at(1), std::vector{waiting});
  EXPECT_TRUE(std::isinf(made[0].drawn[0]));
  EXPECT_GE(made[0].start[1], 3600);
}

// Neither the state nor what is decided on it changes.
TEST(Forecaster, LeavesThePresentAsItIs) {
  Site site;
  site.submit(at(0), 4, hours(1));
  const JobId waiting = site.submit(at(0), 4, hours(1));
  const std::uint64_t before = site.state.digest();
  site.forecaster.forecast(site.state, at(0), std::vector{waiting});
  EXPECT_EQ(site.state.digest(), before);
}

}  // namespace
}  // namespace dure::forecast
