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

TEST(FleetReader, AFileThatIsNotThereIsNotFound) {
  EXPECT_EQ(read_fleet("/nowhere/fleet.yaml").error().code, Code::not_found);
  EXPECT_EQ(read_fleet("/dev/zero").error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace dure::spec
