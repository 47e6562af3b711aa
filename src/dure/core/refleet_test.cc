// A fleet that is declared anew while jobs run on it.
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "dure/core/invariants.h"
#include "dure/core/state.h"

namespace dure {
namespace {

PoolSpec pool(std::string name, std::uint32_t gpus, std::uint32_t blocks) {
  return {.name = std::move(name),
          .gpu_model = "X",
          .gpus_per_node = gpus,
          .cpu_milli = 16'000,
          .memory_mib = 64'000,
          .blocks = blocks,
          .nodes_per_rack = 2};
}

FleetSpec fleet(std::vector<PoolSpec> pools, std::vector<SiteSpec> before = {}) {
  before.push_back({.name = "s", .pools = std::move(pools)});
  return {.name = "f", .sites = std::move(before)};
}

// Pools s/p (nodes 0 to 3) and s/q (4 and 5), 8 GPUs a node. Job 1 runs on node 0, job 2 on the last GPUs of node 3,
// job 3 on node 5; job 4 waits for s/q alone and has a promise; node 2 is drained, node 4 lost.
struct World {
  State state;
  Invariants witness;

  World() {
    say(FleetDeclared{fleet({pool("p", 8, 2), pool("q", 8, 1)})});
    say(TenantsDeclared{{.roots = {{.name = "a", .quotas = {{.pool = "s/q", .guarantee_milli = 8000}}}}}});
    say(UserDeclared{UserId{0}, "kim"});
    submit(1, 2, {});
    submit(2, 2, {PoolId{0}});
    submit(3, 8, {PoolId{1}});
    submit(4, 8, {PoolId{1}});
    start(1, PoolId{0}, 0, 0b11);
    start(2, PoolId{0}, 3, 0b1100'0000);
    start(3, PoolId{1}, 5, 0xff);
    say(ReservationMade{JobId{4}, PoolId{1}, state.now() + hours(1), {{.node = NodeId{5}}}});
    say(NodeDrained{NodeId{2}, "fan"});
    say(NodeLost{NodeId{4}});
  }
  void say(Change change) {
    const auto checked = state.check(change);
    ASSERT_TRUE(checked) << checked.error().message;
    const Fact fact{state.now() + seconds(1), std::move(change)};
    state.apply(fact);
    witness.observe(state, fact);
    witness.check_all(state);
    ASSERT_EQ(witness.violated(), 0u) << witness.messages().front();
  }
  void submit(std::uint32_t id, std::int64_t gpus, std::vector<PoolId> pools) {
    const Shape shape{.per_task = {.gpu_milli = gpus * whole, .cpu_milli = 8000, .memory_mib = 32'000}, .pools = pools};
    say(JobSubmitted{JobId{id}, {.tenant = TenantId{0}, .shape = shape, .time_limit = hours(1)}});
  }
  void start(std::uint32_t id, PoolId where, std::uint32_t node, std::uint64_t gpus) {
    say(StartOrdered{JobId{id}, where, {{.node = NodeId{node}, .tasks = 1, .gpus = gpus, .gpu_milli = whole}}});
    say(Started{JobId{id}});
  }
  const Job& job(std::uint32_t id) const { return state.jobs()[JobId{id}]; }
};

TEST(Refleet, WorkStaysWhereItIsUnderNewIds) {
  World world;
  const std::int64_t held = world.state.usage(TenantId{0}, PoolId{0}).held_milli;
  const SiteSpec north{.name = "north", .pools = {pool("z", 4, 1)}};
  // Two nodes of another site come first, s/p grows by a block and by GPUs, s/q stands before it now.
  world.say(FleetDeclared{fleet({pool("q", 8, 1), pool("p", 9, 3)}, {north})});
  EXPECT_EQ(world.state.fleet().node_count(), 10u);
  EXPECT_EQ(world.job(1).pool, PoolId{2});
  EXPECT_EQ(world.job(1).allocation.front().node, NodeId{4});
  EXPECT_EQ(world.job(2).allocation.front().node, NodeId{7});
  EXPECT_EQ(world.job(3).pool, PoolId{1});
  EXPECT_EQ(world.job(3).allocation.front().node, NodeId{3});
  EXPECT_EQ(world.state.shape_of(world.job(4)).pools, std::vector{PoolId{1}});
  EXPECT_EQ(world.state.usage(TenantId{0}, PoolId{2}).held_milli, held);
  EXPECT_EQ(world.state.tenants().quota(TenantId{0}, PoolId{1}).guarantee_milli, 8000);
  EXPECT_TRUE(world.state.health(NodeId{6}).drained);
  EXPECT_TRUE(world.state.health(NodeId{2}).lost);
  EXPECT_TRUE(world.state.reservations().empty());
  EXPECT_EQ(world.state.occupancy().free_gpu_milli(NodeId{7}, 6), 0);
  EXPECT_EQ(world.state.occupancy().free_gpu_milli(NodeId{7}, 8), whole);
  EXPECT_EQ(world.state.occupancy().free_cpu_milli(NodeId{7}), 8000);

  world.submit(5, 4, {PoolId{0}});
  world.start(5, PoolId{0}, 1, 0b1111);
  world.say(Ended{JobId{3}, Outcome::completed});
  world.start(4, PoolId{1}, 3, 0xff);
  for (const std::uint32_t id : {1u, 2u, 4u, 5u}) world.say(Ended{JobId{id}, Outcome::completed});
  EXPECT_EQ(world.state.usage(TenantId{0}, PoolId{2}).held_milli, 0);
}

TEST(Refleet, TheSameAgainChangesNothingButPromises) {
  World world;
  world.say(ReservationDropped{JobId{4}, DropCause::improved});
  World other;
  other.say(FleetDeclared{fleet({pool("p", 8, 2), pool("q", 8, 1)})});
  ByteWriter before;
  ByteWriter after;
  world.state.write_image(before);
  other.state.write_image(after);
  EXPECT_EQ(before.bytes().size(), after.bytes().size());
  EXPECT_EQ(world.job(2).allocation, other.job(2).allocation);
}

// Shares of GPUs are placements of their own, on one node: what each of them has room for they may lack together.
TEST(Refleet, TheSharesThatAJobHoldsOnANodeAreLookedAtTogether) {
  World world;
  const Shape shape{.tasks_min = 2, .tasks_max = 2, .per_task = {.gpu_milli = 700, .cpu_milli = 4000}};
  world.say(JobSubmitted{JobId{5}, {.tenant = TenantId{0}, .shape = shape, .time_limit = hours(1)}});
  world.say(StartOrdered{JobId{5},
                         PoolId{0},
                         {{.node = NodeId{0}, .tasks = 1, .gpus = 0b100, .gpu_milli = 700},
                          {.node = NodeId{0}, .tasks = 1, .gpus = 0b1000, .gpu_milli = 700}}});
  const auto with_cpus = [](std::int64_t milli) {
    FleetSpec spec = fleet({pool("p", 8, 2), pool("q", 8, 1)});
    spec.sites.front().pools.front().cpu_milli = milli;
    return spec;
  };
  const auto refused = world.state.check(FleetDeclared{with_cpus(15'999)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "job 5 holds what would be gone; wait until it has ended, or cancel it");
  world.say(FleetDeclared{with_cpus(16'000)});
}

struct Refusal {
  const char* name;
  FleetSpec fleet;
  const char* message;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

FleetSpec with(const std::function<void(SiteSpec&)>& change) {
  FleetSpec spec = fleet({pool("p", 8, 2), pool("q", 8, 1)});
  change(spec.sites.front());
  return spec;
}

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, NamesWhatWouldBeLost) {
  World world;
  const std::uint64_t digest = world.state.digest();
  const auto checked = world.state.check(FleetDeclared{GetParam().fleet});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message, GetParam().message);
  EXPECT_EQ(world.state.digest(), digest);
}

// Neither the tenants nor the fleet can be changed so that a guarantee no longer covers what is kept.
TEST(Refleet, RacksThatAreKeptMustBeCovered) {
  const auto keeping = [](std::uint32_t racks, std::uint32_t of_child) {
    TenantSpec a{.name = "a", .quotas = {{.pool = "s/p", .guarantee_milli = 40'000, .racks = racks}}};
    a.children = {{.name = "b", .quotas = {{.pool = "s/p", .guarantee_milli = 32'000, .racks = of_child}}}};
    return TenantsDeclared{{.roots = {a}}};
  };
  State state;
  state.apply({Time{} + seconds(1), FleetDeclared{fleet({pool("p", 8, 4)})}});
  const auto refusal = [&](const Change& change) {
    const auto checked = state.check(change);
    return checked ? "" : checked.error().message;
  };
  EXPECT_EQ(refusal(keeping(3, 0)),
            "tenant a keeps 3 racks of s/p, and its guarantee covers 2, of 16 GPUs each; raise the guarantee or lower "
            "the racks");
  EXPECT_EQ(refusal(keeping(1, 2)),
            "tenant a keeps 1 rack of s/p, and its children 2 together; raise the one or lower the others");
  EXPECT_EQ(refusal(keeping(2, 1)), "");
  state.apply({Time{} + seconds(2), keeping(2, 1)});
  EXPECT_EQ(refusal(FleetDeclared{fleet({pool("p", 10, 4)})}), "");
  EXPECT_EQ(refusal(FleetDeclared{fleet({pool("p", 11, 4)})}),
            "tenant a keeps 2 racks of s/p, and its guarantee covers 1, of 22 GPUs each; raise the guarantee or lower "
            "the racks");
}

// Jobs stay by their place in the pool: it may get names, and more of them, but no others.
TEST(Refleet, NodesKeepTheNamesOfTheirOwn) {
  World world;
  const auto named = [](std::vector<std::string> hosts) {
    return FleetDeclared{with([&](SiteSpec& site) {
      site.pools[0].blocks = static_cast<std::uint32_t>(std::max<std::size_t>(hosts.size() / 2, 2));
      site.pools[0].hosts = std::move(hosts);
    })};
  };
  world.say(named({"a", "b", "c", "d"}));
  EXPECT_EQ(world.state.fleet().node_name(world.job(2).allocation.front().node), "d");
  world.say(named({"a", "b", "c", "d", "f", "e"}));
  world.say(named({"a", "b", "c", "d"}));
  const auto refusal = [&](const FleetDeclared& fleet) {
    const auto checked = world.state.check(fleet);
    return checked ? "" : checked.error().message;
  };
  const std::string message =
      "pool s/p must keep the names of its nodes in their order; new ones may be added at the end";
  EXPECT_EQ(refusal(named({"a", "b", "d", "c"})), message);
  EXPECT_EQ(refusal(named({"x", "y", "a", "b", "c", "d"})), message);
  EXPECT_EQ(refusal(named({})), message);
}

INSTANTIATE_TEST_SUITE_P(
    Refleet, Refused,
    testing::Values(Refusal{"Pool", fleet({pool("p", 8, 2)}),
                            "pool s/q must stay; drain its nodes to give no more of it out"},
                    Refusal{"Engine", with([](SiteSpec& site) { site.engine = EngineKind::local; }),
                            "pool s/p must keep its engine"},
                    Refusal{"Kind", with([](SiteSpec& site) { site.pools[1].gpu_model = "Y"; }),
                            "pool s/q must keep its kind of GPU; add another pool for another kind"},
                    Refusal{"Racks", with([](SiteSpec& site) { site.pools[0].nodes_per_rack = 3; }),
                            "pool s/p must keep its racks as they are; blocks may be added"},
                    Refusal{"Guarantee", with([](SiteSpec& site) { site.pools[1].gpus_per_node = 3; }),
                            "pool s/q would have 6 GPUs and 8 are guaranteed to tenants; lower those first"},
                    Refusal{"Node", with([](SiteSpec& site) { site.pools[0].blocks = 1; }),
                            "job 2 holds what would be gone; wait until it has ended, or cancel it"},
                    Refusal{"Device", with([](SiteSpec& site) { site.pools[0].gpus_per_node = 7; }),
                            "job 2 holds what would be gone; wait until it has ended, or cancel it"},
                    Refusal{"Cpus", with([](SiteSpec& site) { site.pools[0].cpu_milli = 7999; }),
                            "job 1 holds what would be gone; wait until it has ended, or cancel it"},
                    Refusal{"Memory", with([](SiteSpec& site) { site.pools[1].memory_mib = 31'999; }),
                            "job 3 would fit nowhere any more; cancel it first"},
                    Refusal{"Waiting", with([](SiteSpec& site) { site.pools[1].gpus_per_node = 7; }),
                            "job 3 would fit nowhere any more; cancel it first"}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace dure
