// `dure run -it`: a person and a job at one terminal.
#include <gtest/gtest.h>
#include <signal.h>
#include <termios.h>

#include <memory>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "server_process.h"
#include "terminal_process.h"

namespace dure::e2e {
namespace {

class AtTheTerminal : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(server_.start(), ""); }

  std::unique_ptr<TerminalProcess> run_it(std::vector<std::string> words, Window window = {}) {
    Variables environment = server_.environment();
    environment.emplace_back("TERM", "vt100");
    environment.emplace_back("PS1", "$ ");
    words.insert(words.begin(), {DURE_PROGRAM, "run"});
    return std::make_unique<TerminalProcess>(words, environment, folder_.path(), window);
  }
  std::string state_of(const std::string& job) { return std::string(cli_.json({"show", job}).at("state").as_string()); }
  static bool is_raw(const TerminalProcess& process) { return (process.settings().c_lflag & (ICANON | ECHO)) == 0; }

  TempFolder folder_;
  ServerProcess server_{folder_.path() / "data"};
  Cli cli_{server_, folder_.path()};
};

TEST_F(AtTheTerminal, AShellAnswersAndEndsWithItsExitCode) {
  const auto dure = run_it({"-it", "--", "sh"}, {.rows = 33, .columns = 120});
  EXPECT_TRUE(dure->await("submitted job 1\r\n"));
  EXPECT_TRUE(dure->await("$ ")) << dure->screen();
  EXPECT_TRUE(is_raw(*dure));
  dure->type("tty; echo $TERM $((40+2)) of $DURE_JOB_ID; stty size\r");
  EXPECT_TRUE(dure->await("/dev/pts/")) << dure->screen();
  EXPECT_TRUE(dure->await("vt100 42 of 1\r\n33 120\r\n")) << dure->screen();
  dure->type("trap 'stty size; exit 5' WINCH; echo s'e't; while :; do read word; done\r");
  EXPECT_TRUE(dure->await("set\r\n")) << dure->screen();
  dure->resize({.rows = 11, .columns = 21});
  EXPECT_TRUE(dure->await("11 21\r\n")) << dure->screen();
  EXPECT_EQ(dure->wait(), 5) << dure->screen();
  EXPECT_FALSE(is_raw(*dure));
  EXPECT_NE(cli_.run({"logs", "1"}).output.find("vt100 42 of 1"), std::string::npos);
}

TEST_F(AtTheTerminal, CtrlCIsTheCommandsOwn) {
  const auto dure =
      run_it({"-i", "-t", "--", "sh", "-c", "trap 'echo heard; exit 7' INT; echo ready; while :; do sleep 0.02; done"});
  EXPECT_TRUE(dure->await("ready")) << dure->screen();
  dure->type("\x03");
  EXPECT_TRUE(dure->await("heard")) << dure->screen();
  EXPECT_EQ(dure->wait(), 7) << dure->screen();
}

TEST_F(AtTheTerminal, ACommandThatEndsAtOnceIsShownWhole) {
  for (int i = 0; i < 3; ++i) {
    const auto dure = run_it({"-it", "--", "echo", "hi", "there"});
    EXPECT_EQ(dure->wait(), 0) << dure->screen();
    EXPECT_NE(dure->screen().find("hi there\r"), std::string::npos) << dure->screen();
  }
}

TEST_F(AtTheTerminal, TheServersDeathIsNotNoticed) {
  const auto dure = run_it({"-it", "--", "sh"});
  EXPECT_TRUE(dure->await("$ ")) << dure->screen();
  server_.kill();
  dure->type("echo $((6*7)) without\r");
  EXPECT_TRUE(dure->await("42 without\r\n")) << dure->screen();
  ASSERT_EQ(server_.start_again(), "");
  dure->type("echo $((6*8)) with\r");
  EXPECT_TRUE(dure->await("48 with\r\n")) << dure->screen();
  EXPECT_EQ(state_of("1"), "running");
  dure->type("exit 4\r");
  EXPECT_EQ(dure->wait(), 4) << dure->screen();
}

TEST_F(AtTheTerminal, CtrlCWhileItWaitsCancelsIt) {
  const std::string gate = cli_.submit({"--gpus", "4", "--", "sleep", "60"});
  const auto dure = run_it({"-it", "--gpus", "1", "--", "sh"});
  EXPECT_TRUE(dure->await("submitted job 2\r\n")) << dure->screen();
  dure->type("\x03");
  EXPECT_EQ(dure->wait(), 130) << dure->screen();
  EXPECT_EQ(state_of("2"), "ended");
  EXPECT_EQ(cli_.run({"cancel", gate}).code, 0);
}

TEST_F(AtTheTerminal, ATerminationCancelsTheJobAndLeavesTheTerminalAsItWas) {
  const auto dure = run_it({"-it", "--", "sh", "-c", "echo ready; exec sleep 60"});
  EXPECT_TRUE(dure->await("ready")) << dure->screen();
  dure->send(SIGTERM);
  EXPECT_EQ(dure->wait(), 130) << dure->screen();
  EXPECT_FALSE(is_raw(*dure));
  EXPECT_EQ(cli_.json({"show", "1"}).at("outcome").as_string(), "cancelled");
}

TEST_F(AtTheTerminal, AWindowThatIsClosedLeavesTheJobToItself) {
  const auto dure = run_it({"-it", "--", "sh", "-c", "echo ready; exec sleep 60"});
  EXPECT_TRUE(dure->await("ready")) << dure->screen();
  dure->hang_up();
  EXPECT_EQ(dure->wait(), 129);
  EXPECT_EQ(state_of("1"), "running");
  EXPECT_EQ(cli_.run({"cancel", "1"}).code, 0);
}

TEST_F(AtTheTerminal, WhatHasNoTerminalIsRefused) {
  const Ran none = cli_.run({"run", "-t", "--", "sh"});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.errors, "-t: the standard input is no terminal; leave out -it, and the output is shown as it comes\n");
  const auto gang = run_it({"-it", "--tasks", "2", "--", "sh"});
  EXPECT_EQ(gang->wait(), 2);
  EXPECT_NE(gang->screen().find("tasks: found several tasks for one terminal; ask for 1\r\n"), std::string::npos)
      << gang->screen();
}

}  // namespace
}  // namespace dure::e2e
