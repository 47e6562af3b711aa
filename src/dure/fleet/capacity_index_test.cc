#include "dure/fleet/capacity_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "dure/base/random.h"
#include "dure/fleet/test_outlook.h"

namespace dure {
namespace {

constexpr PoolId pool{0};

Fleet fleet_of(std::uint32_t blocks, std::uint32_t racks, std::uint32_t nodes) {
  PoolSpec spec{.name = "p", .gpu_model = "X", .gpus_per_node = 4, .cpu_milli = 64'000, .memory_mib = 4096};
  spec.blocks = blocks;
  spec.racks_per_block = racks;
  spec.nodes_per_rack = nodes;
  return Fleet({.name = "f", .sites = {{.name = "s", .pools = {spec}}}});
}

std::set<std::uint32_t> nodes_of(const Allocation& allocation) {
  std::set<std::uint32_t> nodes;
  for (const Placement& placement : allocation) nodes.insert(placement.node.value);
  return nodes;
}

// Books whole nodes for good.
void occupy(CapacityIndex& index, std::initializer_list<std::uint32_t> nodes) {
  for (std::uint32_t node : nodes) {
    index.book(pool, {{.node = NodeId{node}, .tasks = 1, .gpus = 0xF, .gpu_milli = whole}}, {.gpu_milli = 4000},
               {Time::never()});
  }
}

TEST(CapacityIndex, TakesTheSmallestSufficientRackAndKeepsBigHolesWhole) {
  const Fleet fleet = fleet_of(2, 3, 4);  // racks of 4 nodes: 0-3, 4-7, 8-11 | 12-15, 16-19, 20-23
  CapacityIndex index(fleet);
  occupy(index, {0, 13, 14});
  const Demand node{.gpu_milli = 4000};
  EXPECT_EQ(nodes_of(index.pool(pool).place(node, 2, Level::site, Fences::ignored)), (std::set<std::uint32_t>{12, 15}));
  // Block 2 is the tighter one, 10 free nodes against 11, and still has whole racks.
  EXPECT_EQ(nodes_of(index.pool(pool).place(node, 4, Level::site, Fences::ignored)),
            (std::set<std::uint32_t>{16, 17, 18, 19}));
}

TEST(CapacityIndex, ARackAnywhereBeatsATighterBlockWithoutOne) {
  const Fleet fleet = fleet_of(2, 2, 3);  // racks 0-2, 3-5 | 6-8, 9-11
  CapacityIndex index(fleet);
  occupy(index, {0, 3});  // block 1: 4 nodes, 2 a rack
  const Demand node{.gpu_milli = 4000};
  EXPECT_EQ(nodes_of(index.pool(pool).place(node, 3, Level::site, Fences::ignored)),
            (std::set<std::uint32_t>{6, 7, 8}));
}

TEST(CapacityIndex, AnAllocationIsBarredWithAnyOfItsNodes) {
  FleetSpec spec = fleet_of(1, 1, 4).spec();
  spec.sites[0].pools.insert(spec.sites[0].pools.begin(), PoolSpec{.name = "other", .nodes_per_rack = 2});
  const Fleet fleet(spec);  // the pool's nodes are 2 to 5
  CapacityIndex index(fleet);
  PoolCapacity& capacity = index.pool(PoolId{1});
  const Allocation beside{{.node = NodeId{2}}, {.node = NodeId{5}}};
  const Allocation across{{.node = NodeId{2}}, {.node = NodeId{3}}};
  capacity.open(WindowId{7}, Time{} + hours(1), Time{} + hours(2), {NodeId{1}, NodeId{3}, NodeId{4}});
  const Bar bar = capacity.windows().bar(Time{}, Time{} + minutes(61));
  EXPECT_FALSE(capacity.is_barred(beside, bar));
  EXPECT_TRUE(capacity.is_barred(across, bar));
  EXPECT_FALSE(capacity.is_barred(across, capacity.windows().bar(Time{}, Time{} + hours(1))));
  capacity.close(WindowId{7});
  EXPECT_FALSE(capacity.is_barred(across, bar));
}

TEST(CapacityIndex, OnAGroundOnlyItsRacksCount) {
  const Fleet fleet = fleet_of(2, 2, 2);  // racks 0-1, 2-3 | 4-5, 6-7
  CapacityIndex index(fleet);
  PoolCapacity& capacity = index.pool(pool);
  const Demand node{.gpu_milli = 4000};
  const GroundId without = capacity.ground_without({true, false, true});
  EXPECT_EQ(capacity.ground_without({true, false, true}), without);
  EXPECT_EQ(capacity.ground_without({false, false}), everywhere);
  const Terms there{Fences::ignored, {}, without};
  EXPECT_EQ(capacity.most_tasks(node, Level::site, there), 4u);
  EXPECT_EQ(capacity.most_tasks(node, Level::block, there), 2u);
  EXPECT_EQ(nodes_of(capacity.place(node, 4, Level::site, there)), (std::set<std::uint32_t>{2, 3, 6, 7}));
  occupy(index, {2});
  EXPECT_EQ(nodes_of(capacity.place(node, 2, Level::rack, there)), (std::set<std::uint32_t>{6, 7}));
  EXPECT_EQ(capacity.most_tasks(node, Level::site, Fences::ignored), 7u);
}

TEST(CapacityIndex, AGangOverSeveralRacksUsesAsFewAsItCan) {
  const Fleet fleet = fleet_of(1, 3, 4);
  CapacityIndex index(fleet);
  occupy(index, {0, 1, 4});  // racks with 2, 3 and 4 free nodes
  const Demand node{.gpu_milli = 4000};
  EXPECT_EQ(nodes_of(index.pool(pool).place(node, 6, Level::block, Fences::ignored)),
            (std::set<std::uint32_t>{2, 3, 8, 9, 10, 11}));
}

TEST(CapacityIndex, WithinIsHard) {
  const Fleet fleet = fleet_of(2, 2, 2);
  CapacityIndex index(fleet);
  const Demand node{.gpu_milli = 4000};
  EXPECT_EQ(index.pool(pool).most_tasks(node, Level::node, Fences::ignored), 1u);
  EXPECT_EQ(index.pool(pool).most_tasks(node, Level::rack, Fences::ignored), 2u);
  EXPECT_EQ(index.pool(pool).most_tasks(node, Level::block, Fences::ignored), 4u);
  EXPECT_EQ(index.pool(pool).most_tasks(node, Level::site, Fences::ignored), 8u);
}

TEST(CapacityIndex, WhatIsPromisedIsSeenOnlyByThoseWhoMayUseIt) {
  const Fleet fleet = fleet_of(1, 1, 3);
  CapacityIndex index(fleet);
  const Demand two{.gpu_milli = 2000};
  const Allocation allocation{{.node = NodeId{1}, .tasks = 1, .gpus = 0x3, .gpu_milli = whole}};
  index.pool(pool).promise(JobId{1}, Time{} + hours(1), allocation, two, [](const auto&) {});
  EXPECT_EQ(index.pool(pool).most_tasks(Demand{.gpu_milli = 1000}, Level::site, Fences::ignored), 12u);
  EXPECT_EQ(index.pool(pool).most_tasks(Demand{.gpu_milli = 1000}, Level::site, Fences::respected), 10u);
  index.pool(pool).count(JobId{1}, false);
  EXPECT_EQ(index.pool(pool).most_tasks(Demand{.gpu_milli = 1000}, Level::site, Fences::respected), 12u);
  index.pool(pool).count(JobId{1}, true);
  EXPECT_EQ(index.pool(pool).most_tasks(Demand{.gpu_milli = 1000}, Level::site, Fences::respected), 10u);
  index.pool(pool).withdraw(JobId{1});
  EXPECT_EQ(index.pool(pool).most_tasks(Demand{.gpu_milli = 1000}, Level::site, Fences::respected), 12u);
}

TEST(CapacityIndex, WhatWasUndoneNeverWas) {
  const Fleet fleet = fleet_of(2, 3, 4);
  CapacityIndex index(fleet);
  const Demand node{.gpu_milli = 4000};
  const Demand gpu{.gpu_milli = 1000};
  ASSERT_EQ(index.pool(pool).most_tasks(gpu, Level::site, Fences::ignored), 96u);
  const std::uint64_t mark = index.pool(pool).mark();
  const Allocation allocation = index.pool(pool).place(node, 3, Level::rack, Fences::ignored);
  index.book(pool, allocation, node, {Time::never()});
  EXPECT_EQ(index.pool(pool).most_tasks(node, Level::site, Fences::ignored), 21u);
  index.give_back(pool, allocation, node, {Time::never()});
  index.pool(pool).undone_since(mark);
  EXPECT_EQ(index.pool(pool).mark(), mark);
  EXPECT_EQ(index.pool(pool).most_tasks(node, Level::site, Fences::ignored), 24u);
  EXPECT_EQ(index.pool(pool).most_tasks(gpu, Level::site, Fences::ignored), 96u);
}

// The index against a count over all nodes, through random bookings, releases, stops, promises and losses.
TEST(CapacityIndex, AgreesWithACountOverAllNodes) {
  const Fleet fleet = fleet_of(3, 4, 5);
  test::WatchedIndex watched(fleet);
  CapacityIndex& index = watched.index;
  Random random(11);
  const std::vector<Demand> demands{{.gpu_milli = 4000, .cpu_milli = 32'000},
                                    {.gpu_milli = 1000, .cpu_milli = 8000},
                                    {.gpu_milli = 250, .memory_mib = 512},
                                    {.cpu_milli = 20'000},
                                    {.gpu_milli = 2000, .cpu_milli = 40'000, .memory_mib = 1024}};
  std::uint64_t promises = 0;
  for (int step = 0; step < 10'000; ++step) {
    const Demand& demand = demands[random.below(demands.size())];
    const Level within = static_cast<Level>(random.below(level_count));
    const auto fences = static_cast<Fences>(random.below(fences_count));
    const NodeId node{static_cast<std::uint32_t>(random.below(fleet.node_count()))};
    const auto count = [&](NodeId at) {
      return index.occupancy().is_available(at) ? watched.witness.tasks_that_fit(at, demand, fences) : 0;
    };

    std::vector<std::uint64_t> places(fleet.node_count() / fleet.pool(pool).nodes_in(within));
    for (std::uint32_t n = 0; n < fleet.node_count(); ++n) {
      places[n / fleet.pool(pool).nodes_in(within)] += count(NodeId{n});
    }
    const std::uint64_t most = index.pool(pool).most_tasks(demand, within, fences);
    ASSERT_EQ(most, *std::max_element(places.begin(), places.end())) << "step " << step;

    const std::uint64_t kind = random.below(13);
    const Time end = Time{} + hours(random.between(1, 9));
    if (kind < 5 && most > 0) {
      const auto tasks = static_cast<std::uint32_t>(1 + random.below(std::min<std::uint64_t>(most, 12)));
      Allocation allocation = index.pool(pool).place(demand, tasks, within, fences);
      std::uint32_t placed = 0;
      std::set<std::uint32_t> domains;
      for (const Placement& placement : allocation) {
        placed += placement.tasks;
        domains.insert(placement.node.value / fleet.pool(pool).nodes_in(within));
        ASSERT_GT(count(placement.node), 0u);
      }
      ASSERT_EQ(placed, tasks);
      ASSERT_EQ(domains.size(), 1u);
      if (fences != Fences::after_stops) watched.book(std::move(allocation), demand, end);
    } else if (kind < 8 && !watched.witness.held.empty()) {
      watched.give_back(random.below(watched.witness.held.size()));
    } else if (kind == 8 && !watched.witness.held.empty()) {
      watched.stop(random.below(watched.witness.held.size()), end);
    } else if (kind == 9 && watched.witness.promised.size() < 8) {
      promises += watched.promise(demand, static_cast<std::uint32_t>(random.between(1, 6)), within, end) ? 1u : 0u;
    } else if (kind == 10 && !watched.witness.promised.empty()) {
      watched.withdraw(random.below(watched.witness.promised.size()));
    } else if (kind == 11) {
      index.set_available(pool, node, !index.occupancy().is_available(node));
    } else if (kind == 12) {
      watched.set_sick(node, random.below(2) == 0 ? 0 : random.next() & random.next() & all_devices(8));
    }
  }
  EXPECT_GT(promises, 100u);
}

// What is told from numbers of some changes ago must be what a count would tell now. Questions are rare beside changes,
// so that the numbers are old, and many are asked about the very edge.
TEST(CapacityIndex, SaysAtOnceWhatACountWouldSay) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    const Fleet fleet = fleet_of(2, 3, 4);
    test::WatchedIndex watched_index(fleet);
    CapacityIndex& index = watched_index.index;
    test::Witness& witness = watched_index.witness;
    PoolCapacity& capacity = index.pool(pool);
    Random random(seed);
    const std::vector<Demand> demands{
        {.gpu_milli = 4000}, {.gpu_milli = 1000}, {.gpu_milli = 250}, {.gpu_milli = 2000, .cpu_milli = 20'000}};
    std::vector<DemandId> watched;
    for (const Demand& demand : demands) watched.push_back(capacity.watch(demand));

    // As a witness would count, without the index.
    const auto most = [&](const Demand& demand, Level within, Fences fences) {
      std::vector<std::uint64_t> places(fleet.node_count() / fleet.pool(pool).nodes_in(within));
      for (std::uint32_t n = 0; n < fleet.node_count(); ++n) {
        if (!index.occupancy().is_available(NodeId{n})) continue;
        places[n / fleet.pool(pool).nodes_in(within)] += witness.tasks_that_fit(NodeId{n}, demand, fences);
      }
      return *std::max_element(places.begin(), places.end());
    };
    const auto expect_agreement = [&](int step) {
      const std::size_t which = random.below(demands.size());
      const Level within = static_cast<Level>(random.below(level_count));
      const auto fences = static_cast<Fences>(random.below(fences_count));
      const std::uint64_t there = most(demands[which], within, fences);
      for (const std::uint64_t tasks : {std::uint64_t{1}, there, there + 1, there + random.below(20)}) {
        if (tasks == 0) continue;
        ASSERT_EQ(capacity.fits(watched[which], static_cast<std::uint32_t>(tasks), within, fences), there >= tasks)
            << "step " << step << ": " << tasks << " of " << there;
        if (tasks <= there) continue;
        const auto each = static_cast<std::uint64_t>(fleet.pool(pool).tasks_per_empty_node(demands[which]));
        const std::uint64_t needed =
            capacity.changes_needed(watched[which], static_cast<std::uint32_t>(tasks), within, fences);
        ASSERT_GE(there + needed * each, tasks) << "step " << step;
        ASSERT_LT(there + (needed - 1) * each, tasks) << "step " << step;
      }
      if (random.below(8) == 0) {
        ASSERT_EQ(capacity.most_tasks(watched[which], within, fences), there) << "step " << step;
      }
    };
    const auto end = [&] { return Time{} + hours(random.between(1, 9)); };
    const auto book_some = [&] {
      const Demand& demand = demands[random.below(demands.size())];
      const std::uint64_t room = most(demand, Level::site, Fences::ignored);
      if (room == 0) return;
      const auto tasks = static_cast<std::uint32_t>(1 + random.below(std::min<std::uint64_t>(room, 6)));
      watched_index.book(capacity.place(demand, tasks, Level::site, Fences::ignored), demand, end());
    };
    const auto give_back_some = [&] {
      if (!witness.held.empty()) watched_index.give_back(random.below(witness.held.size()));
    };
    const auto stop_or_promise = [&] {
      const auto tasks = static_cast<std::uint32_t>(random.between(1, 4));
      if (random.below(2) == 0 && !witness.held.empty()) {
        watched_index.stop(random.below(witness.held.size()), end());
      } else if (witness.promised.size() < 6) {
        watched_index.promise(demands[random.below(demands.size())], tasks, Level::site, end());
      } else {
        watched_index.withdraw(random.below(witness.promised.size()));
      }
    };
    // What `find_earliest_start` does: gives back, asks, and books again.
    const auto ask_tentatively = [&](int step) {
      const std::uint64_t mark = capacity.mark();
      const std::vector<test::Held> all = witness.held;
      const std::size_t given = random.below(all.size() + 1);
      for (std::size_t i = 0; i < given; ++i) {
        watched_index.give_back_for_now(all[i]);
        witness.held.erase(witness.held.begin());
        if (random.below(3) == 0) expect_agreement(step);
      }
      for (std::size_t i = given; i-- > 0;) watched_index.book_again(all[i]);
      witness.held = all;
      capacity.undone_since(mark);
    };

    for (int step = 0; step < 4000 && !testing::Test::HasFatalFailure(); ++step) {
      const NodeId node{static_cast<std::uint32_t>(random.below(fleet.node_count()))};
      const std::uint64_t kind = random.below(13);
      if (kind < 5) {
        book_some();
      } else if (kind < 9) {
        give_back_some();
      } else if (kind == 9) {
        stop_or_promise();
      } else if (kind == 10) {
        index.set_available(pool, node, !index.occupancy().is_available(node));
      } else if (kind == 11) {
        watched_index.set_sick(node, random.below(2) == 0 ? 0 : random.next() & random.next() & all_devices(8));
      } else {
        ask_tentatively(step);
      }
      if (random.below(3) == 0) expect_agreement(step);
    }
  }
}

// How many tasks may lie in domains of one pool, counted node by node, and by the words of the rules.
class ByHand {
 public:
  ByHand(const Fleet& fleet, const test::WatchedIndex& watched) : pool_(fleet.pool(pool)), watched_(watched) {}

  // The most in one domain of the level.
  std::uint64_t most(const Placing& placing, Level level, Fences fences) const {
    std::uint64_t best = 0;
    for (std::uint32_t domain = 0; domain < pool_.node_count / pool_.nodes_in(level); ++domain) {
      best = std::max(best, tasks_in(placing, level, domain, fences));
    }
    return best;
  }
  // Of one that fits: the lowest level with a domain that takes all.
  Level lowest(const Placing& placing, std::uint32_t tasks, Fences fences) const {
    Level level = Level::node;
    while (most(placing, level, fences) < tasks) level = static_cast<Level>(static_cast<int>(level) + 1);
    return level;
  }
  void expect_obeyed(const Placing& placing, const Allocation& allocation) const {
    const Segments& segments = placing.segments;
    const Spread& spread = placing.spread;
    for (const auto& [domain, tasks] : by_domain(allocation, segments.within)) {
      ASSERT_TRUE(segments.of == 0 || tasks % segments.of == 0) << tasks << " in domain " << domain;
    }
    for (const auto& [domain, tasks] : by_domain(allocation, spread.over)) {
      ASSERT_TRUE(spread.most == 0 || tasks <= spread.most) << tasks << " in domain " << domain;
    }
  }
  std::map<std::uint32_t, std::uint32_t> by_domain(const Allocation& allocation, Level level) const {
    std::map<std::uint32_t, std::uint32_t> tasks;
    for (const Placement& placement : allocation)
      tasks[placement.node.value / pool_.nodes_in(level)] += placement.tasks;
    return tasks;
  }

 private:
  std::uint64_t held_by(const Demand& demand, Level level, std::uint32_t domain, Fences fences) const {
    std::uint64_t tasks = 0;
    for (std::uint32_t i = 0; i < pool_.nodes_in(level); ++i) {
      const NodeId node{domain * pool_.nodes_in(level) + i};
      if (!watched_.index.occupancy().is_available(node)) continue;
      tasks += watched_.witness.tasks_that_fit(node, demand, fences);
    }
    return tasks;
  }
  std::uint64_t tasks_in(const Placing& placing, Level level, std::uint32_t domain, Fences fences) const {
    const bool is_divided = placing.segments.of > 0;
    const bool is_spread = placing.spread.most > 0;
    const Level of_parts = is_divided ? placing.segments.within : is_spread ? placing.spread.over : Level::node;
    const Level part = std::min(of_parts, level);
    const std::uint32_t parts = pool_.nodes_in(level) / pool_.nodes_in(part);
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < parts; ++i) {
      const std::uint64_t here = held_by(placing.per_task, part, domain * parts + i, fences);
      if (is_divided) {
        sum += here / placing.segments.of * placing.segments.of;
      } else {
        sum += is_spread && here > placing.spread.most ? placing.spread.most : here;
      }
    }
    return sum;
  }

  const Pool& pool_;
  const test::WatchedIndex& watched_;
};

Placing random_placing(Random& random) {
  const std::vector<Demand> demands{
      {.gpu_milli = 4000}, {.gpu_milli = 1000}, {.gpu_milli = 250}, {.gpu_milli = 2000, .cpu_milli = 20'000}};
  const Demand& demand = demands[random.below(demands.size())];
  const auto level = static_cast<Level>(random.below(3));
  const auto count = static_cast<std::uint32_t>(random.between(1, 7));
  switch (random.below(3)) {
    case 0: return {demand, Segments{.of = count, .within = level}};
    case 1: return {demand, {}, Spread{.most = count, .over = level}};
    default: return demand;
  }
}

// Small pools of every form, through random bookings, releases, stops, promises and losses.
TEST(CapacityIndex, SegmentsAndSpreadAreAsCountedByHand) {
  std::uint64_t placed = 0;
  std::uint64_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto some = [&](std::int64_t most) { return static_cast<std::uint32_t>(random.between(1, most)); };
    const Fleet fleet = fleet_of(some(3), some(4), some(5));
    test::WatchedIndex watched(fleet);
    CapacityIndex& index = watched.index;
    const ByHand by_hand(fleet, watched);
    std::vector<std::pair<Placing, DemandId>> kinds;
    for (int i = 0; i < 6; ++i) {
      const Placing placing = random_placing(random);
      kinds.emplace_back(placing, index.pool(pool).watch(placing));
    }
    for (int step = 0; step < 300 && !testing::Test::HasFatalFailure(); ++step) {
      SCOPED_TRACE(step);
      const auto& [placing, id] = kinds[random.below(kinds.size())];
      const int lowest = placing.ruled_level() ? static_cast<int>(*placing.ruled_level()) + 1 : 0;
      const auto within = static_cast<Level>(random.between(lowest, 3));
      const auto fences = static_cast<Fences>(random.below(fences_count));
      const std::uint32_t group = std::max(placing.segments.of, 1u);
      const std::uint64_t most = by_hand.most(placing, within, fences);
      for (const std::uint64_t tasks : {std::uint64_t{group}, most, most + group, most + group * random.below(9)}) {
        if (tasks == 0) continue;
        const bool fits = index.pool(pool).fits(id, static_cast<std::uint32_t>(tasks), within, fences);
        ASSERT_EQ(fits, tasks <= most) << tasks << " of " << most;
        if (!fits) ++refused;
      }
      if (random.below(4) == 0) {
        ASSERT_EQ(index.pool(pool).most_tasks(id, within, fences), most);
      }

      const std::uint64_t kind = random.below(10);
      const Time end = Time{} + hours(random.between(1, 9));
      const NodeId node{static_cast<std::uint32_t>(random.below(fleet.node_count()))};
      if (kind < 5 && most > 0 && fences != Fences::after_stops) {
        const auto groups = 1 + random.below(std::min<std::uint64_t>(most / group, 8));
        const auto tasks = static_cast<std::uint32_t>(groups * group);
        const Level smallest = by_hand.lowest(placing, tasks, fences);
        Allocation allocation = index.pool(pool).place(placing, tasks, within, fences);
        by_hand.expect_obeyed(placing, allocation);
        const auto domains = by_hand.by_domain(allocation, smallest);
        ASSERT_EQ(domains.size(), 1u) << "not in the smallest domain that takes them";
        ASSERT_EQ(domains.begin()->second, tasks);
        watched.book(std::move(allocation), placing.per_task, end);
        ++placed;
      } else if (kind < 7 && !watched.witness.held.empty()) {
        watched.give_back(random.below(watched.witness.held.size()));
      } else if (kind == 7 && !watched.witness.held.empty()) {
        watched.stop(random.below(watched.witness.held.size()), end);
      } else if (kind == 8) {
        if (watched.witness.promised.size() < 4) {
          watched.promise(placing, group * some(3), within, end);
        } else {
          watched.withdraw(random.below(watched.witness.promised.size()));
        }
      } else if (kind == 9) {
        index.set_available(pool, node, !index.occupancy().is_available(node));
      }
    }
  }
  EXPECT_GT(placed, 2000u);
  EXPECT_GT(refused, 2000u);
}

TEST(CapacityIndex, GroupsGoIntoTheTightestRacksThatTakeThem) {
  const Fleet fleet = fleet_of(2, 3, 4);  // racks of 4 nodes: 0-3, 4-7, 8-11 | 12-15, 16-19, 20-23
  CapacityIndex index(fleet);
  occupy(index, {0, 1, 4, 12});  // racks with 2, 3, 4 | 3, 4, 4 free nodes
  const Placing pairs{{.gpu_milli = 4000}, {.of = 2, .within = Level::rack}};
  PoolCapacity& capacity = index.pool(pool);
  EXPECT_EQ(capacity.most_tasks(pairs, Level::block, Fences::ignored), 10u) << "2 + 4 + 4 in the second block";
  EXPECT_EQ(nodes_of(capacity.place(pairs, 2, Level::site, Fences::ignored)), (std::set<std::uint32_t>{2, 3}));
  // Eight in pairs: the first block has 2 + 2 + 4, though it has nine nodes free.
  EXPECT_EQ(nodes_of(capacity.place(pairs, 8, Level::block, Fences::ignored)),
            (std::set<std::uint32_t>{2, 3, 5, 6, 8, 9, 10, 11}));
  EXPECT_EQ(
      capacity.most_tasks(Placing{{.gpu_milli = 4000}, {.of = 4, .within = Level::rack}}, Level::site, Fences::ignored),
      12u);
}

TEST(CapacityIndex, SpreadKeepsTasksApart) {
  const Fleet fleet = fleet_of(1, 3, 2);
  CapacityIndex index(fleet);
  const Demand gpu{.gpu_milli = 1000};
  PoolCapacity& capacity = index.pool(pool);
  const Placing apart{gpu, {}, {.most = 1, .over = Level::node}};
  EXPECT_EQ(nodes_of(capacity.place(apart, 3, Level::site, Fences::ignored)).size(), 3u);
  EXPECT_EQ(capacity.most_tasks(apart, Level::site, Fences::ignored), 6u);
  const Placing racks{gpu, {}, {.most = 5, .over = Level::rack}};
  EXPECT_EQ(capacity.most_tasks(racks, Level::block, Fences::ignored), 15u);
  EXPECT_EQ(nodes_of(capacity.place(racks, 4, Level::site, Fences::ignored)).size(), 1u) << "so few may lie together";
  EXPECT_EQ(capacity.place(racks, 6, Level::site, Fences::ignored).back().node, NodeId{2});
}

}  // namespace
}  // namespace dure
