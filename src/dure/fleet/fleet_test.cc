#include "dure/fleet/fleet.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

FleetSpec sejong() {
  PoolSpec pool{.name = "h200", .gpu_model = "H200", .gpus_per_node = 8, .cpu_milli = 192'000, .memory_mib = 2'097'152};
  pool.blocks = 3;
  pool.racks_per_block = 17;
  pool.nodes_per_rack = 5;
  return {.name = "example", .sites = {{.name = "naver-sejong", .pools = {pool}}}};
}

TEST(Fleet, NumbersNodesByRackAndBlock) {
  const Fleet fleet(sejong());
  EXPECT_EQ(fleet.node_count(), 255u);
  EXPECT_EQ(fleet.gpu_count(), 2040);
  EXPECT_EQ(fleet.node_name(NodeId{0}), "naver-sejong-h200-b01-r01-n1");
  EXPECT_EQ(fleet.node_name(NodeId{11}), "naver-sejong-h200-b01-r03-n2");
  EXPECT_EQ(fleet.node_name(NodeId{254}), "naver-sejong-h200-b03-r17-n5");
  EXPECT_EQ(fleet.find_node("naver-sejong-h200-b03-r17-n5"), NodeId{254});
  EXPECT_FALSE(fleet.find_node("naver-sejong-h200-b04-r01-n1"));
}

TEST(Fleet, CountsDomainsFromTheFirstOfThePool) {
  FleetSpec spec = sejong();
  spec.sites[0].pools.insert(spec.sites[0].pools.begin(),
                             PoolSpec{.name = "cpu", .cpu_milli = 1000, .nodes_per_rack = 3});
  const Fleet fleet(spec);
  const Pool& pool = fleet.pool(PoolId{1});
  EXPECT_EQ(pool.domain_of(NodeId{3 + 84}, Level::node), 84u);
  EXPECT_EQ(pool.domain_of(NodeId{3 + 84}, Level::rack), 16u);
  EXPECT_EQ(pool.domain_of(NodeId{3 + 85}, Level::rack), 17u);
  EXPECT_EQ(pool.domain_of(NodeId{3 + 84}, Level::block), 0u);
  EXPECT_EQ(pool.domain_of(NodeId{3 + 85}, Level::block), 1u);
  EXPECT_EQ(pool.domain_of(NodeId{3 + 254}, Level::site), 0u);
}

TEST(Fleet, FindsPoolsByPath) {
  const Fleet fleet(sejong());
  EXPECT_EQ(fleet.find_pool("naver-sejong/h200"), PoolId{0});
  EXPECT_FALSE(fleet.find_pool("h200"));
}

TEST(Fleet, GivesThePathsOfItsPoolsInOrder) {
  const PoolSpec a{.name = "a"};
  const PoolSpec b{.name = "b"};
  const Fleet fleet({.name = "f", .sites = {{.name = "y", .pools = {b, a}}, {.name = "x", .pools = {a}}}});
  EXPECT_EQ(fleet.pool_paths(), (std::vector<std::string>{"y/b", "y/a", "x/a"}));
  EXPECT_TRUE(Fleet().pool_paths().empty());
}

TEST(Fleet, AnEmptyNodeHoldsWhatItsScarcestResourceAllows) {
  const Fleet fleet(sejong());
  const Pool& pool = fleet.pool(PoolId{0});
  EXPECT_EQ(pool.tasks_per_empty_node({.gpu_milli = 8000}), 1);
  EXPECT_EQ(pool.tasks_per_empty_node({.gpu_milli = 3000}), 2);
  EXPECT_EQ(pool.tasks_per_empty_node({.gpu_milli = 300}), 24);
  EXPECT_EQ(pool.tasks_per_empty_node({.gpu_milli = 1000, .cpu_milli = 96'000}), 2);
  EXPECT_EQ(pool.tasks_per_empty_node({.gpu_milli = 9000}), 0);
  EXPECT_EQ(pool.most_tasks(Demand{.gpu_milli = 8000}, Level::rack), 5);
  EXPECT_EQ(pool.most_tasks(Demand{.gpu_milli = 8000}, Level::block), 85);
  const Placing threes{{.gpu_milli = 8000}, {.of = 3, .within = Level::rack}};
  EXPECT_EQ(pool.most_tasks(threes, Level::block), 17 * 3);
  EXPECT_EQ(pool.most_tasks(Placing{{.gpu_milli = 1000}, {}, {.most = 2, .over = Level::node}}, Level::rack), 10);
}

}  // namespace
}  // namespace dure
