#include "dure/engine/environment.h"

#include <gtest/gtest.h>

#include <map>

namespace dure::engine {
namespace {

std::map<std::string, std::string> as_map(const std::vector<Variable>& variables) {
  std::map<std::string, std::string> all;
  for (const Variable& variable : variables) all[variable.name] = variable.value;
  return all;
}

Attempt gang_of_two() {
  Attempt attempt{.id = {JobId{9}, 1}, .names = {"train", "nipa/robot", "kim", "h100", "node1"}};
  attempt.tasks = {{.rank = 0, .devices = {2}, .cpu_milli = 1'500, .memory_mib = 100},
                   {.rank = 1, .devices = {0, 1}, .cpu_milli = 1'500, .memory_mib = 100}};
  return attempt;
}

const Place place{.host = "host1",
                  .devices = {{.uuid = "GPU-a"}, {.uuid = "GPU-b"}, {.uuid = "MIG-c"}},
                  .home = "/jobs/9",
                  .token = "t",
                  .port = 20'001};

TEST(environment, a_task_knows_its_rank_and_sees_its_devices_by_uuid) {
  auto set = as_map(environment_of_task(gang_of_two(), place, 1));
  EXPECT_EQ(set["RANK"], "1");
  EXPECT_EQ(set["WORLD_SIZE"], "2");
  EXPECT_EQ(set["SLURM_PROCID"], "1");
  EXPECT_EQ(set["CUDA_VISIBLE_DEVICES"], "GPU-a,GPU-b");
}

TEST(environment, a_script_that_runs_once_is_alone_and_sees_all_devices) {
  Attempt attempt = gang_of_two();
  attempt.text.launch = dure::Launch::once;
  auto set = as_map(environment_of_task(attempt, place, 0));
  EXPECT_EQ(set["WORLD_SIZE"], "1");
  EXPECT_EQ(set["CUDA_VISIBLE_DEVICES"], "GPU-a,GPU-b,MIG-c");
  EXPECT_EQ(as_map(environment_of(attempt, place))["SLURM_NTASKS"], "2");
}

TEST(environment, emulated_devices_are_seen_by_index_and_none_as_none) {
  Attempt attempt = gang_of_two();
  attempt.tasks[0].devices.clear();
  const Place emulated{.devices = {{}, {}}};
  EXPECT_EQ(as_map(environment_of_task(attempt, emulated, 1))["CUDA_VISIBLE_DEVICES"], "0,1");
  auto set = as_map(environment_of_task(attempt, emulated, 0));
  ASSERT_TRUE(set.contains("CUDA_VISIBLE_DEVICES"));
  EXPECT_EQ(set["CUDA_VISIBLE_DEVICES"], "");
}

TEST(environment, what_dure_sets_comes_on_top_of_what_the_user_sets) {
  Attempt attempt = gang_of_two();
  attempt.text.environment = {{"DURE_JOB_ID", "1"}, {"LR", "0.1"}};
  attempt.environment = {{"DURE_URL", "http://localhost"}};
  auto set = as_map(environment_of(attempt, place));
  EXPECT_EQ(set["DURE_JOB_ID"], "9");
  EXPECT_EQ(set["LR"], "0.1");
  EXPECT_EQ(set["DURE_URL"], "http://localhost");
}

TEST(environment, scripts_that_read_slurms_variables_find_them) {
  Attempt attempt = gang_of_two();
  attempt.element = ArrayElement{JobId{8}, 4};
  auto set = as_map(environment_of(attempt, place));
  EXPECT_EQ(set["SLURM_JOB_ID"], "9");
  EXPECT_EQ(set["SLURM_CPUS_PER_TASK"], "2");
  EXPECT_EQ(set["SLURM_GPUS"], "3");
  EXPECT_EQ(set["SLURM_JOB_GPUS"], "0,1,2");
  EXPECT_EQ(set["SLURM_JOB_NODELIST"], "node1");
  EXPECT_EQ(set["SLURM_SUBMIT_DIR"], "/jobs/9");
  EXPECT_EQ(set["SLURM_RESTART_COUNT"], "1");
  EXPECT_EQ(set["SLURM_ARRAY_JOB_ID"], "8");
  EXPECT_EQ(set["SLURM_ARRAY_TASK_ID"], "4");
  EXPECT_EQ(set["SLURM_JOB_ACCOUNT"], "nipa/robot");
}

}  // namespace
}  // namespace dure::engine
