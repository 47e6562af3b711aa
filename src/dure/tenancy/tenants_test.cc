#include "dure/tenancy/tenants.h"

#include <gtest/gtest.h>

#include <array>

namespace dure {
namespace {

TEST(Tenants, AnInnerTenantThatStatesNoGuaranteeHasTheSumOfItsChildrens) {
  const std::array<std::string, 2> pools{"a/h200", "b/b200"};
  const TenantSpec x{
      .name = "x", .quotas = {{.pool = "a/h200", .guarantee_milli = 8000, .limit_milli = {}}}, .children = {}};
  const TenantSpec y{
      .name = "y", .quotas = {{.pool = "a/h200", .guarantee_milli = 4000, .limit_milli = 9000}}, .children = {}};
  const Tenants tenants({.roots = {{.name = "org", .quotas = {}, .children = {x, y}}}}, pools);

  ASSERT_EQ(tenants.size(), 3u);
  const TenantId org = *tenants.find("org");
  EXPECT_EQ(tenants.quota(org, PoolId{0}).guarantee_milli, 12'000);
  EXPECT_EQ(tenants.quota(org, PoolId{1}).guarantee_milli, 0);
  EXPECT_EQ(tenants.quota(org, PoolId{0}).limit_milli, no_limit);
  EXPECT_EQ(tenants.quota(*tenants.find("org/y"), PoolId{0}).limit_milli, 9000);
  EXPECT_EQ(tenants[*tenants.find("org/x")].parent, org);
  EXPECT_FALSE(tenants.find("org/z"));
}

TEST(Tenants, RacksAreKeptFromTheFirstOnInTheOrderOfTenants) {
  const std::array<std::string, 2> pools{"a/h200", "b/b200"};
  const auto with = [](std::string name, std::uint32_t racks) {
    return TenantSpec{.name = std::move(name),
                      .quotas = {{.pool = "a/h200", .guarantee_milli = 64'000, .racks = racks}}};
  };
  TenantSpec org = with("org", 3);
  org.children = {with("x", 2), {.name = "y"}};
  const TenantSpec sum{.name = "sum", .children = {with("z", 1)}};
  const Tenants tenants({.roots = {org, {.name = "none"}, sum}}, pools);

  const auto keeper = [&](std::uint32_t rack) { return tenants[*tenants.keeper(PoolId{0}, rack)].path; };
  EXPECT_EQ(tenants.kept_racks(PoolId{0}), 4u);
  EXPECT_EQ(keeper(0), "org");
  EXPECT_EQ(keeper(1), "org/x");
  EXPECT_EQ(keeper(2), "org/x");
  EXPECT_EQ(keeper(3), "sum/z");
  EXPECT_FALSE(tenants.keeper(PoolId{0}, 4));
  EXPECT_EQ(tenants.quota(*tenants.find("sum"), PoolId{0}).racks, 1u);
  EXPECT_EQ(tenants.kept_racks(PoolId{1}), 0u);
  EXPECT_EQ(Tenants().kept_racks(PoolId{0}), 0u);
}

TEST(Tenants, WhoStatesNoFairnessHasItsParentsOrThatOfAll) {
  const TenantSpec child{.name = "x"};
  const TenantSpec other{.name = "y", .fairness = Fairness::users};
  const TenantSpec org{.name = "org", .children = {child, other}, .fairness = Fairness::none};
  const Tenants tenants({.roots = {org, {.name = "alone"}}, .fairness = Fairness::users}, {});
  EXPECT_FALSE(tenants[*tenants.find("org/x")].takes_turns());
  EXPECT_TRUE(tenants[*tenants.find("org/y")].takes_turns());
  EXPECT_TRUE(tenants[*tenants.find("alone")].takes_turns());
}

TEST(Tenants, OfThoseThatPreemptOnAPathTheHighestDecides) {
  const TenantSpec child{.name = "x", .preempt = Preempt::priority};
  const TenantSpec org{.name = "org", .children = {child, {.name = "y"}}, .preempt = Preempt::priority};
  const Tenants tenants({.roots = {org, child, {.name = "z"}}}, {});
  EXPECT_EQ(tenants[*tenants.find("org/x")].preempts_within, tenants.find("org"));
  EXPECT_EQ(tenants[*tenants.find("org/y")].preempts_within, tenants.find("org"));
  EXPECT_EQ(tenants[*tenants.find("x")].preempts_within, tenants.find("x"));
  EXPECT_FALSE(tenants[*tenants.find("z")].preempts_within);
}

TEST(Tenants, AStatedGuaranteeStands) {
  const std::array<std::string, 1> pools{"a/h200"};
  const TenantSpec x{
      .name = "x", .quotas = {{.pool = "a/h200", .guarantee_milli = 8000, .limit_milli = {}}}, .children = {}};
  const TenantSpec org{
      .name = "org", .quotas = {{.pool = "a/h200", .guarantee_milli = 16'000, .limit_milli = {}}}, .children = {x}};
  const Tenants tenants({.roots = {org}}, pools);
  EXPECT_EQ(tenants.quota(*tenants.find("org"), PoolId{0}).guarantee_milli, 16'000);
}

}  // namespace
}  // namespace dure
