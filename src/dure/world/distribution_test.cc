#include "dure/world/distribution.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace dure {
namespace {

TEST(Distribution, LogarithmAndExponentialAreAccurate) {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    const double x = (random.unit() - 0.5) * 1400;
    EXPECT_NEAR(exponential(x) / std::exp(x), 1, 6e-16) << x;
    const double y = std::exp(x);
    EXPECT_NEAR(natural_log(y), std::log(y), 4e-16 * std::max(1.0, std::abs(std::log(y)))) << y;
  }
  EXPECT_EQ(natural_log(1), 0);
  EXPECT_EQ(exponential(0), 1);
}

TEST(Distribution, DrawsHaveTheirMeanAndDeviation) {
  Random random(2);
  constexpr int count = 1'000'000;
  double exponential_sum = 0, normal_sum = 0, normal_squares = 0;
  for (int i = 0; i < count; ++i) {
    exponential_sum += draw_exponential(random);
    const double normal = draw_normal(random);
    normal_sum += normal;
    normal_squares += normal * normal;
  }
  EXPECT_NEAR(exponential_sum / count, 1, 0.005);
  EXPECT_NEAR(normal_sum / count, 0, 0.005);
  EXPECT_NEAR(normal_squares / count, 1, 0.01);
}

TEST(Distribution, AChoiceFollowsItsWeights) {
  Random random(3);
  const WeightedChoice choice(std::array<std::uint32_t, 3>{1, 6, 3});
  std::array<int, 3> seen{};
  for (int i = 0; i < 100'000; ++i) ++seen[choice.draw(random)];
  EXPECT_NEAR(seen[0], 10'000, 500);
  EXPECT_NEAR(seen[1], 60'000, 1000);
  EXPECT_NEAR(seen[2], 30'000, 1000);
}

}  // namespace
}  // namespace dure
