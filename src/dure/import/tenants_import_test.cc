#include "dure/import/tenants_import.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dure/import/documents.h"

namespace dure::importing {
namespace {

const FleetSpec fleet_spec{
    .name = "hall",
    .sites = {
        {.name = "hall",
         .pools = {{.name = "h100", .gpu_model = "h100", .gpus_per_node = 8, .cpu_milli = 8000, .nodes_per_rack = 4},
                   {.name = "a100", .gpu_model = "a100", .gpus_per_node = 4, .cpu_milli = 8000, .nodes_per_rack = 4},
                   {.name = "cpu", .cpu_milli = 64'000, .nodes_per_rack = 2}}}}};

constexpr std::string_view accounts_header = "Cluster|Account|ParentName|User|Share|GrpTRES|MaxJobs\n";

Result<SlurmAccounts> read_accounts(const std::string& rows) {
  return read_slurm_accounts({.name = "accounts.txt", .text = std::string(accounts_header) + rows}, "hall");
}

std::string imported(const std::string& rows, const std::set<std::string>& with_jobs = {}, Notes* notes = nullptr) {
  const auto accounts = read_accounts(rows);
  if (!accounts) return accounts.error().message;
  Notes none;
  return tenants_document(import_tenants(*accounts, with_jobs, Fleet(fleet_spec), notes != nullptr ? *notes : none));
}

TEST(TenantsImport, AccountsNestAndSharesAreWeights) {
  EXPECT_EQ(
      imported("hall|root|||1||\nhall|root||root|1||\nhall|sci|root||30||\nhall|bio|sci||10||\nhall|bio||kim|1||\n"
               "hall|eng|root||70||\nother|x|root||5||\n"),
      "tenants:\n- name: sci\n  weight: 30\n  children:\n  - {name: bio, weight: 10}\n- {name: eng, weight: 70}\n");
}

TEST(TenantsImport, AnAccountWithAccountsBelowItHasALeafForItsOwnJobs) {
  const std::string rows = "hall|root|||1||\nhall|sci|root||1||\nhall|bio|sci||1||\n";
  const std::string leaf = "tenants:\n- name: sci\n  children:\n  - {name: bio}\n  - {name: sci}\n";
  EXPECT_EQ(imported(rows), "tenants:\n- name: sci\n  children:\n  - {name: bio}\n");
  EXPECT_EQ(imported(rows, {"sci"}), leaf);
  EXPECT_EQ(imported(rows + "hall|sci||kim|1||\n"), leaf);
  // Its users share with the accounts below it, each for itself.
  EXPECT_NE(imported(rows + "hall|sci||kim|3||\nhall|sci||lee|parent||\n").find("{name: sci, weight: 4}"),
            std::string::npos);
}

TEST(TenantsImport, JobsOfRootAndOfAccountsThatAreGoneHaveTenantsToo) {
  Notes notes;
  EXPECT_EQ(imported("hall|root|||1||\nhall|root||root|1||\nhall|eng|root||1||\n", {"root", "eng", "old/one"}, &notes),
            "tenants:\n- {name: eng}\n- {name: root}\n- name: former\n  children:\n  - {name: old-one}\n");
  EXPECT_EQ(notes.front().place, "accounts old/one");
  EXPECT_EQ(imported("hall|root|||1||\nhall|former|root||1||\n", {"old"}),
            "tenants:\n- {name: former}\n- name: former-\n  children:\n  - {name: old}\n");
  EXPECT_EQ(imported("", {"eng", "bio"}), "tenants:\n- {name: bio}\n- {name: eng}\n");
  EXPECT_EQ(imported(""), "tenants:\n- {name: default}\n");
}

TEST(TenantsImport, GroupTresIsALimitInEachPoolThatItIsLessThan) {
  struct Case {
    const char* tres;
    const char* limit;
    std::size_t notes;
  };
  for (const Case& c :
       {Case{"gres/gpu=8", ", limit: {hall/h100: 8, hall/a100: 8}", 1},
        Case{"gres/gpu=20", ", limit: {hall/h100: 20}", 1}, Case{"gres/gpu=32", "", 1},
        Case{"gres/gpu:h100=8", ", limit: {hall/h100: 8}", 0}, Case{"cpu=64", ", limit: {hall/cpu: 64}", 0},
        Case{"cpu=64,gres/gpu:a100=0,mem=1T", ", limit: {hall/a100: 0, hall/cpu: 64}", 1}, Case{"node=4", "", 1}}) {
    Notes notes;
    EXPECT_EQ(imported(fmt::format("hall|root|||1||\nhall|eng|root||1|{}|\n", c.tres), {}, &notes),
              fmt::format("tenants:\n- {{name: eng{}}}\n", c.limit));
    EXPECT_EQ(notes.size(), c.notes) << c.tres;
  }
}

TEST(TenantsImport, ListsLimitsByTheirKind) {
  Notes notes;
  (void)imported(
      "hall|root|||1||\nhall|eng|root||1||5\nhall|sci|root||parent||7\nhall|bio|sci||1||7\nhall|eng||kim|2||1\n"
      "hall|eng||lee|1||5\n",
      {}, &notes);
  const Notes wanted{
      {"account sci", "fairshare=parent: its users share as those of the account above",
       "its weight is 1; write another in tenants.yaml"},
      {"MaxJobs of accounts", "eng 5, sci 7", ""},
      {"MaxJobs of users", "kim 1", ""},
      {"2 users", "no member of a tenant yet", "give each a token: dure token create NAME member:TENANT"},
      {"users", "fairshare of users: within a tenant all are equal", ""}};
  EXPECT_EQ(notes, wanted);
}

TEST(TenantsImport, RefusesRowsThatAreNoneAndAccountsWithoutAParent) {
  struct Case {
    const char* rows;
    const char* error;
  };
  for (const Case& c :
       {Case{"hall|root|||1|\n", "accounts.txt:2: the row has 6 fields; the header has 7; take the output again"},
        Case{"hall||root||1||\n", "accounts.txt:2: found no account"},
        Case{"hall|a|root||1||\nhall|a|root||1||\n", "accounts.txt:3: found account a twice"},
        Case{"hall|a||kim|1||\n", "accounts.txt:2: found a user of account a, which is not above"},
        Case{"hall|a|b||1||\n", "accounts.txt: found account a below b, which is not there"},
        Case{"hall|a|b||1||\nhall|b|a||1||\n", "accounts.txt: found account a below itself, or more than 60 deep"}}) {
    EXPECT_TRUE(imported(c.rows).starts_with(c.error)) << imported(c.rows);
  }
  const auto no_header = read_slurm_accounts({.name = "accounts.txt", .text = "hall|a|root||1||\n"}, "hall");
  ASSERT_FALSE(no_header);
  EXPECT_TRUE(no_header.error().message.starts_with("accounts.txt:1: the header needs the column 'Account'"));
}

}  // namespace
}  // namespace dure::importing
