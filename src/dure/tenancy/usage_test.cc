#include "dure/tenancy/usage.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dure {
namespace {

TEST(Growth, DoublesEachHalfLife) {
  EXPECT_EQ(growth(seconds(0), days(7)), 1u << 24);
  EXPECT_EQ(growth(days(7), days(7)), 2u << 24);
  EXPECT_EQ(growth(days(70), days(7)), std::uint64_t{1024} << 24);
}

TEST(Growth, IsThePowerOfTwoInBetween) {
  for (std::int64_t hour = 0; hour < 24 * 40; hour += 5) {
    const double exact = std::exp2(static_cast<double>(hour) / (24 * 7)) * (1 << 24);
    EXPECT_NEAR(static_cast<double>(growth(hours(hour), days(7))), exact, 1.0 + exact * 1e-9) << hour;
  }
}

TEST(Usage, WhatWasUsedAHalfLifeAgoCountsHalf) {
  UsageClock clock(days(7));
  UsageAccount early;
  UsageAccount late;
  early.hold(8000, clock.weight(Time{}));
  early.hold(-8000, clock.weight(Time{} + days(1)));
  late.hold(4000, clock.weight(Time{} + days(7)));
  late.hold(-4000, clock.weight(Time{} + days(8)));
  const std::int64_t now = clock.weight(Time{} + days(9));
  EXPECT_NEAR(static_cast<double>(early.usage(now)) / static_cast<double>(late.usage(now)), 1.0, 1e-6);
}

TEST(Usage, RebasingKeepsTheOrderAndTheRatio) {
  UsageClock clock(days(7));
  UsageAccount a;
  UsageAccount b;
  a.hold(8000, clock.weight(Time{}));
  b.hold(2000, clock.weight(Time{}));
  const Time later = Time{} + days(7 * 35);
  ASSERT_TRUE(clock.must_rebase(later));
  const int shift = clock.rebase(later);
  a.base >>= shift;
  b.base >>= shift;
  EXPECT_FALSE(clock.must_rebase(later));
  const std::int64_t weight = clock.weight(later);
  EXPECT_NEAR(static_cast<double>(a.usage(weight)) / static_cast<double>(b.usage(weight)), 4.0, 1e-6);
}

}  // namespace
}  // namespace dure
