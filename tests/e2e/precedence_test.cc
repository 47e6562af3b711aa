// A server that may go before jobs on the CPU, as its unit lets it.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "process.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

// As the unit does; where nobody may raise the limit, it is given the priority in place of the right to take it. Empty
// where there is none to have: root may lack the right, and a control group the time.
std::vector<std::string> with_precedence() {
  for (const auto& before :
       std::vector<std::vector<std::string>>{{"/usr/bin/prlimit", "--rtprio=1:1"}, {"/usr/bin/chrt", "-r", "1"}}) {
    auto tried = before;
    tried.emplace_back("true");
    if (run(tried, {}).code == 0) return before;
  }
  return {};
}

TEST(Precedence, TheServerHasItOnAllThreadsAndItsJobsHaveNot) {
  const std::vector<std::string> before = with_precedence();
  if (before.empty()) GTEST_SKIP() << "no real-time priorities here";
  const TempFolder folder;
  ServerProcess server(folder.path() / "data", {"--emulated", "4", "--trust-jobs"}, before);
  ASSERT_EQ(server.start(), "");
  std::size_t threads = 0;
  for (const auto& thread :
       std::filesystem::directory_iterator("/proc/" + std::to_string(server.process().pid()) + "/task")) {
    EXPECT_EQ(::sched_getscheduler(std::stoi(thread.path().filename())), SCHED_RR);
    ++threads;
  }
  EXPECT_GT(threads, 2u);
  const Cli cli(server, folder.path());
  const std::string job =
      cli.submit({"--", "sh", "-c", "ulimit -r; chrt -p $$; chrt -r -p 1 $$ 2>/dev/null || echo no"});
  cli.run({"wait", job});
  const std::string said = cli.run({"logs", job}).output;
  EXPECT_NE(said.find("scheduling policy: SCHED_OTHER"), std::string::npos) << said;
  EXPECT_TRUE(said.starts_with("0\n")) << said;
  if (::geteuid() != 0) {
    EXPECT_TRUE(said.ends_with("no\n")) << said;
  }
}

TEST(Precedence, WithoutTheRightTheServerIsAsOthers) {
  const TempFolder folder;
  ServerProcess server(folder.path() / "data");  // as any shell starts it
  ASSERT_EQ(server.start(), "");
  EXPECT_EQ(::sched_getscheduler(server.process().pid()), SCHED_OTHER);
}

}  // namespace
}  // namespace dure::e2e
