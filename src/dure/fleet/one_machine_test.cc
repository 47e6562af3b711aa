#include "dure/fleet/one_machine.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

FleetSpec local() {
  const PoolSpec pool{.name = "gpu", .cpu_milli = 1000};
  return {.name = "f", .sites = {{.name = "here", .engine = EngineKind::local, .pools = {pool}}}};
}

TEST(OneMachine, SaysWhatIsBeyondIt) {
  EXPECT_FALSE(found_beyond_one_machine(local()));
  FleetSpec fleet = local();
  fleet.sites[0].engine = EngineKind::simulated;
  EXPECT_EQ(found_beyond_one_machine(fleet), "found site here with another engine than local");
  fleet = local();
  fleet.sites[0].pools[0].nodes_per_rack = 2;
  EXPECT_EQ(found_beyond_one_machine(fleet), "found 2 nodes in pool gpu");
  fleet = local();
  fleet.sites[0].pools.push_back(fleet.sites[0].pools[0]);
  EXPECT_EQ(found_beyond_one_machine(fleet), "found 2 pools");
  fleet = local();
  fleet.sites.push_back(fleet.sites[0]);
  EXPECT_EQ(found_beyond_one_machine(fleet), "found 2 sites");
}

}  // namespace
}  // namespace dure
