#include "dure/launcher/accounts.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "dure/base/test_folder.h"

namespace dure::launcher {
namespace {

// Numbers of accounts that no system has.
Config config() { return {.server = "64001", .accounts = {.rules = {}, .uids = {62'000, 63'999}}}; }

Result<Account> account_for(const Config& config, const engine::Owner& owner) {
  auto accounts = Accounts::open(config);
  EXPECT_TRUE(accounts) << accounts.error().message;
  return accounts->of(owner);
}

std::string refusal(const Config& config, const engine::Owner& owner) {
  const auto account = account_for(config, owner);
  return account ? "uid " + std::to_string(account->uid) : account.error().message;
}

TEST(Accounts, AreThoseOfTheUserThenOfTheLowestTenant) {
  Config mapped = config();
  mapped.accounts.rules = {{.tenant = "lab", .account = "62001"},
                           {.tenant = "lab/vision", .account = "62002"},
                           {.user = "ann", .account = "62003"},
                           {.tenant = "lab", .user = "ann", .account = "62004"}};
  EXPECT_EQ(account_for(mapped, {"lab", "bob"})->uid, 62'001u);
  EXPECT_EQ(account_for(mapped, {"lab/speech", "bob"})->uid, 62'001u);
  EXPECT_EQ(account_for(mapped, {"lab/vision/x", "bob"})->uid, 62'002u);
  EXPECT_EQ(account_for(mapped, {"lab/vision", "ann"})->uid, 62'004u);
  EXPECT_EQ(account_for(mapped, {"other", "ann"})->uid, 62'003u);
  EXPECT_EQ(refusal(mapped, {"labs", "bob"}),
            "the launcher has no account for jobs of bob in labs; add one to its `accounts`, or give it `each_tenant`");
}

TEST(Accounts, AreNeverRootNorTheServerNorOutsideTheRange) {
  Config mapped = config();
  mapped.accounts.rules = {{.tenant = "root", .account = "root"},
                           {.tenant = "server", .account = "64001"},
                           {.tenant = "low", .account = "daemon"},
                           {.tenant = "high", .account = "64002"},
                           {.tenant = "none", .account = "no-such-account"}};
  EXPECT_EQ(refusal(mapped, {"root", "u"}), "the account root has root's rights; no job runs so");
  EXPECT_EQ(refusal(mapped, {"server", "u"}), "the account 64001 is the server's own; no job runs so");
  EXPECT_EQ(refusal(mapped, {"low", "u"}),
            "the account daemon has uid 1, and jobs run as 62000 to 63999; see `uids` in the launcher's configuration");
  EXPECT_EQ(
      refusal(mapped, {"high", "u"}),
      "the account 64002 has uid 64002, and jobs run as 62000 to 63999; see `uids` in the launcher's configuration");
  EXPECT_EQ(refusal(mapped, {"none", "u"}), "this machine has no account `no-such-account`");
}

TEST(Accounts, RefuseNamesThatWouldBreakALine) {
  Config mapped = config();
  mapped.accounts.rules = {{.tenant = "lab", .account = "62001"}};
  for (const engine::Owner& owner : {engine::Owner{"", "u"}, {"lab\n0", "u"}, {"lab", "u\x7f"}}) {
    EXPECT_EQ(refusal(mapped, owner), "the launcher was given no tenant, or a name with control characters");
  }
}

TEST(Accounts, OfARangeAreEachTenantsOwn) {
  const TempFolder folder;
  Config mapped = config();
  mapped.folder = folder.path();
  mapped.each_tenant = UidRange{63'000, 63'001};
  EXPECT_EQ(account_for(mapped, {"a", "u"})->uid, 63'000u);
  EXPECT_EQ(account_for(mapped, {"b", "u"})->uid, 63'001u);
  EXPECT_EQ(account_for(mapped, {"b", "v"})->gid, 63'001u);
  EXPECT_EQ(refusal(mapped, {"c", "u"}), "all uids from 63000 to 63001 are given; make `each_tenant` longer");
}

TEST(Accounts, NeedAServerThatIsNotRoot) {
  const auto accounts = Accounts::open({.server = "root"});
  ASSERT_FALSE(accounts);
  EXPECT_EQ(accounts.error().message, "server: root asks no launcher; name the account of `dure serve`");
}

}  // namespace
}  // namespace dure::launcher
