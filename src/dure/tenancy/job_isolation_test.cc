#include "dure/tenancy/job_isolation.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

TenantsSpec tenants(std::size_t count) {
  TenantsSpec spec;
  for (std::size_t i = 0; i < count; ++i) spec.roots.push_back({.name = "t" + std::to_string(i)});
  return spec;
}

struct IsolationCase {
  const char* what;
  std::size_t tenants;
  RunsHere runs_here;
  JobIsolation isolation;
  bool is_good;
};

TEST(job_isolation, several_tenants_need_accounts_wherever_their_jobs_run) {
  const IsolationCase cases[] = {
      {"one tenant", 1, RunsHere::yes, {}, true},
      {"two as one account", 2, RunsHere::yes, {}, false},
      {"two that trust", 2, RunsHere::yes, {.trusts_jobs = true}, true},
      {"a launcher", 2, RunsHere::yes, {.has_launcher = true}, true},
      {"a launcher, and a cluster of one account",
       2,
       RunsHere::yes,
       {.has_launcher = true, .has_cluster_accounts = false},
       false},
      {"a cluster of one account", 2, RunsHere::no, {.has_cluster_accounts = false}, false},
      {"clusters with accounts", 2, RunsHere::no, {.may_act_as_others = true}, true},
      {"clusters with accounts, and a launcher here",
       2,
       RunsHere::yes,
       {.has_launcher = true, .may_act_as_others = true},
       true},
  };
  for (const IsolationCase& c : cases) {
    EXPECT_EQ(check_isolation(tenants(c.tenants), c.runs_here, c.isolation).has_value(), c.is_good) << c.what;
  }
}

TEST(job_isolation, no_job_has_the_rights_of_a_server_that_may_act_as_others) {
  const auto checked = check_isolation(tenants(1), RunsHere::yes, {.may_act_as_others = true});
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("may act as any other"), std::string::npos);
}

}  // namespace
}  // namespace dure
