// Batch scripts start their tasks with `srun`.
#include <gtest/gtest.h>

#include <fstream>

#include "dure/base/test_folder.h"
#include "process.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

class Step : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(server_.start(), ""); }

  // Submits a batch script, waits for it, and returns its exit code and all it wrote.
  Ran submit(const std::string& script) {
    std::ofstream(folder_.path() / "job.sh") << "#!/bin/bash\n#SBATCH -o out -t 5\n" << script;
    Ran ran = run({DURE_PROGRAM, "submit", "--wait", "job.sh"}, server_.environment(), folder_.path());
    std::ifstream output(folder_.path() / "out");
    ran.output.assign(std::istreambuf_iterator<char>(output), {});
    return ran;
  }

  TempFolder folder_;
  ServerProcess server_{folder_.path() / "data"};
};

TEST_F(Step, SrunStartsTasksInsideTheAllocation) {
  const Ran ran = submit("srun -n 2 -l sh -c 'echo $SLURM_PROCID' | sort\n");
  EXPECT_EQ(ran.output, "0: 0\n1: 1\n") << ran.errors;
  EXPECT_EQ(ran.code, 0);
}

TEST_F(Step, TasksDivideTheGpusOfTheJob) {
  const Ran ran = submit(
      "#SBATCH -n 2 -c 1 --gpus-per-task=1\n"
      "srun --gpus-per-task=1 sh -c 'echo $CUDA_VISIBLE_DEVICES' | sort -u | wc -l\n"
      "srun -n 3 --gpus-per-task=1 true\n");
  EXPECT_EQ(ran.output,
            "2\n--gpus-per-task: 3 tasks with 1 each need 3 GPUs, and the job has 2; start fewer, or ask for more when "
            "the job is submitted\n")
      << ran.errors;
  EXPECT_EQ(ran.code, 2);
}

TEST_F(Step, AJobHasTheExitCodeOfItsLastStep) { EXPECT_EQ(submit("srun -n 1 sh -c 'exit 7'\n").code, 7); }

}  // namespace
}  // namespace dure::e2e
