#include "dure/cli/submission.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dure/base/test_folder.h"
#include "dure/cli/answer.h"
#include "dure/cli/submit_command.h"

namespace dure::cli {
namespace {

namespace fs = std::filesystem;

const Surroundings in_data{.directory = "/data", .environment = {{"LANG", "C.UTF-8"}, {"bad-name", "x"}}};

class SubmissionTest : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  TempFolder temp_;
  const fs::path folder_ = temp_.path();
};

TEST_F(SubmissionTest, PassesACommandOnWordByWord) {
  const auto submission = submission_of_command({"/bin/echo", "a b", "$HOME", "한"}, {}, in_data);
  ASSERT_TRUE(submission);
  EXPECT_EQ(submission->content_type, "application/json");
  EXPECT_EQ(submission->body,
            R"({"name":"echo","script":"#!/bin/sh\nexec \"$@\"\n","arguments":["/bin/echo","a b","$HOME","한"],)"
            R"("environment":{"LANG":"C.UTF-8"},"directory":"/data"})");
}

TEST_F(SubmissionTest, LeavesTokensAtHome) {
  setenv("DURE_TOKEN", "secret", 1);
  setenv("SLURM_JOB_ID", "7", 1);
  setenv("DURE_CLI_TEST", "1", 1);
  for (const Variable& variable : Surroundings::of_process().environment) {
    EXPECT_FALSE(variable.name.starts_with("DURE_")) << variable.name;
    EXPECT_FALSE(variable.name.starts_with("SLURM_")) << variable.name;
  }
  unsetenv("DURE_TOKEN");
  unsetenv("SLURM_JOB_ID");
}

TEST_F(SubmissionTest, SendsAJobFileAsItIs) {
  const std::string text = "name: a # with a comment\nscript: echo\n";
  const auto submission = submission_of_file({.path = file("job.yaml", text)}, {}, in_data);
  ASSERT_TRUE(submission);
  EXPECT_EQ(submission->body, text);
  EXPECT_EQ(submission->content_type, "application/yaml");
  EXPECT_EQ(submission_of_file({.path = file("job.json", "{}")}, {}, in_data)->content_type, "application/json");
}

TEST_F(SubmissionTest, RefusesOptionsBesideAJobFile) {
  const std::string path = file("job.yaml", "name: a\nscript: echo\n");
  EXPECT_EQ(submission_of_file({.path = path}, {.gpus = "1"}, in_data).error().message,
            "--gpus: " + path + " says all of the job; write it there");
  EXPECT_EQ(submission_of_file({.path = path, .arguments = {"x"}}, {}, in_data).error().message,
            "x: " + path + " says all of the job; write it there");
}

TEST_F(SubmissionTest, ReadsABatchScriptWithTheOptionsBehindIt) {
  const std::string path = file("train.sh", "#!/bin/bash\n#SBATCH --job-name=train --mem=1G -c 2\npython3 train.py\n");
  const auto submission =
      submission_of_file({.path = path, .batch_options = {"-J", "other", "-t", "10"}, .arguments = {"--epochs", "3"}},
                         {.priority = "7"}, in_data);
  ASSERT_TRUE(submission) << submission.error().message;
  const Answer job = Answer::parse(submission->body).value();
  EXPECT_EQ(job["name"].text(), "other");
  EXPECT_EQ(job["time_limit"].text(), "10m");
  EXPECT_EQ(job["priority"].integer(), 7);
  EXPECT_EQ(job["arguments"].joined(), "--epochs, 3");
  EXPECT_EQ(job["directory"].text(), "/data");
  EXPECT_EQ(job["per_task"]["memory"].text(), "1024Mi");
}

TEST_F(SubmissionTest, KnowsAScriptByItsFirstLine) {
  const std::string path = file("notes.txt", "echo hello\n");
  const auto submission = submission_of_file({.path = path}, {}, in_data);
  ASSERT_FALSE(submission);
  EXPECT_EQ(submission.error().message,
            path +
                ": found neither a job file (.yaml) nor a script; begin a script with a line such as #!/bin/bash, or "
                "put `--` before a command");
  EXPECT_EQ(submission_of_file({.path = (folder_ / "none.sh").string()}, {}, in_data).error().code, Code::not_found);
}

TEST_F(SubmissionTest, TakesItsOwnOptionsFromBehindAScript) {
  SubmitArguments arguments{.file = {"run.sh", "--mem=1G", "--json", "--plan", "-W"}};
  take_own_options(arguments);
  EXPECT_EQ(arguments.file, (std::vector<std::string>{"run.sh", "--mem=1G"}));
  EXPECT_TRUE(arguments.json);
  EXPECT_TRUE(arguments.plan);
  EXPECT_TRUE(arguments.wait);
}

}  // namespace
}  // namespace dure::cli
