#include "dure/policy/pod_mix.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

Shape pod(std::int64_t gpu_milli, std::int64_t memory, std::vector<PoolId> pools = {}) {
  return {.per_task = {.gpu_milli = gpu_milli, .cpu_milli = 1'000, .memory_mib = memory}, .pools = std::move(pools)};
}

TEST(PodMix, GoesByWhatIsGivenAndByWhatArrivedOfTheRest) {
  const TypicalPods given{.pods = {{.demand = {.gpu_milli = 500, .cpu_milli = 1'000}, .pools = {}, .count = 3}},
                          .total = 4};
  PodMix mix(given);
  mix.add(pod(500, 10));
  mix.add(pod(1'000, 20));
  ASSERT_EQ(mix.kinds().size(), 2u);
  EXPECT_EQ(mix.probability(mix.kinds()[0]), PodMix::one / 4 * 3);
  EXPECT_EQ(mix.probability(mix.kinds()[1]), PodMix::one / 2);
}

TEST(PodMix, KnowsNothingBeforeTheFirstPod) {
  PodMix mix({});
  EXPECT_TRUE(mix.kinds().empty());
  mix.add(pod(500, 10));
  EXPECT_EQ(mix.probability(mix.kinds()[0]), PodMix::one);
}

TEST(PodMix, TellsPodsApartByPoolsAndNotByMemory) {
  PodMix mix({});
  mix.add(pod(500, 10));
  mix.add(pod(500, 30));
  mix.add(pod(500, 30, {PoolId{1}}));
  ASSERT_EQ(mix.kinds().size(), 2u);
  EXPECT_EQ(mix.kinds()[0].demand.memory_mib, 0);
  mix.learn_memory();
  EXPECT_EQ(mix.kinds()[0].demand.memory_mib, 20);
}

}  // namespace
}  // namespace dure
