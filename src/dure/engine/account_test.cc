#include "dure/engine/account.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "dure/base/test_folder.h"

namespace dure::engine {
namespace {

const AccountGiver giver{.name = "site hall", .server = 64'001};
const AccountRules rules{.rules = {{.tenant = "lab", .account = "62001"},
                                   {.tenant = "root", .account = "root"},
                                   {.tenant = "server", .account = "64001"},
                                   {.tenant = "high", .account = "64002"},
                                   {.tenant = "none", .account = "no-such-account"}},
                         .uids = {62'000, 63'999}};

std::string told(const Owner& owner) {
  const auto account = account_of(rules, owner, giver);
  if (!account) return account.error().message;
  return *account ? "uid " + std::to_string((*account)->uid) : "no rule";
}

TEST(account, is_the_one_of_the_rule_unless_no_job_may_have_it) {
  EXPECT_EQ(told({"lab/vision", "ann"}), "uid 62001");
  EXPECT_EQ(told({"other", "ann"}), "no rule");
  EXPECT_EQ(told({"root", "ann"}), "the account root has root's rights; no job runs so");
  EXPECT_EQ(told({"server", "ann"}), "the account 64001 is the server's own; no job runs so");
  EXPECT_EQ(told({"high", "ann"}),
            "the account 64002 has uid 64002, and jobs run as 62000 to 63999; see `uids` in site hall's configuration");
  EXPECT_EQ(told({"none", "ann"}), "this machine has no account `no-such-account`");
  EXPECT_EQ(told({"", "ann"}), "site hall was given no tenant, or a name with control characters");
  EXPECT_EQ(told({"lab", "a\nb"}), "site hall was given no tenant, or a name with control characters");
}

TEST(account, a_home_is_given_once_and_never_to_a_second) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  const TempFolder folder;
  const std::string home = (folder / "12").string();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(make_home(home, nameless_account(62'001)));
  struct stat status{};
  ASSERT_EQ(::stat(home.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 62'001u);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  const auto made = make_home(home, nameless_account(62'002));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, home +
                                      " is of uid 62001, and the job's account is 62002; an earlier journal's job has "
                                      "left it: remove it, or have `accounts` as it was");
}

TEST(account, a_link_in_the_place_of_a_home_is_no_home) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  const TempFolder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  std::filesystem::create_symlink(folder / "elsewhere", folder / "12");
  EXPECT_FALSE(make_home((folder / "12").string(), nameless_account(62'001)));
  struct stat status{};
  ASSERT_EQ(::stat((folder / "elsewhere").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 0u);
}

TEST(account, of_root_is_what_nobody_else_can_change) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can have a file of root's";
  const TempFolder folder;
  const std::string path = folder.path().string();
  EXPECT_TRUE(check_is_of_root(path));
  ASSERT_EQ(::chown(path.c_str(), 64'001, 64'001), 0);
  EXPECT_FALSE(check_is_of_root(path));
  EXPECT_TRUE(check_is_of_root(path, 64'001));
}

}  // namespace
}  // namespace dure::engine
