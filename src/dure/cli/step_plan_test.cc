#include "dure/cli/step_plan.h"

#include <gtest/gtest.h>

#include <map>

namespace dure::cli {
namespace {

using Variables = std::map<std::string, std::string>;

Variables job(Variables more = {}) {
  more.insert({{"DURE_JOB_ID", "7"}, {"SLURM_CPUS_ON_NODE", "8"}, {"CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b,GPU-c,GPU-d"}});
  return more;
}

Result<StepPlan> plan(const StepArguments& arguments, const Variables& variables = job()) {
  return plan_step(arguments, [&](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

std::string message(const StepArguments& arguments, const Variables& variables = job()) {
  const auto planned = plan(arguments, variables);
  return planned ? "planned" : planned.error().message;
}

std::string value(const std::vector<Variable>& variables, const std::string& name) {
  for (const Variable& variable : variables) {
    if (variable.name == name) return variable.value;
  }
  return "none";
}

TEST(StepPlan, StartsAsManyTasksAsTheJobHas) {
  EXPECT_EQ(plan({.words = {"a"}})->tasks.size(), 1u);
  EXPECT_EQ(plan({.words = {"a"}}, job({{"SLURM_NTASKS", "3"}}))->tasks.size(), 3u);
  EXPECT_EQ(plan({.words = {"a"}, .tasks = 2}, job({{"SLURM_NTASKS", "3"}}))->tasks.size(), 2u);
  EXPECT_NE(message({.words = {"a"}}, job({{"SLURM_NTASKS", "0"}})).find("found '0'"), std::string::npos);
}

TEST(StepPlan, NumbersTasks) {
  const auto planned = plan({.words = {"a"}, .tasks = 2, .cpus_per_task = 4});
  ASSERT_TRUE(planned);
  for (const char* name : {"RANK", "LOCAL_RANK", "SLURM_PROCID", "SLURM_LOCALID"}) {
    EXPECT_EQ(value(planned->tasks[0], name), "0") << name;
    EXPECT_EQ(value(planned->tasks[1], name), "1") << name;
  }
  for (const char* name : {"WORLD_SIZE", "LOCAL_WORLD_SIZE", "SLURM_NTASKS", "SLURM_NPROCS"}) {
    EXPECT_EQ(value(planned->variables, name), "2") << name;
  }
  EXPECT_EQ(value(planned->variables, "SLURM_CPUS_PER_TASK"), "4");
}

TEST(StepPlan, DividesTheGpusOfTheJobWhereTasksAskForThem) {
  const auto shared = plan({.words = {"a"}, .tasks = 2});
  EXPECT_EQ(value(shared->tasks[1], "CUDA_VISIBLE_DEVICES"), "none");
  const auto divided = plan({.words = {"a"}, .tasks = 2, .gpus_per_task = 2});
  EXPECT_EQ(value(divided->tasks[0], "CUDA_VISIBLE_DEVICES"), "GPU-a,GPU-b");
  EXPECT_EQ(value(divided->tasks[1], "CUDA_VISIBLE_DEVICES"), "GPU-c,GPU-d");
  EXPECT_EQ(value(plan({.words = {"a"}, .gpus_per_task = 0})->tasks[0], "CUDA_VISIBLE_DEVICES"), "");
}

TEST(StepPlan, RefusesMoreThanTheJobHas) {
  EXPECT_TRUE(plan({.words = {"a"}, .tasks = 4, .gpus_per_task = 1}));
  EXPECT_EQ(
      message({.words = {"a"}, .tasks = 5, .gpus_per_task = 1}),
      "--gpus-per-task: 5 tasks with 1 each need 5 GPUs, and the job has 4; start fewer, or ask for more when the "
      "job is submitted");
  EXPECT_TRUE(plan({.words = {"a"}, .tasks = 2, .cpus_per_task = 4}));
  EXPECT_NE(message({.words = {"a"}, .tasks = 3, .cpus_per_task = 4}).find("need 12 CPUs, and the job has 8"),
            std::string::npos);
  EXPECT_TRUE(plan({.words = {"a"}, .nodes = 1}));
  EXPECT_EQ(message({.words = {"a"}, .nodes = 2}), "--nodes: found 2, but all of the job is on one node; leave it out");
}

TEST(StepPlan, NeedsAJobAndACommand) {
  EXPECT_NE(message({.words = {"a"}}, {}).find("DURE_JOB_ID is not set"), std::string::npos);
  EXPECT_NE(message({}).find("found no command"), std::string::npos);
}

}  // namespace
}  // namespace dure::cli
