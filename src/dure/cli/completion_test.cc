#include "dure/cli/completion.h"

#include <gtest/gtest.h>

namespace dure::cli {
namespace {

const CommandTree tree{
    .name = "dure",
    .description = "",
    .options = {{.names = {"--version"}, .description = "Its version"}},
    .commands = {{.name = "logs",
                  .description = "Show a job's output: all",
                  .options = {{.names = {"-f", "--follow"}, .description = "Go on [until the end]"},
                              {.names = {"--task"}, .description = "Of a task", .takes_value = true}},
                  .commands = {}}}};

TEST(Completion, NamesCommandsAndOptionsForBash) {
  const std::string script = completion_script(tree, "bash").value();
  EXPECT_NE(script.find("'') words='logs --version' ;;"), std::string::npos);
  EXPECT_NE(script.find("logs) words='-f --follow --task' ;;"), std::string::npos);
  EXPECT_NE(script.find("complete -o default -F _dure dure"), std::string::npos);
}

TEST(Completion, QuotesDescriptionsForZsh) {
  const std::string script = completion_script(tree, "zsh").value();
  EXPECT_NE(script.find(R"('logs:Show a job'\''s output\: all')"), std::string::npos);
  EXPECT_NE(script.find(R"('--follow[Go on \[until the end\]]')"), std::string::npos);
  EXPECT_NE(script.find("'--task[Of a task]:value:_default'"), std::string::npos);
}

TEST(Completion, KnowsNoOtherShell) {
  EXPECT_EQ(completion_script(tree, "fish").error().message, "completion: found 'fish'; write bash or zsh");
}

}  // namespace
}  // namespace dure::cli
