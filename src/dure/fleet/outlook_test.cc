#include "dure/fleet/outlook.h"

#include <gtest/gtest.h>

#include "dure/base/random.h"
#include "dure/fleet/test_outlook.h"

namespace dure {
namespace {

using test::WatchedIndex;

constexpr Demand gpu{.gpu_milli = 1000, .cpu_milli = 10'000};

Time hour(std::int64_t n) { return Time{} + hours(n); }

Fleet one_node() {
  return Fleet(
      {.name = "f",
       .sites = {{.name = "s", .pools = {{.name = "p", .gpu_model = "X", .gpus_per_node = 4, .cpu_milli = 40'000}}}}});
}

class OneNode : public testing::Test {
 protected:
  // Holds these devices until then.
  void hold(std::uint64_t gpus, Time end) {
    node.book({{.node = NodeId{0},
                .tasks = static_cast<std::uint32_t>(std::popcount(gpus)),
                .gpus = gpus,
                .gpu_milli = whole}},
              gpu, end);
  }
  std::uint64_t lasting() { return node.index.pool(PoolId{0}).most_tasks(gpu, Level::site, Fences::respected); }
  std::uint64_t after_stops() { return node.index.pool(PoolId{0}).most_tasks(gpu, Level::site, Fences::after_stops); }

  Fleet fleet = one_node();
  WatchedIndex node{fleet};
};

TEST_F(OneNode, WhatLeavesForAPromiseTakesNothingFromTheRest) {
  hold(0b0011, hour(2));
  ASSERT_TRUE(node.promise(gpu, 2, Level::site, hour(2)));
  EXPECT_EQ(lasting(), 2u) << "the promise has the devices that become free, or as many";
  ASSERT_TRUE(node.promise(gpu, 2, Level::site, hour(2)));
  EXPECT_EQ(lasting(), 0u);
  EXPECT_FALSE(node.promise(gpu, 1, Level::site, hour(3)));
  node.withdraw(1);
  EXPECT_EQ(lasting(), 2u);
}

TEST_F(OneNode, APromiseForAnEarlierTimeDoesNotCountOnWhatLeavesLater) {
  hold(0b0111, hour(5));
  ASSERT_TRUE(node.promise(gpu, 3, Level::site, hour(5)));
  EXPECT_EQ(lasting(), 1u);
  ASSERT_TRUE(node.promise(gpu, 1, Level::site, hour(1)));
  EXPECT_EQ(lasting(), 0u);
}

TEST_F(OneNode, WhatStopsIsCountedOnByThosePromisedAndByWhoAsksForIt) {
  hold(0b1111, hour(9));
  EXPECT_EQ(after_stops(), 0u);
  node.stop(0, hour(1));
  EXPECT_EQ(lasting(), 0u);
  EXPECT_EQ(after_stops(), 4u);
  ASSERT_TRUE(node.promise(gpu, 3, Level::site, hour(1)));
  EXPECT_EQ(after_stops(), 1u);
  node.give_back(0);
  EXPECT_EQ(lasting(), 1u);
}

TEST_F(OneNode, HalfOfADeviceMayBePromisedWhileTheOtherHalfIsHeld) {
  const Demand half{.gpu_milli = 500};
  node.book({{.node = NodeId{0}, .tasks = 1, .gpus = 1, .gpu_milli = 500}}, half, hour(1));
  node.book({{.node = NodeId{0}, .tasks = 3, .gpus = 0b1110, .gpu_milli = whole}}, gpu, hour(9));
  ASSERT_TRUE(node.promise(half, 1, Level::site, hour(1)));
  EXPECT_EQ(node.index.pool(PoolId{0}).most_tasks(half, Level::site, Fences::respected), 1u);
}

}  // namespace
}  // namespace dure
