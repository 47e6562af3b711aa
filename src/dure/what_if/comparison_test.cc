#include "dure/what_if/comparison.h"

#include <gtest/gtest.h>

#include <vector>

namespace dure::what_if {
namespace {

Figures figures(double evictions, std::optional<double> wait, double held) {
  Figures all;
  of(all, Figure::evictions) = evictions;
  of(all, Figure::median_wait) = wait;
  of(all, Figure::held_hours) = held;
  return all;
}

// Those that differ, in order.
std::vector<Difference> found(const std::vector<Pair>& pairs) {
  std::vector<Difference> differences;
  for (Difference& difference : compare(pairs)) {
    if (!difference.is_none()) differences.push_back(std::move(difference));
  }
  return differences;
}

TEST(Comparison, TellsHarmBeforeWaitsBeforeUseAndTheLargestFirst) {
  const Pair pair{.present = {{"a", figures(10, 60, 100)}, {"b", figures(0, 60, 50)}, {"c", figures(1, 9, 7)}},
                  .changed = {{"a", figures(11, 30, 10)}, {"b", figures(1, 59, 50)}, {"c", figures(1, 9, 7)}}};
  const std::vector<Difference> differences = found({pair});
  ASSERT_EQ(differences.size(), 5u);
  const auto is = [&](std::size_t i, const char* tenant, Figure figure) {
    return differences[i].tenant == tenant && differences[i].figure == figure && differences[i].is_sure;
  };
  EXPECT_TRUE(is(0, "b", Figure::evictions));
  EXPECT_TRUE(is(1, "a", Figure::evictions));
  EXPECT_TRUE(is(2, "a", Figure::median_wait));
  EXPECT_TRUE(is(3, "b", Figure::median_wait));
  EXPECT_TRUE(is(4, "a", Figure::held_hours));
}

TEST(Comparison, IsOfMeansAndSaysWhereDrawsDisagree) {
  const std::vector<Pair> pairs{{.present = {{"a", figures(0, 10, 4)}}, .changed = {{"a", figures(2, 20, 5)}}},
                                {.present = {{"a", figures(0, 30, 4)}}, .changed = {{"a", figures(0, 10, 6)}}}};
  const std::vector<Difference> differences = found(pairs);
  ASSERT_EQ(differences.size(), 3u);
  EXPECT_EQ(differences[0].changed, 1.0);
  EXPECT_TRUE(differences[0].is_sure) << "one draw says nothing";
  EXPECT_EQ(differences[1].present, 20.0);
  EXPECT_EQ(differences[1].changed, 15.0);
  EXPECT_FALSE(differences[1].is_sure);
  EXPECT_TRUE(differences[2].is_sure);
}

TEST(Comparison, KnowsTenantsThatAreOnOneSideAlone) {
  const std::vector<Difference> differences =
      found({{.present = {{"gone", figures(0, {}, 4)}}, .changed = {{"new", figures(0, 5, 0)}}}});
  ASSERT_FALSE(differences.empty());
  EXPECT_EQ(differences[0].tenant, "gone");
  EXPECT_FALSE(differences[0].changed);
  EXPECT_EQ(differences.back().present.has_value(), differences.back().tenant == "gone");
}

}  // namespace
}  // namespace dure::what_if
