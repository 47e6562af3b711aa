#include "dure/spec/tenants_reader.h"

#include <gtest/gtest.h>

#include "dure/spec/fleet_reader.h"

namespace dure::spec {
namespace {

Fleet fleet_of(const std::string& nodes) {
  auto spec = read_fleet_text(R"(
sites:
- name: sejong
  pools:
  - {name: h200, gpu: {model: H200, per_node: 8}, node: {cpus: 192}, )" +
                                  nodes + R"(}
  - {name: cpu, node: {cpus: 64}, nodes: 2}
)",
                              "fleet");
  EXPECT_TRUE(spec) << spec.error().message;
  return Fleet(spec ? *spec : FleetSpec{});
}

Fleet fleet(const std::string& owners = "") { return fleet_of("nodes: 10" + owners); }

std::string message(std::string_view text, const Fleet& fleet) {
  const auto tenants = read_tenants_text(text, "t", fleet);
  return tenants ? "" : tenants.error().message;
}

TEST(TenantsReader, UsersTakeTurnsUnlessATenantSaysOtherwise) {
  const auto tenants = read_tenants_text("tenants: [{name: a, fairness: none}, {name: b}]", "t", fleet());
  ASSERT_TRUE(tenants) << tenants.error().message;
  EXPECT_EQ(tenants->fairness, Fairness::users);
  EXPECT_EQ(tenants->roots[0].fairness, Fairness::none);
  EXPECT_FALSE(tenants->roots[1].fairness);
  EXPECT_EQ(message("tenants: [{name: a, fairness: user}]", fleet()),
            "t:1:31: tenants[0].fairness: found user; write none or users");
}

TEST(TenantsReader, JobsEvictEachOtherByPriorityWhereATenantSaysSo) {
  const auto tenants = read_tenants_text("tenants: [{name: a, preempt: priority}, {name: b}]", "t", fleet());
  ASSERT_TRUE(tenants) << tenants.error().message;
  EXPECT_EQ(tenants->roots[0].preempt, Preempt::priority);
  EXPECT_EQ(tenants->roots[1].preempt, Preempt::none);
  EXPECT_EQ(message("tenants: [{name: a, preempt: yes}]", fleet()),
            "t:1:30: tenants[0].preempt: found yes; write none or priority");
}

// Ten nodes of eight GPUs in racks of two.
Fleet racks() { return fleet_of("topology: {blocks: 1, racks_per_block: 5, nodes_per_rack: 2}"); }

TEST(TenantsReader, ReadsRacksThatTheGuaranteeCovers) {
  const auto tenants = read_tenants_text(
      "tenants: [{name: a, guarantee: {sejong/h200: 40}, racks: {sejong/h200: 2}}, {name: b, children: [{name: c, "
      "guarantee: {sejong/h200: 16}, racks: {sejong/h200: 1}}]}]",
      "t", racks());
  ASSERT_TRUE(tenants) << tenants.error().message;
  EXPECT_EQ(tenants->roots[0].quotas[0].racks, 2u);
  EXPECT_FALSE(tenants->roots[1].quotas.size() > 0 && tenants->roots[1].quotas[0].racks);
  EXPECT_EQ(tenants->roots[1].children[0].quotas[0].racks, 1u);
}

TEST(TenantsReader, RefusesRacksThatTheGuaranteeDoesNotCover) {
  const auto of = [](const std::string& keys) { return message("tenants: [{name: a, " + keys + "}]", racks()); };
  EXPECT_EQ(of("guarantee: {sejong/h200: 47}, racks: {sejong/h200: 3}"),
            "t:1:72: tenants[0].racks.sejong/h200: found 3 racks of 16 GPUs each, and a guarantee of 47; write at most "
            "2, or raise the guarantee");
  EXPECT_EQ(of("guarantee: {sejong/h200: 48}, racks: {sejong/h200: 3}"), "");
  EXPECT_EQ(of("racks: {sejong/h200: 2}"),
            "t:1:42: tenants[0].racks.sejong/h200: found 2 racks of 16 GPUs each, and a guarantee of 0; write a "
            "guarantee of at least 32, or no racks");
  EXPECT_EQ(of("guarantee: {sejong/h200: 48}, racks: {sejong/h200: 1}, children: [{name: b, guarantee: {sejong/h200: "
               "32}, racks: {sejong/h200: 2}}]"),
            "t:1:72: tenants[0].racks.sejong/h200: found 1 rack, and 2 for the children together; raise the one or "
            "lower the others");
  EXPECT_EQ(of("guarantee: {sejong/h200: 48}, racks: {sejong/h200: -1}"),
            "t:1:72: tenants[0].racks.sejong/h200: found -1; write a whole number from 0 to 4000000");
}

TEST(TenantsReader, SaysOfRacksNothingWhileTheGuaranteeIsWrong) {
  const auto of = [](const std::string& keys) {
    return message("tenants: [{name: a, racks: {sejong/h200: 1}, " + keys + "}]", racks());
  };
  EXPECT_EQ(
      of("guarantee: {sejong/h200: -3}"),
      "t:1:71: tenants[0].guarantee.sejong/h200: found -3; write a number such as 8 or 0.25, with at most 3 decimals");
  EXPECT_EQ(of("guarantee: {sejong/h200: 81}"),
            "t:1:71: tenants[0].guarantee.sejong/h200: found a guarantee of 81 GPUs; write at most 80, which is all of "
            "the pool");
  EXPECT_EQ(of("children: [{name: b, guarantee: {sejong/h200: 1.0001}}]").find('\n'), std::string::npos);
}

TEST(TenantsReader, ReadsTheTree) {
  const auto tenants = read_tenants_text(R"(
tenants:
- {name: naver}
- name: nipa
  children:
  - {name: fm, weight: 3, guarantee: {sejong/h200: 60}}
  - name: large
    children: [{name: arm, guarantee: {sejong/h200: 0.5, sejong/cpu: 128}, limit: {sejong/h200: 16}}]
)",
                                         "t", fleet());
  ASSERT_TRUE(tenants) << tenants.error().message;
  const TenantSpec& nipa = tenants->roots.at(1);
  EXPECT_EQ(nipa.children.at(0).weight, 3u);
  EXPECT_EQ(nipa.children.at(0).quotas.at(0).guarantee_milli, 60'000);
  const TenantSpec& arm = nipa.children.at(1).children.at(0);
  ASSERT_EQ(arm.quotas.size(), 2u);
  EXPECT_EQ(arm.quotas[0].pool, "sejong/h200");
  EXPECT_EQ(arm.quotas[0].guarantee_milli, 500);
  EXPECT_EQ(arm.quotas[0].limit_milli, 16'000);
  EXPECT_EQ(arm.quotas[1].guarantee_milli, 128'000);
  EXPECT_FALSE(arm.quotas[1].limit_milli);
}

TEST(TenantsReader, AnOwnersShareIsItsGuarantee) {
  const Fleet owned = fleet(", owners: {nipa: 60, naver: 20}");
  const auto tenants = read_tenants_text("tenants: [{name: nipa, children: [{name: fm}]}, {name: naver}]", "t", owned);
  ASSERT_TRUE(tenants) << tenants.error().message;
  const Tenants tree = make_tenants(*tenants, owned);
  EXPECT_EQ(tree.quota(*tree.find("nipa"), PoolId{0}).guarantee_milli, 60'000);
  EXPECT_EQ(tree.quota(*tree.find("nipa/fm"), PoolId{0}).guarantee_milli, 0);
}

TEST(TenantsReader, AnOwnerMustBeARootTenant) {
  EXPECT_EQ(message("tenants: [{name: nipa}]", fleet(", owners: {nipa: 60, naver: 20}")),
            "t:1:10: tenants: found no tenant 'naver', which owns 20 GPUs of sejong/h200; add it as a root "
            "tenant, or "
            "change the owners in the fleet");
}

TEST(TenantsReader, AnOwnerMayNotStateAnotherGuarantee) {
  const Fleet owned = fleet(", owners: {nipa: 60}");
  EXPECT_EQ(message("tenants: [{name: nipa, guarantee: {sejong/h200: 60}}]", owned), "");
  EXPECT_EQ(message("tenants: [{name: nipa, guarantee: {sejong/h200: 50}}]", owned),
            "t:1:49: tenants[0].guarantee.sejong/h200: found 50; leave it out, or write 60, which is what "
            "the tenant owns "
            "there");
  EXPECT_EQ(message("tenants: [{name: nipa, children: [{name: a, guarantee: {sejong/h200: 61}}]}]", owned),
            "t:1:34: tenants[0].children: found a guarantee of 60 GPUs of sejong/h200, and 61 for the "
            "children together; "
            "raise the one or lower the others");
}

TEST(TenantsReader, GuaranteesFitIntoThePoolToTheLastThousandth) {
  EXPECT_EQ(
      message("tenants: [{name: a, guarantee: {sejong/h200: 40}}, {name: b, guarantee: {sejong/h200: 40}}]", fleet()),
      "");
  EXPECT_EQ(message("tenants: [{name: a, guarantee: {sejong/h200: 40.001}}, {name: b, guarantee: {sejong/h200: 40}}]",
                    fleet()),
            "t:1:10: tenants: found guarantees of 80.001 GPUs of sejong/h200 together; lower them to at most 80, "
            "which is "
            "all of the pool");
}

}  // namespace
}  // namespace dure::spec
