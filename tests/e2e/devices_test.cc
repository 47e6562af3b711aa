// A server on GPUs some of which are broken, or break: the driver's library is a stand-in.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

// Five devices: the first is well until the file `sick` is there, the last two never are.
class Devices : public testing::Test {
 protected:
  Devices() {
    std::filesystem::create_symlink(DURE_FAKE_NVML, folder_.path() / "libnvidia-ml.so.1");
    server_.emplace(folder_.path() / "data", std::vector<std::string>{"--trust-jobs"},
                    std::vector<std::string>{"/usr/bin/env", "LD_LIBRARY_PATH=" + folder_.path().string(),
                                             "DURE_FAKE_NVML_SICK=" + sick().string()});
  }
  void SetUp() override { ASSERT_EQ(server_->start(), ""); }
  std::filesystem::path sick() const { return folder_.path() / "sick"; }
  Cli cli() const { return {*server_, folder_.path()}; }
  boost::json::value pool() const { return cli().json({"fleet", "--json"}).at("pools").at(0); }

  TempFolder folder_;
  std::optional<ServerProcess> server_;
};

TEST_F(Devices, JobsAreGivenNoBrokenGpus) {
  EXPECT_EQ(pool().at("capacity"), 5);
  EXPECT_EQ(pool().at("sick_gpus"), 2);
  cli().submit({"--gpus", "3", "--", "sleep", "100"});
  const std::string waits = cli().submit({"--gpus", "1", "--", "true"});
  const auto why = cli().json({"why", "--json", waits});
  std::vector<std::string> codes;
  for (const auto& blocker : why.at("blockers").as_array()) {
    codes.emplace_back(blocker.at("code").as_string());
    if (codes.back() != "down") continue;
    EXPECT_EQ(blocker.at("sick_gpus"), 2);
    EXPECT_TRUE(blocker.at("fits_with_them").as_bool());
  }
  EXPECT_EQ(std::count(codes.begin(), codes.end(), "down"), 1);
  EXPECT_EQ(cli().run({"cancel", "1"}).code, 0);
  EXPECT_EQ(cli().run({"wait", waits}).code, 0);
}

TEST_F(Devices, AJobWhoseGpuBreaksUnderItStartsAgainOnAnother) {
  const std::string job = cli().submit({"--gpus", "1", "--", "sh", "-c",
                                        "test $CUDA_VISIBLE_DEVICES != GPU-1 || { touch " + sick().string() +
                                            "; exit 3; }; echo on $CUDA_VISIBLE_DEVICES"});
  EXPECT_EQ(cli().run({"wait", job}).code, 0);
  EXPECT_EQ(cli().run({"logs", job}).output, "on MIG-10\n");
  EXPECT_EQ(cli().json({"show", "--json", job}).at("evictions"), 1);
  EXPECT_EQ(pool().at("sick_gpus"), 3);
  EXPECT_EQ(server_->stop(), 0);
  std::filesystem::remove(sick());
  ASSERT_EQ(server_->start_again(), "");
  EXPECT_EQ(cli().run({"run", "--gpus", "3", "--", "true"}).code, 0);
  EXPECT_EQ(pool().at("sick_gpus"), 2);
}

}  // namespace
}  // namespace dure::e2e
