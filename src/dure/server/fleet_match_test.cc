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
  EXPECT_TRUE(check_same_places(fleet(), fleet()));
  EXPECT_TRUE(check_same_places(fleet(), fleet([](PoolSpec& pool) { pool.memory_mib -= 3; })));
  EXPECT_TRUE(check_same_places(fleet(), fleet([](PoolSpec& pool) { pool.cpu_milli = 62'000; })));
  EXPECT_TRUE(check_same_places(fleet(), fleet([](PoolSpec& pool) { pool.gpu_memory_mib = 81'920; })));
  FleetSpec renamed = fleet();
  renamed.name = "there";
  EXPECT_TRUE(check_same_places(fleet(), renamed));
}

TEST(FleetMatch, RefusesOtherPoolsNodesAndGpus) {
  EXPECT_FALSE(check_same_places(fleet(), fleet([](PoolSpec& pool) { pool.name = "cpu"; })));
  EXPECT_FALSE(check_same_places(fleet(), fleet([](PoolSpec& pool) { pool.gpu_model = "H200"; })));
  EXPECT_FALSE(check_same_places(fleet(), fleet([](PoolSpec& pool) { pool.gpus_per_node = 3; })));
  EXPECT_FALSE(check_same_places(fleet(), fleet([](PoolSpec& pool) { pool.nodes_per_rack = 2; })));
  FleetSpec more = fleet();
  more.sites[0].pools.push_back({.name = "second"});
  EXPECT_FALSE(check_same_places(fleet(), more));
  EXPECT_FALSE(check_same_places(more, fleet()));
}

TEST(FleetMatch, ShowsBothFleetsAndTheWayOut) {
  const auto without_gpus = fleet([](PoolSpec& pool) { pool.name = "cpu", pool.gpus_per_node = 0; });
  EXPECT_EQ(check_same_places(fleet(), without_gpus).error().message,
            "the journal was begun with another fleet (local/gpu: 1 node, 4 x H100) than this machine or its file has "
            "now (local/cpu: 1 node, no GPUs); write the former as `fleet:` in the configuration, or use another data "
            "folder");
}

}  // namespace
}  // namespace dure::server
