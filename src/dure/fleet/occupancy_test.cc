#include "dure/fleet/occupancy.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

Fleet small_node() {
  return Fleet(
      {.name = "f",
       .sites = {
           {.name = "s",
            .pools = {{.name = "p", .gpu_model = "X", .gpus_per_node = 4, .cpu_milli = 16'000, .memory_mib = 1000}}}}});
}

TEST(Occupancy, CountsTheScarcestResource) {
  const Fleet fleet = small_node();
  const Occupancy occupancy(fleet);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = 1000}), 4u);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = 300}), 12u);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = 1000, .cpu_milli = 6000}), 2u);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = 1000, .memory_mib = 400}), 2u);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = 5000}), 0u);
}

TEST(Occupancy, AFractionGoesToTheFullestDeviceThatFits) {
  const Fleet fleet = small_node();
  Occupancy occupancy(fleet);
  const Demand half{.gpu_milli = 500};
  const Demand third{.gpu_milli = 300};
  Allocation first;
  occupancy.room(NodeId{0}).choose(NodeId{0}, half, 1, first);
  occupancy.book(first[0], half);
  Allocation second;
  occupancy.room(NodeId{0}).choose(NodeId{0}, third, 1, second);
  EXPECT_EQ(second[0].gpus, 1u);
  occupancy.book(second[0], third);
  // 200 thousandths are left on device 0: the next goes to device 1.
  Allocation next;
  occupancy.room(NodeId{0}).choose(NodeId{0}, third, 1, next);
  EXPECT_EQ(next[0].gpus, 2u);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = 200}), 16u);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = 1000}), 3u);
}

TEST(Occupancy, ManyFractionsSpreadOverDevicesOnePlacementEach) {
  const Fleet fleet = small_node();
  Occupancy occupancy(fleet);
  const Demand demand{.gpu_milli = 400};
  Allocation allocation;
  occupancy.room(NodeId{0}).choose(NodeId{0}, demand, 3, allocation);
  ASSERT_EQ(allocation.size(), 2u);
  EXPECT_EQ(allocation[0].tasks, 2u);
  EXPECT_EQ(allocation[0].gpu_milli, 800);
  EXPECT_EQ(allocation[1].gpu_milli, 400);
}

TEST(Occupancy, GivingBackRestoresEverything) {
  const Fleet fleet = small_node();
  Occupancy occupancy(fleet);
  const Demand demand{.gpu_milli = 2000, .cpu_milli = 8000, .memory_mib = 500};
  Allocation allocation;
  occupancy.room(NodeId{0}).choose(NodeId{0}, demand, 2, allocation);
  occupancy.book(allocation[0], demand);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.cpu_milli = 1}), 0u);
  EXPECT_EQ(occupancy.free_gpu_milli(NodeId{0}, 3), 0);
  occupancy.give_back(allocation[0], demand);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, demand), 2u);
  EXPECT_EQ(occupancy.free_cpu_milli(NodeId{0}), 16'000);
}

TEST(Occupancy, AnUnavailableNodeTakesNothing) {
  const Fleet fleet = small_node();
  Occupancy occupancy(fleet);
  occupancy.set_available(NodeId{0}, false);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = 1000}), 0u);
}

TEST(OccupancyDeathTest, BookingTwiceIsABug) {
  const Fleet fleet = small_node();
  Occupancy occupancy(fleet);
  const Placement placement{.node = NodeId{0}, .tasks = 1, .gpus = 1, .gpu_milli = 1000};
  occupancy.book(placement, {.gpu_milli = 1000});
  EXPECT_DEATH(occupancy.book(placement, {.gpu_milli = 1000}), "internal error");
}

TEST(Occupancy, ASickDeviceTakesNothingNewAndKeepsItsBooks) {
  const Fleet fleet = small_node();
  Occupancy occupancy(fleet);
  const Placement held{.node = NodeId{0}, .tasks = 1, .gpus = 0b1, .gpu_milli = 250};
  occupancy.book(held, {.gpu_milli = 250});
  const std::uint32_t shares = occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = 250});
  const std::uint32_t wholes = occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = whole});
  occupancy.set_sick(NodeId{0}, 0b11);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = 250}), shares - 7);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = whole}), wholes - 1);
  EXPECT_EQ(occupancy.free_gpu_milli(NodeId{0}, 0), 750);
  EXPECT_EQ(occupancy.free_gpu_milli(NodeId{0}, 1), 1000);
  occupancy.give_back(held, {.gpu_milli = 250});
  EXPECT_EQ(occupancy.free_gpu_milli(NodeId{0}, 0), 1000);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = whole}), wholes - 1);
  occupancy.set_sick(NodeId{0}, 0);
  EXPECT_EQ(occupancy.tasks_that_fit(NodeId{0}, {.gpu_milli = whole}), wholes + 1);
}

}  // namespace
}  // namespace dure
