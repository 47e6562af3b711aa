#include "dure/fleet/pool_windows.h"

#include <gtest/gtest.h>

#include <utility>

#include "dure/base/random.h"
#include "dure/fleet/capacity_index.h"

namespace dure {
namespace {

Time at(std::int64_t hour) { return Time{} + hours(hour); }

struct Known {
  WindowId id;
  Time from;
  Time until;
  std::vector<std::uint32_t> nodes;
};

// Windows come and go; a node is barred exactly if one of its windows lies in the stay.
TEST(PoolWindows, BarWhoWouldBeThereInOne) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    PoolWindows windows;
    std::vector<Known> known;
    for (std::uint32_t step = 0; step < 20; ++step) {
      if (!known.empty() && random.below(4) == 0) {
        std::swap(known[random.below(known.size())], known.back());
        EXPECT_EQ(windows.close(known.back().id), known.back().nodes);
        known.pop_back();
      } else {
        const Time from = at(random.between(0, 30));
        Known one{WindowId{step}, from, from + hours(random.between(1, 9)), {}};
        for (std::uint32_t node = 0; node < 6; ++node) {
          if (random.below(3) == 0) one.nodes.push_back(node);
        }
        windows.open(one.id, one.from, one.until, one.nodes);
        if (!one.nodes.empty()) known.push_back(one);
      }
      const Time begin = at(random.between(0, 40));
      const Time end = begin + hours(random.between(1, 20));
      const Bar bar = windows.bar(begin, end);
      for (std::uint32_t node = 0; node < 6; ++node) {
        bool is_in_the_way = false;
        for (const Known& one : known) {
          const bool is_there = std::find(one.nodes.begin(), one.nodes.end(), node) != one.nodes.end();
          is_in_the_way = is_in_the_way || (is_there && one.from < end && one.until > begin);
        }
        EXPECT_EQ(windows.is_barred(node, bar), is_in_the_way);
      }
    }
    EXPECT_EQ(windows.empty(), known.empty());
  }
}

TEST(PoolWindows, BarTheSameNodesByTheSameTimesUntilOneBegins) {
  PoolWindows windows;
  windows.open(WindowId{1}, at(10), at(12), {0});
  windows.open(WindowId{2}, at(20), at(22), {1});
  EXPECT_FALSE(windows.bar(at(0), at(10)).bars_anything());
  EXPECT_EQ(windows.bar(at(0), at(11)), windows.bar(at(3), at(20)));
  EXPECT_NE(windows.bar(at(0), at(11)), windows.bar(at(3), at(21)));
  EXPECT_FALSE(windows.is_barred(0, windows.bar(at(12), at(20))));
  EXPECT_EQ(windows.ends_after(at(12)), std::vector{at(22)});
}

TEST(PoolWindows, LeaveOneItsOwnNodesAlone) {
  PoolWindows windows;
  windows.open(WindowId{1}, at(10), at(12), {0, 2});
  const Bar inside{.inside = WindowId{1}};
  EXPECT_FALSE(windows.is_barred(2, inside));
  EXPECT_TRUE(windows.is_barred(1, inside));
  EXPECT_TRUE(windows.is_barred(7, inside));
}

// More stays than trees are kept for, asked in turn, with windows that come and go between.
TEST(PoolWindows, CountInTheIndexForEveryStay) {
  const Fleet fleet({.name = "f",
                     .sites = {{.name = "s",
                                .pools = {{.name = "p",
                                           .gpu_model = "X",
                                           .gpus_per_node = 1,
                                           .cpu_milli = 4000,
                                           .racks_per_block = 4,
                                           .nodes_per_rack = 25}}}}});
  CapacityIndex index(fleet);
  PoolCapacity& pool = index.pool(PoolId{0});
  const Demand gpu{.gpu_milli = 1000, .cpu_milli = 1000};
  const DemandId demand = pool.watch(gpu);
  for (std::uint32_t n = 0; n < 100; ++n) pool.open(WindowId{n}, at(n), at(n + 5), {NodeId{n}});
  const auto clear = [&](std::int64_t begin, std::int64_t end) {
    return pool.most_tasks(demand, Level::site, {Fences::ignored, pool.windows().bar(at(begin), at(end))});
  };
  for (std::int64_t end = 1; end <= 100; ++end) EXPECT_EQ(clear(0, end), static_cast<std::uint64_t>(100 - end));
  EXPECT_EQ(clear(50, 60), 100u - 4 - 10);
  pool.close(WindowId{55});
  EXPECT_EQ(clear(50, 60), 100u - 4 - 9);
  index.book(PoolId{0}, pool.place(gpu, 1, Level::site, {Fences::ignored, {.inside = WindowId{70}}}), gpu, {at(99)});
  EXPECT_EQ(clear(71, 72), 100u - 5);
  EXPECT_EQ(clear(10, 11), 100u - 5 - 1);
  for (std::uint32_t n = 0; n < 100; ++n) pool.close(WindowId{n});
  EXPECT_EQ(clear(0, 100), 99u);
}

}  // namespace
}  // namespace dure
