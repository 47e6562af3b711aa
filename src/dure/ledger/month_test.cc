#include "dure/ledger/month.h"

#include <gtest/gtest.h>

namespace dure::ledger {
namespace {

TEST(Month, EndsWhereItsZoneSays) {
  const Time new_year = *parse_time("2026-01-01T00:00:00+09:00");
  EXPECT_EQ(to_text(month_of(new_year, hours(9))), "2026-01");
  EXPECT_EQ(to_text(month_of(new_year - Duration{1}, hours(9))), "2025-12");
  EXPECT_EQ(to_text(month_of(new_year, {})), "2025-12");
}

TEST(Month, BeginsWhereTheOneBeforeEnds) {
  for (int number = -30; number < 1000; ++number) {
    for (const Duration zone : {hours(-11), Duration{}, hours(9)}) {
      const Time begin = begin_of({number}, zone);
      EXPECT_EQ(month_of(begin, zone).number, number);
      EXPECT_EQ(month_of(begin - Duration{1}, zone).number, number - 1);
    }
  }
}

TEST(Month, SomeAreLaterOnTheSameDayOrAtTheEndOfAShorterOne) {
  const auto later = [](const char* from, std::int64_t months) {
    return to_text(months_later(*parse_time(from), months, hours(9)) + hours(9));
  };
  EXPECT_EQ(later("2026-01-05T10:30:00+09:00", 12), "2027-01-05T10:30:00Z");
  EXPECT_EQ(later("2026-03-31T23:00:00Z", 1), "2026-05-01T08:00:00Z") << "the first of April in Seoul";
  EXPECT_EQ(later("2026-01-28T10:00:00+09:00", 1), "2026-02-28T10:00:00Z");
  EXPECT_EQ(later("2026-01-29T10:00:00+09:00", 1), "2026-03-01T00:00:00Z");
  EXPECT_EQ(later("2028-01-29T10:00:00+09:00", 1), "2028-02-29T10:00:00Z");
  EXPECT_EQ(later("2026-12-31T10:00:00+09:00", 2), "2027-03-01T00:00:00Z");
  EXPECT_EQ(later("2026-01-31T10:00:00+09:00", 0), "2026-01-31T10:00:00Z");
}

TEST(Month, IsReadAsItIsWritten) {
  EXPECT_EQ(parse_month("2024-02")->number, 54 * 12 + 1);
  EXPECT_EQ(to_text(*parse_month("1999-12")), "1999-12");
  for (const char* wrong : {"", "2024-13", "2024-00", "2024-2", "24-02-1", "1969-01", "2150-01", "2024-0a"}) {
    EXPECT_FALSE(parse_month(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace dure::ledger
