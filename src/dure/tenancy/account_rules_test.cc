#include "dure/tenancy/account_rules.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

const std::vector<AccountRule> rules{{.tenant = "lab", .account = "lab"},
                                     {.tenant = "lab/vision", .account = "vision"},
                                     {.user = "ann", .account = "ann"},
                                     {.tenant = "lab", .user = "ann", .account = "ann-of-lab"}};

struct Case {
  const char* tenant;
  const char* user;
  const char* account;
};

TEST(account_rules, those_that_name_the_user_come_first_then_the_lowest_tenant) {
  for (const Case& c :
       {Case{"lab", "bob", "lab"}, Case{"lab/speech", "bob", "lab"}, Case{"lab/vision/x", "bob", "vision"},
        Case{"lab/vision", "ann", "ann-of-lab"}, Case{"other", "ann", "ann"}}) {
    const AccountRule* rule = rule_for(rules, c.tenant, c.user);
    ASSERT_NE(rule, nullptr) << c.tenant << ' ' << c.user;
    EXPECT_EQ(rule->account, c.account) << c.tenant << ' ' << c.user;
  }
}

TEST(account_rules, a_name_that_begins_as_a_tenant_does_is_not_in_it) {
  EXPECT_EQ(rule_for(rules, "labs", "bob"), nullptr);
  EXPECT_EQ(rule_for(rules, "la", "bob"), nullptr);
  EXPECT_EQ(rule_for(rules, "other/lab", "bob"), nullptr);
  EXPECT_EQ(rule_for({}, "lab", "bob"), nullptr);
}

}  // namespace
}  // namespace dure
