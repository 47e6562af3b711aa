#include "dure/base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace dure {
namespace {

// The published first outputs of xoshiro256** for the state {1, 2, 3, 4} cannot be reached through a seed, so the
// sequence of a seed is pinned instead: a change here changes every demand model.
TEST(Random, KeepsItsSequence) {
  Random random(42);
  EXPECT_EQ(random.next(), 1546998764402558742u);
  EXPECT_EQ(random.next(), 6990951692964543102u);
}

TEST(Random, BelowIsEven) {
  Random random(1);
  std::array<int, 6> seen{};
  for (int i = 0; i < 60'000; ++i) ++seen[random.below(6)];
  for (int count : seen) EXPECT_NEAR(count, 10'000, 400);
}

TEST(Random, BetweenReachesBothEnds) {
  Random random(3);
  bool first = false;
  bool last = false;
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t value = random.between(-2, 2);
    ASSERT_GE(value, -2);
    ASSERT_LE(value, 2);
    first |= value == -2;
    last |= value == 2;
  }
  EXPECT_TRUE(first && last);
}

}  // namespace
}  // namespace dure
