#include "dure/policy/vain_searches.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

constexpr JobId seeker{1};
constexpr TenantId guarantor{3};

TEST(VainSearches, HoldUntilSoManyNodesAreFreed) {
  VainSearches vain;
  EXPECT_FALSE(vain.holds(seeker, guarantor, Time{}));
  vain.freed(5);
  vain.note(seeker, guarantor, 2, Time::never());
  EXPECT_TRUE(vain.holds(seeker, guarantor, Time{}));
  vain.freed(1);
  EXPECT_TRUE(vain.holds(seeker, guarantor, Time{}));
  vain.freed(1);
  EXPECT_FALSE(vain.holds(seeker, guarantor, Time{}));
}

TEST(VainSearches, HoldUntilMoreHaveRunForLongEnough) {
  VainSearches vain;
  vain.note(seeker, guarantor, 1, Time{} + minutes(10));
  EXPECT_TRUE(vain.holds(seeker, guarantor, Time{} + minutes(9)));
  EXPECT_FALSE(vain.holds(seeker, guarantor, Time{} + minutes(10)));
}

TEST(VainSearches, AreInOneGuarantorsName) {
  VainSearches vain;
  vain.note(seeker, guarantor, 1, Time::never());
  EXPECT_FALSE(vain.holds(seeker, TenantId{2}, Time{}));
  EXPECT_FALSE(vain.holds(JobId{2}, guarantor, Time{}));
}

TEST(VainSearches, AreForgotten) {
  VainSearches vain;
  vain.note(seeker, guarantor, 1, Time::never());
  vain.note(JobId{2}, guarantor, 1, Time::never());
  vain.forget(seeker);
  EXPECT_FALSE(vain.holds(seeker, guarantor, Time{}));
  EXPECT_TRUE(vain.holds(JobId{2}, guarantor, Time{}));
  vain.forget_all();
  EXPECT_FALSE(vain.holds(JobId{2}, guarantor, Time{}));
}

}  // namespace
}  // namespace dure
