#include "dure/fleet/served_fleet.h"

#include <gtest/gtest.h>

#include <vector>

namespace dure {
namespace {

FleetSpec local() {
  const PoolSpec pool{.name = "gpu", .cpu_milli = 1000};
  return {.name = "f", .sites = {{.name = "here", .engine = EngineKind::local, .pools = {pool}}}};
}

SiteSpec hall() {
  const PoolSpec pool{.name = "gpu", .cpu_milli = 1000, .nodes_per_rack = 2, .hosts = {"g1", "g2"}};
  return {.name = "hall", .engine = EngineKind::slurm, .pools = {pool}};
}

std::string found(const FleetSpec& fleet, const std::vector<std::string>& clusters = {},
                  Rehearses rehearses = Rehearses::no) {
  const auto refusal = refusal_to_serve(fleet, clusters, rehearses);
  return refusal ? refusal->found : "";
}

TEST(ServedFleet, IsOneMachine) {
  EXPECT_EQ(found(local()), "");
  FleetSpec fleet = local();
  fleet.sites[0].engine = EngineKind::simulated;
  EXPECT_EQ(found(fleet), "found site here with another engine than local or slurm");
  fleet = local();
  fleet.sites[0].pools[0].nodes_per_rack = 2;
  EXPECT_EQ(found(fleet), "found 2 nodes in pool gpu");
  fleet = local();
  fleet.sites[0].pools.push_back(fleet.sites[0].pools[0]);
  EXPECT_EQ(found(fleet), "found 2 pools");
  fleet = local();
  fleet.sites.push_back(fleet.sites[0]);
  EXPECT_EQ(found(fleet), "found 2 sites with the engine local");
}

TEST(ServedFleet, HasClustersThatAreKnown) {
  FleetSpec fleet = local();
  fleet.sites.push_back(hall());
  EXPECT_EQ(found(fleet, {"hall"}), "");
  EXPECT_EQ(found(local(), {"hall"}), "found no site hall with the engine slurm, and a cluster of that name");
  EXPECT_EQ(found(fleet, {"other"}), "found site hall with the engine slurm, and no word of how to reach it");
  fleet.sites[1].pools[0].hosts.clear();
  EXPECT_EQ(found(fleet, {"hall"}), "found pool gpu of site hall without names of nodes");
}

TEST(ServedFleet, HasSitesThatAreNotThereWhereItRehearses) {
  FleetSpec fleet = local();
  fleet.sites.push_back(hall());
  fleet.sites[1].engine = EngineKind::simulated;
  const auto refusal = refusal_to_serve(fleet, {}, Rehearses::no);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->found, "found site hall with another engine than local or slurm");
  EXPECT_NE(refusal->remedy.find("rehearse: true"), std::string::npos) << refusal->remedy;
  EXPECT_EQ(found(fleet, {}, Rehearses::yes), "");
  fleet.sites.erase(fleet.sites.begin());
  EXPECT_EQ(found(fleet, {}, Rehearses::yes), "");
  fleet.sites[0].engine = EngineKind::slurm;
  EXPECT_EQ(found(fleet, {}, Rehearses::yes), "found site hall with the engine slurm, and no word of how to reach it");
}

TEST(ServedFleet, KnowsWhichNodeIsThisMachine) {
  FleetSpec spec{.name = "f", .sites = {hall()}};
  EXPECT_EQ(local_node(Fleet(spec)), std::nullopt);
  spec.sites.push_back(local().sites[0]);
  const Fleet fleet(spec);
  EXPECT_EQ(local_node(fleet), NodeId{2});
  EXPECT_FALSE(is_local(fleet, PoolId{0}));
  EXPECT_TRUE(is_local(fleet, PoolId{1}));
}

}  // namespace
}  // namespace dure
