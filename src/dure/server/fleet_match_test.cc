#include "dure/server/fleet_match.h"

#include <gtest/gtest.h>

#include <functional>

namespace dure::server {
namespace {

FleetSpec fleet(const std::function<void(PoolSpec&)>& change = [](PoolSpec&) {}) {
  PoolSpec pool{.name = "gpu",
                .gpu_model = "H100",
                .gpu_memory_mib = 81'559,
                .gpus_per_node = 4,
                .cpu_milli = 64'000,
                .memory_mib = 515'000};
  change(pool);
  return {.name = "here", .sites = {{.name = "local", .engine = EngineKind::local, .pools = {pool}}}};
}

TEST(FleetMatch, LetsPassWhatNothingIsPlacedBy) {
  EXPECT_TRUE(has_same_places(fleet(), fleet()));
  EXPECT_TRUE(has_same_places(fleet(), fleet([](PoolSpec& pool) { pool.memory_mib -= 3; })));
  EXPECT_TRUE(has_same_places(fleet(), fleet([](PoolSpec& pool) { pool.cpu_milli = 62'000; })));
  EXPECT_TRUE(has_same_places(fleet(), fleet([](PoolSpec& pool) { pool.gpu_memory_mib = 81'920; })));
  FleetSpec renamed = fleet();
  renamed.name = "there";
  EXPECT_TRUE(has_same_places(fleet(), renamed));
}

TEST(FleetMatch, RefusesOtherPoolsNodesAndGpus) {
  EXPECT_FALSE(has_same_places(fleet(), fleet([](PoolSpec& pool) { pool.name = "cpu"; })));
  EXPECT_FALSE(has_same_places(fleet(), fleet([](PoolSpec& pool) { pool.gpu_model = "H200"; })));
  EXPECT_FALSE(has_same_places(fleet(), fleet([](PoolSpec& pool) { pool.gpus_per_node = 3; })));
  EXPECT_FALSE(has_same_places(fleet(), fleet([](PoolSpec& pool) { pool.nodes_per_rack = 2; })));
  EXPECT_FALSE(has_same_places(fleet(), fleet([](PoolSpec& pool) { pool.hosts = {"gpu1"}; })));
  FleetSpec more = fleet();
  more.sites[0].pools.push_back({.name = "second"});
  EXPECT_FALSE(has_same_places(fleet(), more));
  EXPECT_FALSE(has_same_places(more, fleet()));
}

TEST(FleetMatch, TellsAFleetInALine) {
  FleetSpec more = fleet();
  more.sites[0].pools.push_back({.name = "cpu", .nodes_per_rack = 8});
  EXPECT_EQ(summary(more), "local/gpu: 1 node, 4 x H100; local/cpu: 8 nodes, no GPUs");
}

}  // namespace
}  // namespace dure::server
