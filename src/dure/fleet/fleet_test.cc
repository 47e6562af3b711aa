#include "dure/fleet/fleet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "dure/base/random.h"
#include "dure/fleet/folded_nodes.h"

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

// Two racks of two, and three in one rack with generated names.
FleetSpec with_hosts() {
  PoolSpec named{.name = "p", .cpu_milli = 1000, .racks_per_block = 2, .nodes_per_rack = 2};
  named.hosts = {"gpu009", "gpu010", "login", "big1"};
  const PoolSpec generated{.name = "q", .cpu_milli = 1000, .nodes_per_rack = 3};
  return {.name = "f", .sites = {{.name = "s", .pools = {generated, named}}}};
}

TEST(Fleet, CallsNodesByTheNamesOfTheirOwn) {
  const Fleet fleet(with_hosts());
  EXPECT_EQ(fleet.node_name(NodeId{2}), "s-q-b01-r01-n3");
  EXPECT_EQ(fleet.node_name(NodeId{3}), "gpu009");
  EXPECT_EQ(fleet.node_name(NodeId{6}), "big1");
  EXPECT_EQ(fleet.find_node("big1"), NodeId{6});
  EXPECT_EQ(fleet.find_node("s-q-b01-r01-n3"), NodeId{2});
  EXPECT_FALSE(fleet.find_node("s-p-b01-r01-n1"));  // they have no other
  EXPECT_FALSE(fleet.find_node("gpu9"));
  EXPECT_FALSE(fleet.namesakes());
}

TEST(Fleet, FindsGeneratedNamesAsTheyAreWrittenAlone) {
  const Fleet fleet(sejong());
  for (const char* name :
       {"", "naver-sejong-h200", "naver-sejong-h200-b01-r01-n0", "naver-sejong-h200-b01-r01-n6",
        "naver-sejong-h200-b01-r18-n1", "naver-sejong-h200-b00-r01-n1", "naver-sejong-h200-b1-r01-n1",
        "naver-sejong-h200-b01-r01-n01", "naver-sejong-h200-b01-r01-n1x", "naver-sejong-h200-b01-r01-n",
        "sejong-h200-b01-r01-n1", "naver-sejong-h200-b01-r01-n4294967297", "naver-sejong-h200-b4294967295-r01-n1"}) {
    EXPECT_FALSE(fleet.find_node(name)) << name;
  }
}

TEST(Fleet, TellsApartPoolsWhoseNamesBeginAlike) {
  const auto pool = [](const char* name, std::uint32_t nodes) {
    return PoolSpec{.name = name, .cpu_milli = 1000, .nodes_per_rack = nodes};
  };
  const Fleet fleet(
      {.name = "f",
       .sites = {{.name = "a", .pools = {pool("b-c", 2), pool("b", 1)}}, {.name = "a-b", .pools = {pool("c", 4)}}}});
  EXPECT_EQ(fleet.find_node("a-b-c-b01-r01-n2"), NodeId{1});
  EXPECT_EQ(fleet.find_node("a-b-b01-r01-n1"), NodeId{2});
  EXPECT_EQ(fleet.find_node("a-b-c-b01-r01-n4"), NodeId{6});
}

TEST(Fleet, FindsNodesOfOneName) {
  FleetSpec spec = with_hosts();
  std::vector<std::string>& hosts = spec.sites[0].pools[1].hosts;
  hosts[3] = "gpu010";
  EXPECT_EQ(Fleet(spec).namesakes(), std::pair(NodeId{4}, NodeId{6}));
  hosts[3] = "s-q-b01-r01-n3";
  EXPECT_EQ(Fleet(spec).namesakes(), std::pair(NodeId{2}, NodeId{6}));
  hosts[3] = "s-q-b01-r01-n4";
  EXPECT_FALSE(Fleet(spec).namesakes());
}

TEST(Fleet, FoldsNamesOfTheirOwnByTheirNumbers) {
  const Fleet fleet(with_hosts());
  const auto fold = [&](std::vector<std::uint32_t> nodes) {
    Allocation allocation;
    for (const std::uint32_t node : nodes) allocation.push_back({.node = NodeId{node}, .tasks = 1});
    return folded_nodes(fleet, allocation);
  };
  EXPECT_EQ(fold({3, 4}), "gpu[009-010]");
  EXPECT_EQ(fold({4}), "gpu010");
  EXPECT_EQ(fold({3, 3, 4, 5, 6}), "gpu[009-010],login,big1");
  EXPECT_EQ(fold({0, 1, 2}), "s-q-b01-r01-n[1-3]");
}

std::string random_text(Random& random) {
  static const std::vector<std::string> pieces{"a", "b", "-", "-b", "01", "-r01", "-n", "1", "2", "a-b-b01-r01-n1"};
  std::string text;
  while (text.empty() || random.below(3) > 0) text += pieces[random.below(pieces.size())];
  return text;
}

// Sites, pools and nodes whose names are easily taken for each other.
FleetSpec random_fleet(Random& random) {
  FleetSpec fleet{.name = "f", .sites = {}};
  for (const char* site : {"a", "b", "a-b"}) {
    fleet.sites.push_back({.name = site, .pools = {}});
    for (const char* name : {"a", "b", "b-a"}) {
      if (random.below(2) == 0) continue;
      PoolSpec pool{.name = name, .cpu_milli = 1000};
      for (std::uint32_t* count : {&pool.blocks, &pool.racks_per_block, &pool.nodes_per_rack}) {
        *count = static_cast<std::uint32_t>(1 + random.below(random.below(8) == 0 ? 12 : 3));
      }
      const bool has_hosts = random.below(2) == 0;
      while (has_hosts && pool.hosts.size() < pool.node_count()) pool.hosts.push_back(random_text(random));
      fleet.sites.back().pools.push_back(std::move(pool));
    }
  }
  return fleet;
}

// Beside a table of all names: those found are the first of their name, of those with names of their own before others.
TEST(Fleet, FindsWhatATableOfAllNamesFinds) {
  std::size_t with_namesakes = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Random random(seed);
    const Fleet fleet(random_fleet(random));
    std::map<std::string, NodeId> hosts;
    std::map<std::string, NodeId> generated;
    bool are_unique = true;
    for (std::uint32_t n = 0; n < fleet.node_count(); ++n) {
      const bool is_own = !fleet.pool(fleet.pool_of(NodeId{n})).spec.hosts.empty();
      const bool is_new = (is_own ? hosts : generated).emplace(fleet.node_name(NodeId{n}), NodeId{n}).second;
      are_unique = are_unique && (is_new || !is_own);
    }
    const auto is_generated = [&](const auto& host) { return generated.contains(host.first); };
    are_unique = are_unique && std::ranges::none_of(hosts, is_generated);
    with_namesakes += are_unique ? 0 : 1;
    ASSERT_EQ(!fleet.namesakes(), are_unique) << "seed " << seed;

    std::map<std::string, NodeId> all = hosts;
    all.insert(generated.begin(), generated.end());
    for (const auto& [name, node] : all) ASSERT_EQ(fleet.find_node(name), node) << "seed " << seed << ": " << name;
    for (int i = 0; i < 50; ++i) {
      const std::string name = random_text(random);
      const auto known = all.find(name);
      ASSERT_EQ(fleet.find_node(name).has_value(), known != all.end()) << "seed " << seed << ": " << name;
    }
  }
  EXPECT_GT(with_namesakes, 100u);
  EXPECT_LT(with_namesakes, 2900u);
}

}  // namespace
}  // namespace dure
