#include "dure/engine/slurm/attempt_files.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dure/base/random.h"
#include "dure/base/test_folder.h"
#include "dure/engine/record.h"
#include "dure/engine/slurm/program.h"

namespace dure::engine {
namespace {

const std::vector<Variable> usual_path{{"PATH", "/usr/bin:/bin"}};

TaskPlan task(std::uint32_t rank, std::uint32_t node, std::vector<std::uint32_t> devices) {
  return {.rank = rank, .node = node, .devices = std::move(devices), .cpu_milli = 1'500, .memory_mib = 100};
}

Attempt attempt(std::vector<TaskPlan> tasks) {
  Attempt made{.id = {JobId{12}, 0}, .nodes = {"n1", "n2", "n3"}, .text = {}, .tasks = std::move(tasks)};
  made.text.script = "true";
  return made;
}

TEST(attempt_files, a_shell_reads_what_was_quoted_whole) {
  Random random(7);
  std::string words = "printf '%s\\0'";
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (std::uint64_t left = random.below(12); left > 0; --left) {
      constexpr std::string_view awkward = "'\"\\$`!*?~# \n\t;&|<>(){}[]-=%";
      text += random.below(2) == 0 ? awkward[random.below(awkward.size())] : static_cast<char>(1 + random.below(255));
    }
    words += ' ' + engine::shell_word(text);
    expected += text + '\0';
  }
  const TempFolder folder;
  ASSERT_TRUE(write_file(folder.path().string(), "script", words, Sync::no));
  const auto end = run_program({"sh", (folder / "script").string()}, usual_path, seconds(60));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0) << end->error;
  EXPECT_EQ(end->output, expected);
}

TEST(attempt_files, the_variables_are_read_by_a_shell_as_they_were_given) {
  Attempt made = attempt({task(0, 0, {})});
  made.text.environment = {{"AWKWARD", "a 'b' $(c)\n`d`"},
                           {"BASH_FUNC_f%%", "() { :; }"},
                           {"DURE_JOB_NAME", "another"},
                           {"SLURM_JOB_ID", "of an allocation it was submitted from"},
                           {"dure_signal_number", "0"}};
  made.names.job = "it's";
  const TempFolder folder;
  for (const ShelfFile& file : files_of(made, {folder.path().string(), "/home of/12"})) {
    ASSERT_TRUE(write_file(folder.path().string(), file.name, file.text, Sync::no));
  }
  const auto end = run_program({"sh", "-c",
                                ". \"$1/environment\" && . \"$1/variables\" && printf '%s|' \"$SLURM_JOB_ID\" "
                                "\"$AWKWARD\" \"$DURE_JOB_NAME\" \"$DURE_CHECKPOINT_DIR\" "
                                "\"$SLURM_SUBMIT_DIR\" \"$dure_signal_number\" && dure_tasks_on n1",
                                "sh", folder.path().string()},
                               usual_path, seconds(60));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->error, "");
  EXPECT_EQ(end->output, "|a 'b' $(c)\n`d`|it's|/home of/12/checkpoint|/home of/12|10|1\n");
}

TEST(attempt_files, an_early_signal_is_refused) {
  Attempt early = attempt({task(0, 0, {0})});
  early.text.early_signal = EarlySignal{.signal = "USR1", .before = minutes(1)};
  EXPECT_FALSE(check(early));
}

TEST(attempt_files, nodes_with_as_many_tasks_are_one_component) {
  const auto components =
      components_of(attempt({task(0, 0, {0, 1}), task(1, 1, {0, 1}), task(2, 1, {2, 3}), task(3, 2, {4, 5})}));
  ASSERT_EQ(components.size(), 2u);
  EXPECT_EQ(components[0].nodes, (std::vector<std::string>{"n1", "n3"}));
  EXPECT_EQ(components[0].tasks_per_node, 1u);
  EXPECT_EQ(components[0].cpus_per_task, 2) << "whole ones";
  EXPECT_EQ(components[0].memory_mib_per_node, 100);
  EXPECT_EQ(components[0].gpus_per_node, 2u);
  EXPECT_EQ(components[1].nodes, std::vector<std::string>{"n2"});
  EXPECT_EQ(components[1].tasks_per_node, 2u);
  EXPECT_EQ(components[1].memory_mib_per_node, 200);
  EXPECT_EQ(components[1].gpus_per_node, 4u);
}

TEST(attempt_files, parts_of_gpus_and_terminals_are_refused) {
  EXPECT_TRUE(check(attempt({task(0, 0, {0}), task(1, 0, {1}), task(2, 1, {0})})));
  TaskPlan half = task(0, 0, {0});
  half.gpu_milli = 500;
  const auto part = check(attempt({half}));
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().code, Code::invalid_argument);
  Attempt made = attempt({task(0, 0, {})});
  made.text.launch = dure::Launch::terminal;
  EXPECT_FALSE(check(made));
}

}  // namespace
}  // namespace dure::engine
