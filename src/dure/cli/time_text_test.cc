#include "dure/cli/time_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace dure::cli {
namespace {

class TimeText : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("TZ", "KST-9", 1);
    tzset();
  }
  static Time at(const char* text) { return parse_time(text).value(); }
};

TEST_F(TimeText, SaysTheTwoLargestUnits) {
  EXPECT_EQ(short_text(seconds(0)), "0s");
  EXPECT_EQ(short_text(seconds(59)), "59s");
  EXPECT_EQ(short_text(seconds(60)), "1m");
  EXPECT_EQ(short_text(seconds(312)), "5m12s");
  EXPECT_EQ(short_text(minutes(123)), "2h03m");
  EXPECT_EQ(short_text(hours(72)), "3d");
  EXPECT_EQ(short_text(hours(76) + minutes(5)), "3d04h");
}

TEST_F(TimeText, SaysTheDayOnlyWhereItIsAnother) {
  const Time now = at("2026-11-23T23:30:00+09:00");
  EXPECT_EQ(clock_text(at("2026-11-23T14:05:59+09:00"), now), "14:05");
  EXPECT_EQ(clock_text(at("2026-11-23T14:05:59+09:00"), now, Precision::second), "14:05:59");
  EXPECT_EQ(clock_text(at("2026-11-24T00:05:00+09:00"), now), "Nov 24 00:05");
  EXPECT_EQ(clock_text(at("2027-01-02T14:05:00+09:00"), now), "2027-01-02 14:05");
}

TEST_F(TimeText, SaysHowFarAwayItIs) {
  const Time now = at("2026-11-23T12:00:00+09:00");
  EXPECT_EQ(relative_text(now, now), "now");
  EXPECT_EQ(relative_text(now + minutes(25), now), "in 25m");
  EXPECT_EQ(relative_text(now - seconds(312), now), "5m12s ago");
  EXPECT_EQ(when_text(now + minutes(25), now), "12:25 (in 25m)");
}

}  // namespace
}  // namespace dure::cli
