#include "dure/base/time.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

TEST(Duration, ReadsUnitsAndSums) {
  EXPECT_EQ(parse_duration("90s"), seconds(90));
  EXPECT_EQ(parse_duration("30m"), minutes(30));
  EXPECT_EQ(parse_duration("72h"), hours(72));
  EXPECT_EQ(parse_duration("7d"), days(7));
  EXPECT_EQ(parse_duration("1h30m"), minutes(90));
  EXPECT_EQ(parse_duration("250ms"), Duration{250'000'000});
  EXPECT_EQ(parse_duration("0"), Duration{});
}

TEST(Duration, RefusesWhatIsNotOne) {
  for (const char* text : {"", "h", "-1h", "1", "1 h", "1.5h", "1y", "NaN", "99999999999999999999s", "36526d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_TRUE(parse_duration("36525d"));
}

TEST(Duration, PrintsWhatItReads) {
  for (const char* text : {"0s", "90ms", "1m30s", "1h30m", "3d", "7d12h"}) {
    EXPECT_EQ(to_text(*parse_duration(text)), text);
  }
}

TEST(Time, ReadsAnyZoneAndPrintsUtc) {
  EXPECT_EQ(to_text(*parse_time("2026-11-23T09:00:00+09:00")), "2026-11-23T00:00:00Z");
  EXPECT_EQ(to_text(*parse_time("2026-11-23T09:00Z")), "2026-11-23T09:00:00Z");
  EXPECT_EQ(to_text(*parse_time("1969-12-31T23:59:59Z")), "1969-12-31T23:59:59Z");
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), Time{});
}

TEST(Time, EndsEarlyEnoughForTheLongestDurationToBeAdded) {
  EXPECT_EQ(to_text(latest_time), "2150-01-01T00:00:00Z");
  EXPECT_EQ(to_text(latest_time + longest_duration), "2250-01-02T00:00:00Z");
}

TEST(Time, RefusesWhatIsNotOne) {
  for (const char* text : {"", "2026-11-23", "2026-11-23T09:00:00", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z",
                           "2026-11-23T09:00:00+99:00", "2026-11-23T09:00:00Zx"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

}  // namespace
}  // namespace dure
