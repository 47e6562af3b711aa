#include "dure/forecast/variants.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace dure::forecast {
namespace {

// Two pools of 8 GPUs a node, and one of 4.
State three_pools() {
  State state;
  const auto pool = [](const char* name, std::uint32_t gpus) {
    return PoolSpec{.name = name,
                    .gpu_model = "X",
                    .gpus_per_node = gpus,
                    .cpu_milli = 8000,
                    .racks_per_block = 2,
                    .nodes_per_rack = 2};
  };
  state.apply({Time{}, FleetDeclared{{.name = "f",
                                      .sites = {{.name = "s", .pools = {pool("a", 8), pool("b", 8), pool("c", 4)}}}}}});
  state.apply({Time{}, TenantsDeclared{{.roots = {{.name = "a"}}}}});
  return state;
}

std::map<std::string, JobSpec> variants(const JobSpec& spec) {
  std::map<std::string, JobSpec> found;
  for (const Variant& variant : variants_of(three_pools(), {spec, spec})) {
    EXPECT_EQ(variant.wish.size(), 2U);
    found.emplace(to_text(variant.variation), variant.wish.back());
  }
  return found;
}

JobSpec job(Shape shape, Duration limit) { return {.shape = std::move(shape), .time_limit = limit}; }

TEST(Variants, OfAGangAreFewerTasksAndAWiderDomain) {
  const auto found = variants(
      job({.tasks_min = 4, .tasks_max = 4, .per_task = {.gpu_milli = 4000}, .within = Level::rack}, minutes(19)));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.at("fewer_tasks").shape.tasks_min, 2U);
  EXPECT_EQ(found.at("fewer_tasks").shape.tasks_max, 2U);
  EXPECT_EQ(found.at("wider").shape.within, Level::block);
}

TEST(Variants, OfAnElasticOneLowerTheLeast) {
  const auto found = variants(job({.tasks_min = 2, .tasks_max = 8, .per_task = {.gpu_milli = 1000}}, minutes(10)));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.at("fewer_tasks").shape.tasks_min, 1U);
  EXPECT_EQ(found.at("fewer_tasks").shape.tasks_max, 8U);
}

TEST(Variants, KeepSegmentsWhole) {
  const Segments segments{.of = 4, .within = Level::rack};
  const auto of = [&](std::uint32_t tasks) {
    return variants(job({.tasks_min = tasks, .tasks_max = tasks, .per_task = {.gpu_milli = 1000}, .segments = segments},
                        minutes(10)));
  };
  EXPECT_EQ(of(12).at("fewer_tasks").shape.tasks_min, 4U);
  EXPECT_TRUE(of(4).empty());
}

TEST(Variants, OfOneTaskAreFewerGpus) {
  const auto found =
      variants(job({.per_task = {.gpu_milli = 8000, .cpu_milli = 3000}, .pools = {PoolId{0}}}, minutes(121)));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found.at("fewer_gpus").shape.per_task.gpu_milli, 4000);
  EXPECT_EQ(found.at("other_pool").shape.pools, (std::vector{PoolId{0}, PoolId{1}})) << "c is too small";
  EXPECT_EQ(found.at("shorter").time_limit, hours(1));
}

TEST(Variants, AreNoneOfWhatAsksForLittle) {
  EXPECT_TRUE(variants(job({.per_task = {.gpu_milli = 1000}, .within = Level::node}, minutes(19))).empty());
  EXPECT_TRUE(variants(job({.per_task = {.gpu_milli = 500}}, minutes(1))).empty());
}

}  // namespace
}  // namespace dure::forecast
