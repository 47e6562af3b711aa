#include "dure/launcher/config.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dure/base/test_folder.h"
#include "dure/engine/account.h"

namespace dure::launcher {
namespace {

class LauncherConfig : public testing::Test {
 protected:
  std::filesystem::path path() const { return folder_ / "launcher.yaml"; }
  Result<Config> read(const std::string& text) const {
    std::ofstream(path()) << text;
    return read_config(path());
  }

 private:
  TempFolder temp_;
  const std::filesystem::path folder_ = temp_.path();
};

TEST_F(LauncherConfig, HasItsKeys) {
  const auto config = read(
      "server: dure\nsocket: /run/x\nfolder: /var/x\nuids: {from: 2000, to: 3000}\n"
      "accounts: [{tenant: lab, account: lab}, {user: ann, account: ann}]\n"
      "each_tenant: {from: 200000, to: 200009}\ncgroup: /x\nprocesses: 100\nmemory: 4Gi\nfence_gpus: false\nyield: "
      "false\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->socket, "/run/x");
  EXPECT_EQ(config->accounts.uids.to, 3000u);
  ASSERT_EQ(config->accounts.rules.size(), 2u);
  EXPECT_EQ(config->accounts.rules[1].user, "ann");
  EXPECT_TRUE(config->each_tenant->has(200'009));
  EXPECT_FALSE(config->each_tenant->has(200'010));
  EXPECT_EQ(config->processes_max, 100u);
  EXPECT_EQ(config->memory_mib, 4096);
  EXPECT_FALSE(config->fences_gpus);
  EXPECT_FALSE(config->yields);
}

TEST_F(LauncherConfig, TakesNoAccountOfTheSystem) {
  for (const char* text : {"uids: {from: 0, to: 3000}", "each_tenant: {from: 999, to: 3000}"}) {
    const auto config = read(text);
    ASSERT_FALSE(config) << text;
    EXPECT_NE(config.error().message.find("from: found"), std::string::npos) << config.error().message;
  }
  EXPECT_FALSE(read("uids: {from: 3000, to: 2000}"));
  EXPECT_FALSE(read("accounts: [{account: lab}]"));
}

TEST_F(LauncherConfig, IsRefusedIfOthersCanChangeIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can have a file of root's";
  std::ofstream(path()) << "{}\n";
  EXPECT_TRUE(engine::check_is_of_root(path()));
  ::chmod(path().c_str(), 0666);
  EXPECT_FALSE(engine::check_is_of_root(path()));
  ::chmod(path().c_str(), 0644);
  ASSERT_EQ(::chown(path().parent_path().c_str(), 64'001, 64'001), 0);
  const auto checked = engine::check_is_of_root(path());
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message,
            path().parent_path().string() + ": others than root can change it; chown root and chmod go-w it");
}

}  // namespace
}  // namespace dure::launcher
