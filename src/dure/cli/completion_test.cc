#include "dure/cli/completion.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "dure/base/test_folder.h"

namespace dure::cli {
namespace {

namespace fs = std::filesystem;

const OptionName help{.names = {"-h", "--help"}, .description = "Print this"};

const CommandTree tree{
    .name = "dure",
    .description = "",
    .options = {{.names = {"--version"}, .description = "Its version"}},
    .commands = {
        {.name = "logs",
         .description = "Show a job's output: all",
         .options = {{.names = {"-f", "--follow"}, .description = "Go on [until the end]"},
                     {.names = {"--task"}, .description = "Of a task", .takes_value = true},
                     {.names = {"--state"}, .description = "", .takes_value = true, .values = {"held", "running"}}},
         .commands = {}},
        {.name = "journal",
         .description = "",
         .options = {help},
         .commands = {{.name = "verify", .description = "", .options = {help}, .commands = {}},
                      {.name = "dump", .description = "", .options = {help}, .commands = {}}}},
        {.name = "completion", .description = "", .options = {help}, .commands = {}, .words = {"bash", "zsh"}}}};

// What a shell offers for the last of the words that were typed so far.
class InAShell : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_ / "bash") << completion_script(tree, "bash").value();
    std::ofstream(folder_ / "zsh") << completion_script(tree, "zsh").value();
  }

  std::string run(const std::string& line, int& code) {
    std::string text;
    std::FILE* pipe = ::popen(line.c_str(), "r");
    std::array<char, 4096> bytes;
    while (const std::size_t read = std::fread(bytes.data(), 1, bytes.size(), pipe)) text.append(bytes.data(), read);
    code = ::pclose(pipe);
    return text;
  }
  std::string offered(const std::string& words) {
    int code = 0;
    const std::string script = "source " + (folder_ / "bash").string() + "; COMP_WORDS=(" + words +
                               "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _dure; echo -n \"${COMPREPLY[*]}\"";
    const std::string text = run("bash -c '" + script + "' 2>&1", code);
    return code == 0 ? text : "bash failed: " + text;
  }

  TempFolder temp_;
  const fs::path folder_ = temp_.path();
};

TEST_F(InAShell, BashCompletesCommandsAndWhatStandsBelowThem) {
  EXPECT_EQ(offered("dure \"\""), "logs journal completion");
  EXPECT_EQ(offered("dure jo"), "journal");
  EXPECT_EQ(offered("dure journal \"\""), "verify dump");
  EXPECT_EQ(offered("dure journal du"), "dump");
  EXPECT_EQ(offered("dure completion \"\""), "bash zsh");
}

TEST_F(InAShell, BashCompletesOptionsThatWereBegun) {
  EXPECT_EQ(offered("dure --"), "--version");
  EXPECT_EQ(offered("dure logs --f"), "--follow");
  EXPECT_EQ(offered("dure journal verify -"), "-h --help");
}

TEST_F(InAShell, BashLeavesFilesToItself) {
  EXPECT_EQ(offered("dure logs \"\""), "");
  EXPECT_EQ(offered("dure logs --task \"\""), "");
  EXPECT_EQ(offered("dure logs -- -"), "");
}

TEST_F(InAShell, BashCompletesTheValuesOfAnOption) {
  EXPECT_EQ(offered("dure logs --state \"\""), "held running");
  EXPECT_EQ(offered("dure logs --state r"), "running");
}

// A command's name may also be a word behind another command.
TEST_F(InAShell, BashTakesTheFirstCommandOfThem) {
  EXPECT_EQ(offered("dure logs journal --f"), "--follow");
  EXPECT_EQ(offered("dure logs verify --f"), "--follow");
}

TEST_F(InAShell, ZshReadsItsScript) {
  int code = 0;
  run("command -v zsh", code);
  if (code != 0) GTEST_SKIP() << "zsh is not installed";
  EXPECT_EQ(run("zsh -n " + (folder_ / "zsh").string() + " 2>&1", code), "");
  EXPECT_EQ(code, 0);
}

TEST(Completion, QuotesDescriptionsForZsh) {
  const std::string script = completion_script(tree, "zsh").value();
  EXPECT_NE(script.find(R"('logs:Show a job'\''s output\: all')"), std::string::npos);
  EXPECT_NE(script.find(R"('--follow[Go on \[until the end\]]')"), std::string::npos);
  EXPECT_NE(script.find("'--task[Of a task]:value:_files'"), std::string::npos);
  EXPECT_NE(script.find("'--state[]:value:(held running)'"), std::string::npos);
  EXPECT_NE(script.find("'*:word:(bash zsh)'"), std::string::npos);
  EXPECT_NE(script.find("verify) _dure_journal_verify ;;"), std::string::npos);
}

TEST(Completion, KnowsNoOtherShell) {
  EXPECT_EQ(completion_script(tree, "fish").error().message, "completion: found 'fish'; write bash or zsh");
}

}  // namespace
}  // namespace dure::cli
