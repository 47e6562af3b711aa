// `dure import slurm` of a real cluster: what comes of it is served and played as it is.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "runs.h"
#include "server_process.h"
#include "slurm_lab.h"

namespace dure::e2e {
namespace {

namespace fs = std::filesystem;

bool until(const std::function<bool()>& is_so) {
  const auto deadline = in_seconds(60);
  while (!is_so()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return true;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Import : public testing::Test {
 protected:
  void SetUp() override {
    if (!lab_.why_not().empty()) GTEST_SKIP() << lab_.why_not();
    for (const auto& what : std::vector<std::vector<std::string>>{
             {"account", "science", "fairshare=30"},
             {"account", "physics", "parent=science", "fairshare=20", "GrpTRES=gres/gpu=4"},
             {"account", "eng", "fairshare=70", "MaxJobs=50"},
             {"user", "root", "account=physics"},
             {"user", "root", "account=eng"}}) {
      std::vector<std::string> command{"sacctmgr", "-iQ", "add"};
      command.insert(command.end(), what.begin(), what.end());
      ASSERT_EQ(lab_.slurm(command).code, 0) << what[1];
    }
  }

  void submit(std::vector<std::string> options, const std::string& script) {
    std::vector<std::string> command{"sbatch", "--output=/dev/null", "--chdir=/"};
    command.insert(command.end(), options.begin(), options.end());
    command.push_back("--wrap=" + script);
    const Ran ran = lab_.slurm(command);
    ASSERT_EQ(ran.code, 0) << ran.errors;
  }
  // Whether accounting has so many jobs in this state; it writes them down a while after.
  bool are_known(const std::string& state, int jobs) {
    return until([&] {
      const std::string rows = lab_.slurm({"sacct", "-aXnP", "-S", "now-1day", "-o", "State"}).output;
      int known = 0;
      for (std::size_t at = rows.find(state); at != std::string::npos; at = rows.find(state, at + 1)) ++known;
      return known == jobs;
    });
  }
  Ran dure(std::vector<std::string> words) {
    words.insert(words.begin(), DURE_PROGRAM);
    return run(words, {{"SLURM_CONF", lab_.config()}}, folder_.path());
  }

  TempFolder folder_;
  const SlurmLab lab_{folder_.path() / "lab",
                      {"--nodes", "4", "--accounting", "slurmdbd", "--topology", "tree", "--cluster", "hall"}};
};

TEST_F(Import, OfAClusterIsServedAndPlayedWithoutAnEdit) {
  submit({"--account=eng", "--gres=gpu:1"}, "sleep 1");
  submit({"--account=physics", "--nodes=2", "--gres=gpu:2", "--time=5"}, "sleep 2");
  submit({"--account=eng", "--array=0-2", "--job-name=odd|name"}, "sleep 1");
  submit({"--account=eng"}, "sleep 1; exit 3");
  ASSERT_TRUE(are_known("COMPLETED", 5) && are_known("FAILED", 1));
  submit({"--account=eng"}, "sleep 600");
  ASSERT_TRUE(are_known("RUNNING", 1));

  const Ran imported = dure({"import", "slurm", "--since", "1d", "--out", "hall", "--folder", "shared"});
  ASSERT_EQ(imported.code, 0) << imported.errors;
  EXPECT_NE(imported.output.find("pool hall/gpu: 4 nodes × 2 GPUs, 2 racks\n  history: 6 jobs, "), std::string::npos)
      << imported.output;
  EXPECT_NE(imported.output.find("MaxJobs of accounts: eng 50"), std::string::npos) << imported.output;
  EXPECT_NE(imported.output.find("1 job: had not ended, and left out"), std::string::npos) << imported.output;
  const fs::path hall = folder_.path() / "hall";
  EXPECT_EQ(text_of(hall / "tenants.yaml"),
            "tenants:\n- {name: dure}\n- {name: eng, weight: 70}\n- name: science\n  weight: 30\n  children:\n"
            "  - {name: physics, weight: 20, limit: {hall/gpu: 4}}\n");

  const Ran checked = dure({"serve", "--config", "hall/server.yaml", "--check"});
  EXPECT_EQ(checked.code, 0) << checked.errors;
  const Ran played = dure({"simulate", "hall/scenario.yaml", "--verify"});
  EXPECT_EQ(played.code, 0) << played.errors;
  EXPECT_NE(played.output.find("6 in all, 6 completed"), std::string::npos) << played.output;

  ServerProcess server(folder_.path() / "data", {"--config", (hall / "server.yaml").string()});
  ASSERT_EQ(server.start(), "");
  const Cli cli(server, folder_.path());
  const std::string job = cli.submit({"--tenant", "science/physics", "--gpus", "2", "--memory", "100Mi", "--", "sh",
                                      "-c", "echo on $SLURMD_NODENAME"});
  EXPECT_EQ(cli.run({"wait", job}).code, 0);
  EXPECT_EQ(cli.run({"logs", job}).output.substr(0, 4), "on n");
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(Import, OfFilesThatItsScriptHasTakenIsTheSame) {
  submit({"--account=eng", "--gres=gpu:1"}, "sleep 1");
  ASSERT_TRUE(are_known("COMPLETED", 1));
  submit({"--account=eng"}, "sleep 600");
  ASSERT_TRUE(are_known("RUNNING", 1));
  std::ofstream(folder_.path() / "take.sh") << dure({"import", "slurm", "--since", "1d", "--script"}).output;
  const Ran taken = run({"/bin/sh", "take.sh", "taken"}, {{"SLURM_CONF", lab_.config()}}, folder_.path());
  ASSERT_EQ(taken.code, 0) << taken.errors;
  const Ran here = dure({"import", "slurm", "--since", "1d", "--out", "here"});
  ASSERT_EQ(here.code, 0) << here.errors;
  const Ran there = run({DURE_PROGRAM, "import", "slurm", "--from", "taken", "--out", "there"}, {}, folder_.path());
  ASSERT_EQ(there.code, 0) << there.errors;
  EXPECT_EQ(here.output.substr(0, here.output.find("written")), there.output.substr(0, there.output.find("written")));
  for (const char* file : {"fleet.yaml", "tenants.yaml", "scenario.yaml", "trace.csv"}) {
    EXPECT_EQ(text_of(folder_.path() / "here" / file), text_of(folder_.path() / "there" / file)) << file;
  }
}

TEST_F(Import, WithoutAControllerSaysWhatToDoAndWritesNothing) {
  (void)lab_.act("kill", "slurmctld");
  const Ran ran = dure({"import", "slurm", "--out", "hall"});
  EXPECT_EQ(ran.code, 5) << ran.output;
  EXPECT_NE(ran.errors.find("`scontrol show config` failed: "), std::string::npos) << ran.errors;
  EXPECT_NE(ran.errors.find("Unable to contact slurm controller"), std::string::npos) << ran.errors;
  EXPECT_FALSE(fs::exists(folder_.path() / "hall"));
}

}  // namespace
}  // namespace dure::e2e
