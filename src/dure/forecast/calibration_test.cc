#include "dure/forecast/calibration.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "dure/base/random.h"

namespace dure::forecast {
namespace {

constexpr std::array<double, 5> hours_drawn{3600, 2 * 3600, 3 * 3600, 4 * 3600, 5 * 3600};
constexpr Duration horizon = days(30);

TEST(DrawnScale, ReadsBetweenAndBeyondTheDraws) {
  const DrawnScale scale(hours_drawn, horizon);
  EXPECT_NEAR(scale.at(0), 3600, 1e-6);
  EXPECT_NEAR(scale.at(0.5), 3 * 3600, 1e-6);
  EXPECT_NEAR(scale.at(1), 5 * 3600, 1e-6);
  EXPECT_GT(scale.at(0.6), 3 * 3600);
  EXPECT_LT(scale.at(0.6), 4 * 3600);
  EXPECT_NEAR(scale.at(2), (5 * 3600 + 60) * std::exp(1) - 60, 1);
  EXPECT_EQ(scale.at(-20), 0);
}

TEST(DrawnScale, WhatIsNotWithinTheHorizonStandsAMinuteAfterIt) {
  const std::array<double, 2> one_in_two{60, HUGE_VAL};
  EXPECT_NEAR(DrawnScale(one_in_two, horizon).at(1), 30 * 24 * 3600 + 60, 1e-3);
}

// Though the draws are early or late, four in five come within the interval before long.
TEST(Calibration, ComesToCoverWhatItSays) {
  for (const double off : {0.6, 1.0, 1.2}) {
    Calibration calibration(horizon);
    Random random(1);
    int covered = 0;
    constexpr int warm_up = 5000;
    constexpr int scored = 20'000;
    for (int i = 0; i < warm_up + scored; ++i) {
      const Quantiles said = calibration.correct(hours_drawn);
      const double start = off * 3 * 3600 * std::exp((random.unit() - 0.5) * 3);
      for (std::size_t q = 0; q < quantile_count; ++q) calibration.learn(said[1], q, start <= said[q]);
      if (i >= warm_up && said[0] <= start && start <= said[2]) ++covered;
    }
    EXPECT_NEAR(covered / double{scored}, 0.8, 0.03) << off;
  }
}

TEST(Calibration, LearnsEachHorizonByItself) {
  Calibration calibration(horizon);
  const std::array<double, 2> minutes_drawn{60, 120};
  const Quantiles before = calibration.correct(minutes_drawn);
  for (int i = 0; i < 1000; ++i) calibration.learn(3 * 3600, 2, false);
  EXPECT_EQ(calibration.correct(minutes_drawn), before);
  EXPECT_GT(calibration.correct(hours_drawn)[2], Calibration(horizon).correct(hours_drawn)[2]);
}

TEST(Calibration, LearnsWhatIsFourDaysAwayOrMoreApart) {
  constexpr double day = 24 * 3600;
  Calibration calibration(horizon);
  const std::array<double, 2> from_four_days{4 * day + 1, 4 * day + 1};
  const std::array<double, 2> before_that{4 * day - 1, 4 * day - 1};
  const Quantiles before = calibration.correct(from_four_days);
  for (int i = 0; i < 1000; ++i) calibration.learn(4 * day - 1, 2, false);
  EXPECT_EQ(calibration.correct(from_four_days), before);
  EXPECT_GT(calibration.correct(before_that)[2], Calibration(horizon).correct(before_that)[2]);
  calibration.learn(4 * day, 2, false);
  EXPECT_GT(calibration.correct(from_four_days)[2], before[2]);
}

// However wrong the draws are: starts that come four times as late as any of them are covered before long.
TEST(Calibration, IsBoundedOnlyFarBeyondTheDraws) {
  Calibration calibration(horizon);
  for (int i = 0; i < 5000; ++i) {
    const Quantiles said = calibration.correct(hours_drawn);
    calibration.learn(said[1], 2, 4 * hours_drawn.back() <= said[2]);
  }
  EXPECT_GT(calibration.correct(hours_drawn)[2], 3.5 * hours_drawn.back());
}

// Who starts though no draw saw it start is covered before long, as whoever starts early is.
TEST(Calibration, CoversWhatNoDrawSawStart) {
  constexpr double ten_days = 10 * 24 * 3600;
  const std::array<double, 2> never{HUGE_VAL, HUGE_VAL};
  Calibration calibration(horizon);
  for (int i = 0; i < 1000; ++i) {
    const Quantiles said = calibration.correct(never);
    for (std::size_t q = 0; q < quantile_count; ++q) calibration.learn(said[1], q, ten_days <= said[q]);
  }
  const Quantiles said = calibration.correct(never);
  EXPECT_LT(said[0], 1.1 * ten_days);
  EXPECT_GT(said[1], 30 * 24 * 3600);
}

TEST(Calibration, KeepsQuantilesInOrder) {
  Calibration calibration(horizon);
  for (int i = 0; i < 10'000; ++i) {
    calibration.learn(3 * 3600, 0, false);
    calibration.learn(3 * 3600, 2, true);
  }
  const Quantiles said = calibration.correct(hours_drawn);
  EXPECT_LE(said[0], said[1]);
  EXPECT_LE(said[1], said[2]);
}

}  // namespace
}  // namespace dure::forecast
