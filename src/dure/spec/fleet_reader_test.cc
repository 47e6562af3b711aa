#include "dure/spec/fleet_reader.h"

#include <gtest/gtest.h>

namespace dure::spec {
namespace {

TEST(FleetReader, ReadsEveryField) {
  const auto fleet = read_fleet_text(R"(
fleet: example
sites:
- name: naver-sejong
  engine: {kind: slurm}
  pools:
  - name: h200
    gpu: {model: H200, memory: 141Gi, per_node: 8}
    node: {cpus: 192, memory: 2048Gi}
    topology: {blocks: 3, racks_per_block: 17, nodes_per_rack: 5}
    owners: {nipa: 1532, naver: 508}
    reclaim_within: 5m
    default_time_limit: 12h
  - name: cpu
    node: {cpus: 64}
    nodes: 12
)",
                                     "fleet.yaml");
  ASSERT_TRUE(fleet) << fleet.error().message;
  EXPECT_EQ(fleet->name, "example");
  ASSERT_EQ(fleet->sites.size(), 1u);
  EXPECT_EQ(fleet->sites[0].engine, EngineKind::slurm);
  const PoolSpec& pool = fleet->sites[0].pools.at(0);
  EXPECT_EQ(pool.gpu_model, "H200");
  EXPECT_EQ(pool.gpu_memory_mib, 141 * 1024);
  EXPECT_EQ(pool.gpus_per_node, 8u);
  EXPECT_EQ(pool.cpu_milli, 192'000);
  EXPECT_EQ(pool.memory_mib, 2048 * 1024);
  EXPECT_EQ(pool.node_count(), 255u);
  ASSERT_EQ(pool.owners.size(), 2u);
  EXPECT_EQ(pool.owners[1].tenant, "naver");
  EXPECT_EQ(pool.owners[1].amount_milli, 508'000);
  EXPECT_EQ(pool.reclaim_within, minutes(5));
  EXPECT_EQ(pool.default_time_limit, hours(12));
  const PoolSpec& cpu = fleet->sites[0].pools.at(1);
  EXPECT_EQ(cpu.gpus_per_node, 0u);
  EXPECT_EQ(cpu.nodes_per_rack, 12u);
  EXPECT_EQ(cpu.node_count(), 12u);
}

std::vector<OwnerShare> owners_of(const std::string& owners) {
  const auto fleet = read_fleet_text(
      "sites: [{name: a, pools: [{name: p, gpu: {model: G, per_node: 8}, node: {cpus: 8}, nodes: 1, "
      "owners: " +
          owners + "}]}]",
      "f");
  EXPECT_TRUE(fleet) << fleet.error().message;
  return fleet ? fleet->sites[0].pools[0].owners : std::vector<OwnerShare>{};
}

TEST(FleetReader, PercentagesAreSharedOutByLargestRemainder) {
  const auto thirds = owners_of("{a: 33.3334%, b: 33.3333%, c: 33.3333%}");  // 2.67 of 8 each
  ASSERT_EQ(thirds.size(), 3u);
  EXPECT_EQ(thirds[0].amount_milli, 3000);
  EXPECT_EQ(thirds[1].amount_milli, 3000);
  EXPECT_EQ(thirds[2].amount_milli, 2000);
  EXPECT_EQ(owners_of("{a: 24.9%}")[0].amount_milli, 1000);  // 1.99 of 8: the rest belongs to nobody
  EXPECT_EQ(owners_of("{a: 100%}")[0].amount_milli, 8000);
}

TEST(FleetReader, PercentagesMayBeQuotedAsJsonMustButNumbersMayNot) {
  EXPECT_EQ(owners_of("{\"a\": \"24.9%\", b: '75.1%'}")[1].amount_milli, 6000);
  const auto fleet = read_fleet_text(
      "sites: [{name: a, pools: [{name: p, node: {cpus: 8}, nodes: 1, owners: {a: \"4\", b: \"x%\"}}]}]", "f");
  ASSERT_FALSE(fleet);
  EXPECT_EQ(
      fleet.error().message,
      "f:1:76: sites[0].pools[0].owners.a: found the text '4'; write a whole number above zero such as 508, or a "
      "percentage "
      "such as 24.9%\n"
      "f:1:84: sites[0].pools[0].owners.b: found the text 'x%'; write a whole number above zero such as 508, or a "
      "percentage such as 24.9%");
}

TEST(FleetReader, ReportsAllMistakesInTheOrderOfTheFile) {
  const auto fleet = read_fleet_text(R"(sites:
- name: a b
  pools:
  - name: p
    gpu: {model: H200, per_node: 80}
    node: {cpu: 4}
    nodes: 0
)",
                                     "fleet.yaml");
  ASSERT_FALSE(fleet);
  EXPECT_EQ(fleet.error().code, Code::invalid_argument);
  EXPECT_EQ(fleet.error().message,
            "fleet.yaml:2:9: sites[0].name: found 'a b'; write a name without spaces, '/' and control characters, "
            "of at most 128 bytes\n"
            "fleet.yaml:5:34: sites[0].pools[0].gpu.per_node: found 80; write a whole number from 1 to 64\n"
            "fleet.yaml:6:12: sites[0].pools[0].node: found the unknown key 'cpu'; did you mean 'cpus'?\n"
            "fleet.yaml:7:12: sites[0].pools[0].nodes: found 0; write a whole number from 1 to 4000000");
}

// Pools of one site; each is what stands in the braces but for its name and size.
Result<FleetSpec> read_pools(const std::vector<std::string>& pools) {
  std::string text = "sites:\n- name: s\n  pools:\n";
  char name = 'p';
  for (const std::string& pool : pools)
    text += std::string("  - {node: {cpus: 8}, name: ") + name++ + ", " + pool + "}\n";
  return read_fleet_text(text, "f");
}

TEST(FleetReader, NamesOfNodesSayHowManyThereAre) {
  const auto read = [](const std::string& pool) {
    const auto fleet = read_pools({pool});
    EXPECT_TRUE(fleet) << fleet.error().message;
    return fleet ? fleet->sites[0].pools[0] : PoolSpec{};
  };
  const PoolSpec flat = read("hosts: 'gpu[001-003],login1'");
  EXPECT_EQ(flat.hosts, (std::vector<std::string>{"gpu001", "gpu002", "gpu003", "login1"}));
  EXPECT_EQ(flat.nodes_per_rack, 4u);
  EXPECT_EQ(flat.node_count(), 4u);
  EXPECT_EQ(read("hosts: 'gpu[001-003]', nodes: 3").nodes_per_rack, 3u);
  const PoolSpec racks = read("hosts: 'gpu[1-12]', topology: {blocks: 2, racks_per_block: 3}");
  EXPECT_EQ(racks.blocks, 2u);
  EXPECT_EQ(racks.nodes_per_rack, 2u);
  EXPECT_EQ(read("hosts: 'gpu[1-12]', topology: {blocks: 3, nodes_per_rack: 4}").node_count(), 12u);
  EXPECT_EQ(read("hosts: 12").hosts, std::vector<std::string>{"12"});
  EXPECT_TRUE(read("nodes: 3").hosts.empty());
  const auto plain = read_fleet_text(
      "sites:\n- name: s\n  pools:\n  - name: p\n    node: {cpus: 8}\n    hosts: gpu[001-016,20],r[1-2]n1", "f");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->sites[0].pools[0].hosts.back(), "r2n1");
}

TEST(FleetReader, RefusesNamesOfNodesThatAreNotOneForEach) {
  const auto mistake = [](const std::vector<std::string>& pools) {
    const auto fleet = read_pools(pools);
    return fleet ? "" : fleet.error().message;
  };
  EXPECT_EQ(mistake({"nodes: 4, hosts: 'gpu[1-3]'"}),
            "f:4:49: sites[0].pools[0].hosts: found 3 names for 4 nodes; write a name for each, or other counts");
  EXPECT_EQ(mistake({"nodes: 1, hosts: 'gpu[1-3]'"}),
            "f:4:49: sites[0].pools[0].hosts: found 3 names for 1 node; write a name for each, or other counts");
  EXPECT_EQ(mistake({"topology: {racks_per_block: 2}, hosts: 'gpu[1-3]'"}),
            "f:4:71: sites[0].pools[0].hosts: found 3 names for 2 nodes; write a name for each, or other counts");
  EXPECT_EQ(mistake({"topology: {racks_per_block: 4}, hosts: 'gpu[1-3]'"}),
            "f:4:71: sites[0].pools[0].hosts: found 3 names for 4 nodes; write a name for each, or other counts");
  EXPECT_EQ(mistake({"hosts: 'gpu[1-3'"}),
            "f:4:39: sites[0].pools[0].hosts: found a '[' at character 4 that is never closed; write the ']'");
  EXPECT_EQ(mistake({"hosts: 'gpu1, gpu2'"}),
            "f:4:39: sites[0].pools[0].hosts: found the name ' gpu2'; write names without spaces, '/' and control "
            "characters");
  EXPECT_EQ(mistake({"hosts: [gpu1]"}),
            "f:4:39: sites[0].pools[0].hosts: found a list; write names of nodes such as gpu[001-016],login1");
  EXPECT_EQ(mistake({"hosts: 'n[1-4000001]'"}),
            "f:4:39: sites[0].pools[0].hosts: found more than 4000000 names; write fewer");
  EXPECT_EQ(mistake({"topology: {blocks: 4000000, racks_per_block: 4000000}, hosts: n1"}),
            "f:4:42: sites[0].pools[0].topology: found more than 4000000 nodes; lower the counts");
}

TEST(FleetReader, RefusesNodesOfOneName) {
  const auto mistake = [](const std::vector<std::string>& pools) {
    const auto fleet = read_pools(pools);
    return fleet ? "" : fleet.error().message;
  };
  const std::string remedy = "; give each node a name of its own";
  EXPECT_EQ(mistake({"nodes: 2", "hosts: 'n[1-2],n1'"}), "f:5:39: sites[0].pools[1].hosts: found 'n1' twice" + remedy);
  EXPECT_EQ(mistake({"hosts: 'n[1-2]'", "hosts: 'n[2-3]'"}),
            "f:5:39: sites[0].pools[1].hosts: found 'n2', which is a node of s/p too" + remedy);
  EXPECT_EQ(mistake({"hosts: 's-q-b01-r01-n2'", "nodes: 2"}),
            "f:4:39: sites[0].pools[0].hosts: found 's-q-b01-r01-n2', which is a node of s/q too" + remedy);
  EXPECT_EQ(mistake({"hosts: 's-q-b01-r01-n3'", "nodes: 2"}), "");
}

TEST(FleetReader, AFileThatIsNotThereIsNotFound) {
  EXPECT_EQ(read_fleet("/nowhere/fleet.yaml").error().code, Code::not_found);
  EXPECT_EQ(read_fleet("/dev/zero").error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace dure::spec
