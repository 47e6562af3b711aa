#include "dure/policy/reference/pack.h"

#include <gtest/gtest.h>

#include <bit>

#include "dure/policy/reference/fgd.h"
#include "dure/policy/reference/pack_scores.h"
#include "dure/policy/stranding_score.h"

namespace dure {
namespace {

// Node 0 has four GPUs and 64 CPUs, nodes 1 and 2 two GPUs and 128 CPUs. Ties go to node 2 first.
struct Cluster {
  State state;
  PackPolicy policy;
  std::uint32_t jobs = 0;

  explicit Cluster(std::unique_ptr<NodeScore> score) : policy(std::move(score), {NodeId{2}, NodeId{0}, NodeId{1}}) {
    const PoolSpec big{.name = "big", .gpu_model = "A", .gpus_per_node = 4, .cpu_milli = 64'000, .memory_mib = 1'000};
    const PoolSpec small{.name = "small",
                         .gpu_model = "B",
                         .gpus_per_node = 2,
                         .cpu_milli = 128'000,
                         .memory_mib = 1'000,
                         .nodes_per_rack = 2};
    say(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {big, small}}}}});
    say(TenantsDeclared{{.roots = {{.name = "a"}}}});
    say(UserDeclared{UserId{0}, "kim"});
  }
  void say(Change change) {
    const Fact fact{state.now(), std::move(change)};
    state.apply(fact);
    policy.observe(state, fact);
  }
  std::uint32_t submit(const Demand& demand, std::vector<PoolId> pools = {}) {
    say(JobSubmitted{JobId{++jobs},
                     {.shape = {.per_task = demand, .pools = std::move(pools)}, .time_limit = hours(1)}});
    return jobs;
  }
  // The placement of the next job to start; nothing: none fits.
  Allocation plan() {
    std::vector<Decision> decisions;
    policy.plan(state, state.now(), decisions);
    if (decisions.empty()) return {};
    EXPECT_EQ(decisions.size(), 1u);
    Allocation allocation = std::get<StartOrdered>(decisions.front()).allocation;
    say(to_change(std::move(decisions.front())));
    return allocation;
  }
  Allocation place(const Demand& demand, std::vector<PoolId> pools = {}) {
    submit(demand, std::move(pools));
    return plan();
  }
};

Allocation on(std::uint32_t node, std::uint64_t gpus, std::int64_t milli) {
  return {{.node = NodeId{node}, .tasks = 1, .gpus = gpus, .gpu_milli = milli}};
}

