#include "network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "dure/base/random.h"
#include "momentum.h"
#include "product.h"

namespace dure::train {
namespace {

std::vector<float> random_floats(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> floats(count);
  for (float& value : floats) value = static_cast<float>(random.unit() - 0.5);
  return floats;
}

// Sizes on both sides of a tile.
TEST(Product, IsThatOfThePlainLoopsToTheLastBit) {
  for (const Extent extent : {Extent{1, 1, 1}, Extent{3, 5, 7}, Extent{4, 9, 8}, Extent{5, 0, 9}, Extent{9, 33, 26}}) {
    const auto a = random_floats(extent.rows * extent.inner, 1);
    const auto b = random_floats(extent.inner * extent.columns, 2);
    const auto start = random_floats(extent.rows * extent.columns, 3);
    auto expected = start;
    for (std::size_t i = 0; i < extent.rows; ++i) {
      for (std::size_t j = 0; j < extent.columns; ++j) {
        for (std::size_t k = 0; k < extent.inner; ++k) {
          expected[i * extent.columns + j] += a[i * extent.inner + k] * b[k * extent.columns + j];
        }
      }
    }
    auto sums = start;
    add_product({a.data(), extent.inner, 1}, b.data(), sums.data(), extent);
    EXPECT_EQ(sums, expected) << extent.rows << " " << extent.inner << " " << extent.columns;
  }
}

TEST(Product, TakesATransposedMatrix) {
  const std::vector<float> a{1, 2, 3, 4, 5, 6};  // 2 by 3, taken as 3 by 2
  const std::vector<float> b{1, 10};
  std::vector<float> sums(3);
  add_product({a.data(), 1, 3}, b.data(), sums.data(), {.rows = 3, .inner = 2, .columns = 1});
  EXPECT_EQ(sums, (std::vector<float>{41, 52, 63}));
}

Batch some_images(std::size_t count) {
  Random random(5);
  Dataset dataset;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t p = 0; p < pixels_per_image; ++p) {
      dataset.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
    }
    dataset.labels.push_back(static_cast<std::uint8_t>(random.below(classes)));
  }
  Batch batch;
  for (std::size_t i = 0; i < count; ++i) batch.add(dataset, i);
  return batch;
}

TEST(Network, GradientIsTheSlopeOfTheLoss) {
  const Batch batch = some_images(3);
  Network network(5, 1);
  std::vector<float> gradient(network.parameters().size());
  const Tally tally = network.judge(batch, gradient);
  EXPECT_EQ(tally.images, 3u);
  constexpr float step = 1e-2f;
  for (std::size_t i = 0; i < gradient.size(); i += i < 3920 ? 97 : 1) {
    float& parameter = network.parameters()[i];
    const float kept = parameter;
    parameter = kept + step;
    const double above = network.judge(batch).loss;
    parameter = kept - step;
    const double below = network.judge(batch).loss;
    parameter = kept;
    EXPECT_NEAR(gradient[i], (above - below) / (2.0 * step), 0.02 + 0.02 * std::fabs(gradient[i])) << i;
  }
}

TEST(Network, GradientOfSlicesIsThatOfTheWhole) {
  const Batch whole = some_images(6);
  Network network(8, 2);
  std::vector<float> at_once(network.parameters().size());
  std::vector<float> in_parts(at_once.size());
  const Tally tally = network.judge(whole, at_once);
  Tally parts;
  for (const std::size_t begin : {0u, 2u}) {
    const std::size_t end = begin == 0 ? 2 : 6;
    Batch part;
    part.pixels.assign(whole.pixels.begin() + static_cast<std::ptrdiff_t>(begin * pixels_per_image),
                       whole.pixels.begin() + static_cast<std::ptrdiff_t>(end * pixels_per_image));
    part.labels.assign(whole.labels.begin() + static_cast<std::ptrdiff_t>(begin),
                       whole.labels.begin() + static_cast<std::ptrdiff_t>(end));
    parts += network.judge(part, in_parts);
  }
  EXPECT_EQ(parts.correct, tally.correct);
  EXPECT_NEAR(parts.loss, tally.loss, 1e-9);
  for (std::size_t i = 0; i < at_once.size(); ++i) ASSERT_NEAR(at_once[i], in_parts[i], 1e-4) << i;
}

TEST(Network, AnEmptySliceAddsNothing) {
  Network network(8, 2);
  std::vector<float> gradient(network.parameters().size(), 1.0f);
  EXPECT_EQ(network.judge(Batch{}, gradient).images, 0u);
  EXPECT_EQ(gradient, std::vector<float>(gradient.size(), 1.0f));
}

TEST(Network, SeedsGiveTheirOwnWeights) {
  const auto weights = [](std::uint64_t seed) {
    const Network network(4, seed);
    return std::vector<float>(network.parameters().begin(), network.parameters().end());
  };
  EXPECT_EQ(weights(1), weights(1));
  EXPECT_NE(weights(1), weights(2));
}

TEST(Momentum, KeepsNineTenthsOfItsSpeed) {
  Momentum momentum(1);
  std::vector<float> parameter{1.0f};
  momentum.step(parameter, std::vector<float>{4.0f}, 2, 0.5f);
  EXPECT_FLOAT_EQ(parameter[0], 1.0f - 0.5f * 2.0f);
  momentum.step(parameter, std::vector<float>{0.0f}, 2, 0.5f);
  EXPECT_FLOAT_EQ(parameter[0], -0.5f * 1.8f);
}

TEST(Momentum, RateFallsToAHundredthOfTheFirst) {
  EXPECT_FLOAT_EQ(rate_of_epoch(1.0f, 0), 1.0f);
  EXPECT_FLOAT_EQ(rate_of_epoch(1.0f, 2), 0.49f);
  EXPECT_FLOAT_EQ(rate_of_epoch(1.0f, 1000), 0.01f);
}

}  // namespace
}  // namespace dure::train
