#include "dure/import/fleet_import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "dure/base/host_list.h"

namespace dure::importing {
namespace {

SlurmNode node(std::string name, std::vector<std::string> partitions, std::string model = "h100",
               std::int64_t memory = 1024) {
  SlurmNode node{.name = std::move(name),
                 .cpus = 16,
                 .memory_mib = memory,
                 .gpu_model = std::move(model),
                 .other_gres = {},
                 .features = {},
                 .partitions = std::move(partitions)};
  node.gpus = node.gpu_model.empty() ? 0 : 8;
  return node;
}

SlurmPartition partition(std::string name) { return {.name = std::move(name), .allowed_accounts = {}, .rules = {}}; }

SlurmCluster cluster_of(std::vector<SlurmNode> nodes) {
  return {.name = "hall",
          .nodes = std::move(nodes),
          .partitions = {partition("a"), partition("b"), partition("c")},
          .network = {},
          .preempt_mode = {}};
}

// `h100: n[1-2]` and where it is so `2x3`, blocks and racks in each.
std::vector<std::string> pools(const SlurmCluster& cluster, Notes* notes = nullptr) {
  Notes none;
  const auto import = import_fleet(cluster, notes != nullptr ? *notes : none);
  if (!import) return {import.error().message};
  std::vector<std::string> told;
  for (const PoolSpec& pool : import->fleet.sites.front().pools) {
    std::string text = fmt::format("{}: {}", pool.name, to_host_list(pool.hosts));
    if (pool.blocks * pool.racks_per_block > 1) text += fmt::format(" {}x{}", pool.blocks, pool.racks_per_block);
    told.push_back(std::move(text));
  }
  return told;
}

using Told = std::vector<std::string>;

TEST(FleetImport, NodesOfOneKindThatAChainOfPartitionsJoinsAreAPool) {
  EXPECT_EQ(pools(cluster_of({node("n1", {"a"}), node("n2", {"a", "b"}), node("n3", {"b"}), node("n4", {"c"})})),
            (Told{"h100-a: n[1-3]", "h100-c: n4"}));
  EXPECT_EQ(pools(cluster_of({node("n1", {"a"}), node("n2", {"a"}, "a100"), node("n3", {"a"}, "")})),
            (Told{"h100: n1", "a100: n2", "cpu: n3"}));
}

TEST(FleetImport, PoolsOfOneNameAreToldApartByAPartitionOfTheirOwnOrCounted) {
  std::vector<SlurmNode> nodes{node("n1", {"a", "b"}), node("n2", {"a"})};
  nodes[1].cpus = 32;
  EXPECT_EQ(pools(cluster_of(nodes)), (Told{"h100-b: n1", "h100: n2"}));
  nodes[0].partitions = {"a"};
  EXPECT_EQ(pools(cluster_of(nodes)), (Told{"h100: n1", "h100-2: n2"}));
}

TEST(FleetImport, ALittleLessMemoryIsNoOtherKind) {
  Notes notes;
  EXPECT_EQ(pools(cluster_of({node("n1", {"a"}, "h100", 3100), node("n2", {"a"}, "h100", 3200)}), &notes),
            Told{"h100: n[1-2]"});
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes.front().lost, "nodes have 3100 to 3200 MiB of memory, and each is taken to have the least");
  EXPECT_EQ(pools(cluster_of({node("n1", {"a"}, "h100", 3099), node("n2", {"a"}, "h100", 3200)})).size(), 2u);
}

TEST(FleetImport, LeavesOutNodesThatNoJobCanHave) {
  std::vector<SlurmNode> nodes{node("n1", {"a"}), node("n2", {}), node("n3", {"a"})};
  nodes[2].is_future = true;
  Notes notes;
  EXPECT_EQ(pools(cluster_of(nodes), &notes), Told{"h100: n1"});
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0].place, "nodes n3");
  EXPECT_EQ(notes[1].place, "nodes n2");
  EXPECT_EQ(pools(cluster_of({node("n1", {})})),
            Told{"cluster hall: found no node in a partition; put nodes into one"});
}

SlurmRack rack(std::string name, std::string block, std::vector<std::string> nodes) {
  return {.name = std::move(name), .block = std::move(block), .nodes = std::move(nodes)};
}

TEST(FleetImport, EqualRacksAndBlocksAreLaidOutInTheirOrder) {
  SlurmCluster cluster = cluster_of({});
  for (int n = 1; n <= 8; ++n) cluster.nodes.push_back(node(fmt::format("n{}", n), {"a"}));
  cluster.network.racks = {rack("r1", "x", {"n7", "n8"}), rack("r2", "x", {"n1", "n2"}), rack("r3", "y", {"n3", "n4"}),
                           rack("r4", "y", {"n5", "n6"})};
  EXPECT_EQ(pools(cluster), Told{"h100: n[7-8,1-6] 2x2"});
  cluster.network.racks[2].block = "x";
  Notes notes;
  EXPECT_EQ(pools(cluster, &notes), Told{"h100: n[7-8,1-6] 1x4"});
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].lost, "its blocks have 3, 1 racks, and a pool has equal ones: all are one block");
}

TEST(FleetImport, UnequalRacksAreOneAndSaidSo) {
  SlurmCluster cluster = cluster_of({node("n1", {"a"}), node("n2", {"a"}), node("n3", {"a"})});
  for (const std::vector<SlurmRack>& racks : {std::vector{rack("r1", "", {"n3"}), rack("r2", "", {"n1", "n2"})},
                                              std::vector{rack("r1", "", {"n3"}), rack("r2", "", {"n1"})}}) {
    cluster.network.racks = racks;
    Notes notes;
    EXPECT_EQ(pools(cluster, &notes), Told{"h100: n[3,1-2]"});
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_TRUE(notes[0].lost.starts_with("its racks are unequal (r1 1, ")) << notes[0].lost;
  }
  cluster.network.racks = {rack("r1", "", {"n1", "n2", "n3", "n9"})};
  Notes notes;
  EXPECT_EQ(pools(cluster, &notes), Told{"h100: n[1-3]"});
  EXPECT_TRUE(notes.empty());
}

TEST(FleetImport, APartitionIsThePoolsThatItHasNodesIn) {
  Notes notes;
  const auto import =
      import_fleet(cluster_of({node("n1", {"a", "b"}), node("n2", {"a"}), node("n3", {"a"}, "")}), notes);
  ASSERT_TRUE(import);
  const std::map<std::string, std::vector<std::string>> wanted{{"a", {"hall/h100", "hall/cpu"}}, {"b", {"hall/h100"}}};
  EXPECT_EQ(import->pools_of, wanted);
}

TEST(FleetImport, ThePartitionOfMostJobsSaysHowLongAJobIsThatDoesNot) {
  SlurmCluster cluster = cluster_of({node("n1", {"a", "b"})});
  const auto limit = [&] {
    Notes notes;
    return import_fleet(cluster, notes)->fleet.sites[0].pools[0].default_time_limit;
  };
  EXPECT_EQ(limit(), hours(24));
  cluster.partitions[0].most_time = hours(72);
  EXPECT_EQ(limit(), hours(72));
  cluster.partitions[1].is_default = true;
  cluster.partitions[1].default_time = hours(4);
  EXPECT_EQ(limit(), hours(4));
}

}  // namespace
}  // namespace dure::importing
