#include "dure/policy/node_fills.h"

#include <gtest/gtest.h>

#include <limits>

namespace dure {
namespace {

constexpr std::int64_t plenty = std::numeric_limits<std::int64_t>::max();

FreeNode node(std::initializer_list<std::int16_t> falling, std::int64_t cpus = plenty, std::int64_t memory = plenty) {
  FreeNode node;
  node.devices = static_cast<std::uint32_t>(falling.size());
  std::copy(falling.begin(), falling.end(), node.milli.begin());
  node.cpu_milli = cpus;
  node.memory_mib = memory;
  return node;
}

NodeFills fills_of(const std::vector<NodeFills::Pod>& pods) {
  NodeFills fills;
  Random random(1);
  fills.add_group(pods, random);
  return fills;
}

// Of one sequence, if all strand as much.
std::int64_t mean(const NodeFills& fills, const FreeNode& node) {
  return fills.stranded(node) / static_cast<std::int64_t>(NodeFills::sequences);
}

constexpr std::uint64_t often = std::uint64_t{1} << 40;

TEST(NodeFills, FillUntilNothingFits) {
  const NodeFills fills = fills_of({{.demand = {.gpu_milli = 300, .cpu_milli = 1}, .weight = often}});
  EXPECT_EQ(mean(fills, node({1'000})), 100);
  EXPECT_EQ(mean(fills, node({1'000, 250})), 350);
  EXPECT_EQ(mean(fills, node({1'000, 1'000}, 2)), 1'400);  // CPUs for two
  EXPECT_EQ(mean(fills, node({})), 0);
}

TEST(NodeFills, CountMemoryAndWholeDevices) {
  const NodeFills fills =
      fills_of({{.demand = {.gpu_milli = 2'000, .cpu_milli = 1, .memory_mib = 10}, .weight = often}});
  EXPECT_EQ(mean(fills, node({1'000, 1'000, 1'000, 900})), 1'900);
  EXPECT_EQ(mean(fills, node({1'000, 1'000, 1'000, 1'000}, plenty, 19)), 2'000);
}

TEST(NodeFills, LetPodsWithoutGpusTakeWhatOthersNeed) {
  const std::vector<NodeFills::Pod> pods{{.demand = {.gpu_milli = 1'000, .cpu_milli = 4}, .weight = often},
                                         {.demand = {.cpu_milli = 4}, .weight = often}};
  const NodeFills fills = fills_of(pods);
  const std::int64_t half = mean(fills, node({1'000}, 4));
  EXPECT_GT(half, 300);  // either comes first as often
  EXPECT_LT(half, 700);
  EXPECT_LT(mean(fills, node({1'000}, 8)), half);
}

// Shares and whole devices, each first in half of the sequences, with CPUs for two: the share leaves the whole device
// alone unless another comes before one of a whole device.
TEST(NodeFills, PutSharesWhereLeastIsLeft) {
  const NodeFills fills = fills_of({{.demand = {.gpu_milli = 400, .cpu_milli = 1}, .weight = often},
                                    {.demand = {.gpu_milli = 1'000, .cpu_milli = 1}, .weight = often}});
  EXPECT_LT(mean(fills, node({1'000, 400}, 2)), 225);
}

TEST(NodeFills, PutNothingOnDevicesThatAreTaken) {
  const NodeFills fills = fills_of({{.demand = {.gpu_milli = 500, .cpu_milli = 1}, .weight = often},
                                    {.demand = {.gpu_milli = 1'000, .cpu_milli = 1}, .weight = often}});
  EXPECT_EQ(mean(fills, node({1'000, 300})), 300);
}

// One in ten has CPUs enough.
TEST(NodeFills, GoOnWhileAnyPodHasCpusEnough) {
  const NodeFills fills = fills_of({{.demand = {.gpu_milli = 100, .cpu_milli = 1}, .weight = often},
                                    {.demand = {.gpu_milli = 100, .cpu_milli = 60}, .weight = 9 * often}});
  EXPECT_EQ(mean(fills, node({100}, 50)), 0);
}

TEST(NodeFills, StrandAllWhereNothingIsExpected) {
  EXPECT_EQ(mean(fills_of({}), node({1'000, 500})), 1'500);
  EXPECT_EQ(mean(fills_of({{.demand = {.gpu_milli = 100}, .weight = 0}}), node({1'000})), 1'000);
}

TEST(NodeFills, AreTheSameForTheSameNumbers) {
  const std::vector<NodeFills::Pod> pods{{.demand = {.gpu_milli = 300, .cpu_milli = 2}, .weight = often},
                                         {.demand = {.gpu_milli = 700, .cpu_milli = 1}, .weight = 3 * often}};
  EXPECT_EQ(fills_of(pods).stranded(node({1'000, 1'000}, 5)), fills_of(pods).stranded(node({1'000, 1'000}, 5)));
}

TEST(FreeNode, LosesWhatAPodTakes) {
  const FreeNode three = node({1'000, 800, 500}, 10, 10);
  const FreeNode share = three.without({.gpu_milli = 400, .cpu_milli = 3, .memory_mib = 4}, 800);
  EXPECT_EQ(share.hash(), node({1'000, 500, 400}, 7, 6).hash());
  EXPECT_EQ(node({1'000, 1'000, 500}).without({.gpu_milli = 1'000}, 0).hash(), node({1'000, 500, 0}).hash());
  EXPECT_EQ(node({1'000}, 10).without({.cpu_milli = 4}, 0).hash(), node({1'000}, 6).hash());
}

TEST(FreeNode, KnowsHowManyFit) {
  EXPECT_EQ(node({1'000, 700, 100}).tasks_that_fit({.gpu_milli = 300}), 3 + 2);
  EXPECT_EQ(node({1'000, 1'000, 1'000, 700}).tasks_that_fit({.gpu_milli = 2'000}), 1);
  EXPECT_EQ(node({1'000, 1'000}, 7, 3).tasks_that_fit({.gpu_milli = 500, .cpu_milli = 2}), 3);
  EXPECT_EQ(node({1'000, 1'000}, 7, 3).tasks_that_fit({.cpu_milli = 1, .memory_mib = 2}), 1);
}

}  // namespace
}  // namespace dure
