#include "dure/cli/job_options.h"

#include <gtest/gtest.h>

namespace dure::cli {
namespace {

TEST(JobOptions, SayWhatAJobNeeds) {
  spec::JobDocument job;
  const JobOptions options{.name = "train",
                           .tenant = "nipa/fm",
                           .pools = {"a/gpu", "b/gpu"},
                           .gpus = "0.5",
                           .cpus = "2",
                           .memory = "4Gi",
                           .gpu_model = "H200",
                           .tasks = "2-8",
                           .within = "rack",
                           .time_limit = "2h",
                           .priority = "-5",
                           .array = "0-9",
                           .after = {"ok:12", "not_ok:13"},
                           .environment = {"B=2", "A=x=y"},
                           .directory = "/data",
                           .output = "out-%j.txt",
                           .error = "err.txt",
                           .hot_swap = true,
                           .hold = true};
  const auto applied = apply(options, job);
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(
      spec::to_json(job),
      R"({"name":"train","tenant":"nipa/fm","tasks":{"min":2,"max":8},)"
      R"("per_task":{"gpus":0.5,"cpus":2,"memory":"4096Mi"},"pools":["a/gpu","b/gpu"],"gpu_model":"H200",)"
      R"("within":"rack","time_limit":"2h","priority":-5,"script":"","environment":{"A":"x=y","B":"2"},)"
      R"("directory":"/data","output":"out-%j.txt","error":"err.txt",)"
      R"("after":[{"kind":"ok","job":12},{"kind":"not_ok","job":13}],"hold":true,"hot_swap":true,"array":"0-9"})");
}

TEST(JobOptions, ReplaceAVariableThatIsThere) {
  spec::JobDocument job;
  job.text.environment = {{"A", "old"}, {"Z", "last"}};
  ASSERT_TRUE(apply({.environment = {"M=1", "A=new"}}, job));
  EXPECT_EQ(job.text.environment, (std::vector<Variable>{{"A", "new"}, {"M", "1"}, {"Z", "last"}}));
}

TEST(JobOptions, TellEveryMistakeWithItsOption) {
  spec::JobDocument job;
  const auto applied =
      apply({.gpus = "x", .memory = "4", .tasks = "8-2", .after = {"12"}, .environment = {"1A=2"}}, job);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, Code::invalid_argument);
  EXPECT_EQ(applied.error().message,
            "--gpus: found x; write a number such as 8 or 0.25, with at most 3 decimals\n"
            "--memory: found 4; write memory as a whole number of Ki, Mi, Gi or Ti, such as 512Gi\n"
            "--tasks: found 8-2; write a number of tasks such as 4, or 2-8\n"
            "--after: found 12; write ok:JOB, any:JOB or not_ok:JOB, such as ok:12\n"
            "--env: found 1A=2; write NAME=VALUE, the name of letters, digits and '_'");
}

TEST(JobOptions, TellTheFirstThatWasGiven) {
  EXPECT_EQ(first_given({}), "");
  EXPECT_EQ(first_given({.cpus = "1", .hold = true}), "--cpus");
  EXPECT_EQ(first_given({.hold = true}), "--hold");
}

}  // namespace
}  // namespace dure::cli
