#include "dure/forecast/track_record.h"

#include <gtest/gtest.h>

namespace dure::forecast {
namespace {

TEST(TrackRecord, CountsWhatWasCovered) {
  TrackRecord record;
  record.add(1, {100, 200, 300}, 150);
  record.add(1, {100, 200, 300}, 250);
  record.add(1, {100, 200, 300}, 400);
  record.add(2, {0, 0, 10}, 5);
  const Accuracy accuracy = record.of(1);
  EXPECT_EQ(accuracy.forecasts, 3u);
  EXPECT_NEAR(accuracy.covered, 2.0 / 3, 1e-9);
  EXPECT_NEAR(accuracy.below[0], 0, 1e-9);
  EXPECT_NEAR(accuracy.below[1], 1.0 / 3, 1e-9);
  EXPECT_NEAR(accuracy.below[2], 2.0 / 3, 1e-9);
  EXPECT_EQ(accuracy.median_width, 200);
  EXPECT_EQ(accuracy.median_error, 50);
  // 0.1 x 50 + 0.5 x 50 + 0.1 x 150, 0.1 x 150 + 0.5 x 50 + 0.1 x 50, 0.1 x 300 + 0.5 x 200 + 0.9 x 100
  EXPECT_NEAR(accuracy.pinball, (45 + 45 + 220) / 9.0, 1e-3);
  EXPECT_EQ(record.of_all().forecasts, 4u);
  EXPECT_EQ(record.of(0).forecasts, 0u);
}

TEST(TrackRecord, KeepsTheLatest) {
  TrackRecord record(2);
  for (const double seconds : {1000.0, 150.0, 250.0}) record.add(0, {100, 200, 300}, seconds);
  EXPECT_EQ(record.of(0).forecasts, 2u);
  EXPECT_EQ(record.of(0).covered, 1);
}

TEST(Horizon, IsByTheMedian) {
  EXPECT_EQ(horizon_of(0), 0u);
  EXPECT_EQ(horizon_of(599), 0u);
  EXPECT_EQ(horizon_of(600), 1u);
  EXPECT_EQ(horizon_of(24 * 3600), 4u);
}

}  // namespace
}  // namespace dure::forecast