constexpr Demand half{.gpu_milli = 500, .cpu_milli = 1'000};
constexpr Demand one{.gpu_milli = 1'000, .cpu_milli = 1'000};
constexpr Demand two{.gpu_milli = 2'000, .cpu_milli = 1'000};
constexpr Demand cpus{.cpu_milli = 8'000};
const std::vector<PoolId> big{PoolId{0}};
const std::vector<PoolId> small{PoolId{1}};

// Left on node 0: 63 CPUs and 3 GPUs, 100 (1 - 0.246 - 0.1875) = 56. On node 2: 127 and 1, 100 (1 - 0.496 - 0.0625)
// = 44.
TEST(BestFit, LeavesLeast) {
  Cluster cluster(best_fit_score());
  EXPECT_EQ(cluster.place(one), on(0, 1, 1'000));
}

TEST(BestFit, GoesByTheTieOrderAmongEquals) {
  Cluster cluster(best_fit_score());
  EXPECT_EQ(cluster.place(one, small), on(2, 1, 1'000));
  EXPECT_EQ(cluster.place(one, small), on(2, 2, 1'000));
  EXPECT_EQ(cluster.place(one, small), on(1, 1, 1'000));
}

// Free x wanted of node 0: 64 x 8 CPUs; of the others 128 x 8.
TEST(DotProduct, GoesWhereLittleIsFree) {
  Cluster cluster(dot_product_score());
  EXPECT_EQ(cluster.place({.gpu_milli = 1'000, .cpu_milli = 32'000}), on(0, 1, 1'000));
}

TEST(Packing, FillsDevicesInUseThenNodesInUse) {
  Cluster cluster(packing_score());
  EXPECT_EQ(cluster.place(half), on(2, 1, 500));  // all are idle: 33 - 2 is more than 33 - 4
  EXPECT_EQ(cluster.place(one), on(2, 2, 1'000));
  EXPECT_EQ(cluster.place(half), on(2, 1, 500));
  EXPECT_EQ(cluster.place(half), on(1, 1, 500));
}

TEST(Clustering, GoesWhereItsKindIs) {
  Cluster cluster(clustering_score());
  EXPECT_EQ(cluster.place(half, big), on(0, 1, 500));
  EXPECT_EQ(cluster.place(two, small), on(2, 3, 1'000));
  EXPECT_EQ(cluster.place(half), on(0, 1, 500));
  EXPECT_EQ(cluster.place(two), on(1, 3, 1'000));  // nothing of GPUs is there: 25; node 0 holds another kind: 0 + 3
}

TEST(Clustering, ForgetsWhoLeaves) {
  Cluster cluster(clustering_score());
  cluster.place(half, big);
  cluster.say(Started{JobId{1}});
  cluster.say(Ended{JobId{1}, Outcome::completed});
  EXPECT_EQ(cluster.place(half), on(2, 1, 500));  // all alike, and the first of the tie order
}

// Only pods of a whole GPU are expected: half a device is of no use to them, and a second half costs nothing more.
TEST(Fgd, BreaksNoSecondDevice) {
  const TypicalPods wholes{.pods = {{.demand = one, .pools = {}, .count = 1}}, .total = 1};
  Cluster cluster(fgd_score(wholes));
  const Allocation first = cluster.place(half);
  EXPECT_EQ(cluster.place(half), first);
}

// Only pods of 60 CPUs are expected: CPUs are taken where those that are left are enough for one.
TEST(Fgd, LeavesGpusTheirCpus) {
  const TypicalPods hungry{.pods = {{.demand = {.gpu_milli = 1'000, .cpu_milli = 60'000}, .pools = {}, .count = 1}},
                           .total = 1};
  Cluster cluster(fgd_score(hungry));
  EXPECT_EQ(cluster.place({.cpu_milli = 68'000}), on(2, 0, 0));
  EXPECT_EQ(cluster.place(cpus), on(1, 0, 0));  // on the others nothing would be left for a GPU
}

// The lowest device among equals, and another where its score is higher.
TEST(Fgd, ChoosesTheDevice) {
  const TypicalPods shares{.pods = {{.demand = {.gpu_milli = 700, .cpu_milli = 0}, .pools = {}, .count = 1}},
                           .total = 1};
  Cluster cluster(fgd_score(shares));
  EXPECT_EQ(cluster.place({.gpu_milli = 600, .cpu_milli = 1}, small), on(2, 1, 600));
  // 400 are of no use there: 300 of them make it better, and a fresh device would be worse.
  EXPECT_EQ(cluster.place({.gpu_milli = 300, .cpu_milli = 1}, small), on(2, 1, 300));
}

// On node 0 are 400 of no use, and shrink; on the others 650 would become of none.
TEST(Fgd, UsesUpWhatIsOfNoUseOnADevice) {
  const TypicalPods shares{.pods = {{.demand = {.gpu_milli = 700, .cpu_milli = 0}, .pools = {}, .count = 1}},
                           .total = 1};
  Cluster cluster(fgd_score(shares));
  EXPECT_EQ(cluster.place({.gpu_milli = 600, .cpu_milli = 1}, big), on(0, 1, 600));
  EXPECT_EQ(cluster.place({.gpu_milli = 350, .cpu_milli = 1}), on(0, 1, 350));
}

// Pods of a whole GPU with 16 CPUs are expected: node 0 has just as many for each of its GPUs, the others four times as
// many.
TEST(Stranding, TakesCpusWhereNoGpuMissesThem) {
  const TypicalPods wholes{.pods = {{.demand = {.gpu_milli = 1'000, .cpu_milli = 16'000}, .pools = {}, .count = 1}},
                           .total = 1};
  Cluster cluster(stranding_score(wholes, Random(1)));
  for (int pod = 0; pod < 6; ++pod) {
    const Allocation at = cluster.place({.cpu_milli = 24'000});
    ASSERT_EQ(at.size(), 1u);
    EXPECT_NE(at[0].node, NodeId{0});
  }
}

// Shares of 600 and 400 are expected: a second of 600 opens a device, and the one of 400 closes the first.
TEST(Stranding, FillsDevicesWithWhatBelongsTogether) {
  const TypicalPods shares{.pods = {{.demand = {.gpu_milli = 600, .cpu_milli = 1}, .pools = {}, .count = 1},
                                    {.demand = {.gpu_milli = 400, .cpu_milli = 1}, .pools = {}, .count = 1}},
                           .total = 2};
  Cluster cluster(stranding_score(shares, Random(1)));
  const Allocation first = cluster.place({.gpu_milli = 600, .cpu_milli = 1});
  EXPECT_NE(cluster.place({.gpu_milli = 600, .cpu_milli = 1}), first);
  const Allocation third = cluster.place({.gpu_milli = 400, .cpu_milli = 1});
  ASSERT_EQ(third.size(), 1u);
  EXPECT_EQ(cluster.state.occupancy().free_gpu_milli(third[0].node,
                                                     static_cast<std::uint32_t>(std::countr_zero(third[0].gpus))),
            0);
}

TEST(Stranding, LearnsFromWhatArrives) {
  Cluster cluster(stranding_score({}, Random(1)));
  EXPECT_EQ(cluster.place(one), on(2, 1, 1'000));  // nothing is known but this one
  for (int i = 0; i < 7; ++i) cluster.place({.gpu_milli = 1'000, .cpu_milli = 16'000});
  EXPECT_EQ(cluster.place({.cpu_milli = 64'000}), on(2, 0, 0));
}

TEST(Stranding, CountsANodeAnewWhenADeviceFails) {
  const TypicalPods pairs{.pods = {{.demand = two, .pools = {}, .count = 1}}, .total = 1};
  Cluster cluster(stranding_score(pairs, Random(1)));
  cluster.say(DevicesFailed{NodeId{2}, 1, "fault"});
  EXPECT_EQ(cluster.place(one), on(2, 2, 1'000));  // what is left there is of no use to a pair
}

TEST(Pack, DropsNothingByItselfAndTriesAgainWhenARoomIsLeft) {
  Cluster cluster(best_fit_score());
  EXPECT_EQ(cluster.place({.gpu_milli = 4'000}), on(0, 15, 1'000));
  EXPECT_EQ(cluster.place({.gpu_milli = 4'000}), Allocation{});
  EXPECT_EQ(cluster.policy.next_wakeup(cluster.state, cluster.state.now()), std::nullopt);
  cluster.say(Started{JobId{1}});
  cluster.say(Ended{JobId{1}, Outcome::completed});
  EXPECT_EQ(cluster.plan(), on(0, 15, 1'000));
}

TEST(Pack, TakesJobsInOrderOneAPlan) {
  Cluster cluster(best_fit_score());
  cluster.submit(one, big);
  cluster.submit(one, big);
  EXPECT_EQ(cluster.plan(), on(0, 1, 1'000));
  EXPECT_EQ(cluster.policy.next_wakeup(cluster.state, cluster.state.now()), cluster.state.now());
  EXPECT_EQ(cluster.plan(), on(0, 2, 1'000));
}

TEST(Pack, PassesOverWhatIsDrained) {
  Cluster cluster(best_fit_score());
  EXPECT_EQ(cluster.place(one, small), on(2, 1, 1'000));
  cluster.say(NodeDrained{NodeId{2}, "service"});
  EXPECT_EQ(cluster.place(one, small), on(1, 1, 1'000));
  cluster.say(NodeResumed{NodeId{2}});
  EXPECT_EQ(cluster.place(one, small), on(2, 2, 1'000));
}

TEST(Pack, DecidesAlikeWhenItIsMadeFromTheState) {
  Cluster cluster(clustering_score());
  cluster.place(half, big);
  cluster.place(two, small);
  PackPolicy fresh(clustering_score(), {NodeId{2}, NodeId{0}, NodeId{1}});
  cluster.submit(half);
  fresh.rebuild(cluster.state);
  std::vector<Decision> decisions;
  fresh.plan(cluster.state, cluster.state.now(), decisions);
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_EQ(std::get<StartOrdered>(decisions[0]).allocation, cluster.plan());
}

}  // namespace
}  // namespace dure
