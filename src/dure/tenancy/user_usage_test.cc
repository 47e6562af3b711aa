#include "dure/tenancy/user_usage.h"

#include <gtest/gtest.h>

#include <vector>

namespace dure {
namespace {

TEST(UserUsage, KnowsNothingOfWhoUsedNothing) {
  UserUsage usage;
  usage.hold({TenantId{1}, PoolId{0}, UserId{2}}, 0, 5);
  EXPECT_TRUE(usage.all().empty());
  EXPECT_EQ(usage.of({TenantId{1}, PoolId{0}, UserId{2}}).held_milli, 0);
}

TEST(UserUsage, TellsTheUsersOfOneTenantAndPoolApartFromAllOthers) {
  UserUsage usage;
  usage.hold({TenantId{1}, PoolId{0}, UserId{7}}, 1000, 5);
  usage.hold({TenantId{1}, PoolId{1}, UserId{8}}, 1000, 5);
  usage.hold({TenantId{1}, PoolId{1}, UserId{9}}, 2000, 5);
  usage.hold({TenantId{2}, PoolId{1}, UserId{3}}, 1000, 5);
  std::vector<UserId> users;
  for (const auto& [key, account] : usage.of(TenantId{1}, PoolId{1})) users.push_back(key.user);
  EXPECT_EQ(users, (std::vector{UserId{8}, UserId{9}}));
}

TEST(UserUsage, IsForgottenOnceItHasDecayedUnlessSomethingIsHeld) {
  UserUsage usage;
  const UserUsage::Key gone{TenantId{1}, PoolId{0}, UserId{7}};
  const UserUsage::Key holds{TenantId{1}, PoolId{0}, UserId{8}};
  usage.hold(gone, 1, 4);
  usage.hold(gone, -1, 7);
  usage.hold(holds, 1, 4);
  usage.rebase(1);
  EXPECT_EQ(usage.of(gone).base, 1);
  usage.rebase(1);
  EXPECT_FALSE(usage.all().contains(gone));
  EXPECT_EQ(usage.of(holds).held_milli, 1);
}

}  // namespace
}  // namespace dure
