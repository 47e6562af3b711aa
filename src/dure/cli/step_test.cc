// `srun` as a batch script types it.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "dure/base/test_folder.h"

namespace dure::cli {
namespace {

namespace fs = std::filesystem;

struct StepEnd {
  int code = 0;
  std::string text;  // of both outputs, its lines sorted
};

std::string sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    lines.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  std::sort(lines.begin(), lines.end());
  std::string sorted;
  for (const std::string& line : lines) sorted += line;
  return sorted;
}

class Srun : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_symlink(DURE_PROGRAM, folder_ / "srun");
    fs::create_directory(folder_ / "checkpoint");
  }

  // Runs a script of bash in a folder of its own, with the variables of a job.
  StepEnd run(const std::string& script, const std::string& job = "DURE_JOB_ID=7") {
    std::ofstream(folder_ / "script") << script << '\n';
    const std::string line = "{ cd " + folder_.string() + " && env -u MASTER_PORT PATH=" + folder_.string() +
                             ":$PATH DURE_CHECKPOINT_DIR=" + (folder_ / "checkpoint").string() +
                             " DURE_RESTART=0 SLURM_NTASKS=2 CUDA_VISIBLE_DEVICES=0,1,2,3 " + job +
                             " bash ./script; } 2>&1";
    std::FILE* pipe = ::popen(line.c_str(), "r");
    StepEnd ended;
    std::array<char, 4096> bytes;
    while (const std::size_t read = std::fread(bytes.data(), 1, bytes.size(), pipe))
      ended.text.append(bytes.data(), read);
    const int status = ::pclose(pipe);
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    ended.text = sorted_lines(ended.text);
    return ended;
  }

  TempFolder temp_;
  const fs::path folder_ = temp_.path();
};

TEST_F(Srun, StartsTasksThatKnowTheirRank) {
  const StepEnd ended = run("srun sh -c 'echo $SLURM_PROCID of $WORLD_SIZE on $CUDA_VISIBLE_DEVICES'");
  EXPECT_EQ(ended.text, "0 of 2 on 0,1,2,3\n1 of 2 on 0,1,2,3\n");
  EXPECT_EQ(ended.code, 0);
}

TEST_F(Srun, LabelsLinesOfBothOutputs) {
  const StepEnd ended =
      run("srun -n 3 -l -u --gpus-per-task=1 sh -c 'echo a; echo $CUDA_VISIBLE_DEVICES >&2; printf x'");
  EXPECT_EQ(ended.text, "0: 0\n0: a\n0: x\n1: 1\n1: a\n1: x\n2: 2\n2: a\n2: x\n");
}

TEST_F(Srun, LeavesWordsBehindTheCommandToIt) {
  EXPECT_EQ(run("srun -n1 echo -n 2 -- --bogus -l; echo").text, "2 -- --bogus -l\n");
  EXPECT_EQ(run("srun -n1 -- echo -- -l").text, "-- -l\n");
  EXPECT_EQ(run("srun -n1 echo a --").text, "a --\n");
}

TEST_F(Srun, GivesTheInputToTaskZero) { EXPECT_EQ(run("echo hello | srun -l cat").text, "0: hello\n"); }

TEST_F(Srun, NumbersSteps) {
  EXPECT_EQ(run("for i in 1 2 3; do srun -n 1 sh -c 'echo $SLURM_STEP_ID'; done").text, "0\n1\n2\n");
}

TEST_F(Srun, KeepsThePortOfTheJobAndFindsOneWhereThereIsNone) {
  EXPECT_EQ(run("MASTER_PORT=20007 srun sh -c 'echo $MASTER_ADDR:$MASTER_PORT'").text,
            "127.0.0.1:20007\n127.0.0.1:20007\n");
  EXPECT_EQ(run("srun sh -c 'echo $MASTER_PORT' | sort -u | grep -c '[1-9]'").text, "1\n");
}

TEST_F(Srun, EndsTheOthersWhenATaskFails) {
  const StepEnd ended = run("srun -n 3 sh -c 'test $RANK = 1 && exit 3; sleep 1000'");
  EXPECT_EQ(ended.code, 3);
  EXPECT_EQ(ended.text, "task 1 ended with exit code 3; the others are ended\n");
  EXPECT_EQ(run("srun -n 1 sh -c 'kill -9 $$'").code, 137);
  EXPECT_EQ(run("srun -n 1 false").code, 1);
}

// The substitution ends when nobody can write any more.
TEST_F(Srun, LeavesNothingBehind) {
  EXPECT_EQ(run("text=$(srun -n 1 sh -c 'sleep 1000 &'); echo gone").text, "gone\n");
}

TEST_F(Srun, TakesItsTasksAlongWhenItIsKilled) {
  EXPECT_EQ(run("text=$(srun -n 1 sh -c 'kill -KILL $PPID; exec sleep 1000' 2>/dev/null); echo $?").text, "137\n");
}

// Tasks that say when they are ready, and what they have heard.
const std::string listening =
    "mkfifo ready; exec 3<>ready\n"
    "srun -n 2 sh -c 'trap \"echo $RANK USR1; exit 0\" USR1; trap \"echo $RANK TERM; exit 9\" TERM; "
    "sleep 1000 & echo >&3; wait' & step=$!\n"
    "read -u 3; read -u 3\n";

TEST_F(Srun, PassesSignalsOn) {
  StepEnd ended = run(listening + "kill -USR1 $step; wait $step");
  EXPECT_EQ(ended.text, "0 USR1\n1 USR1\n");
  EXPECT_EQ(ended.code, 0);
  fs::remove(folder_ / "ready");
  ended = run(listening + "kill -TERM $step; wait $step");
  EXPECT_EQ(ended.text, "0 TERM\n1 TERM\n");
  EXPECT_EQ(ended.code, 9);
}

// Who tells every process by itself must not be heard twice.
TEST_F(Srun, PassesNothingOnThatTheSupervisorSends) {
  fs::create_symlink("/bin/bash", folder_ / "dure-supervisor");
  const StepEnd ended = run(listening +
                            "mkfifo sent end; ./dure-supervisor -c \"kill -TERM $step; echo >sent; read <end\" &\n"
                            "read <sent; kill -USR1 $step; wait $step; code=$?; echo >end; wait; exit $code");
  EXPECT_EQ(ended.text, "0 USR1\n1 USR1\n");
  EXPECT_EQ(ended.code, 0);
}

TEST_F(Srun, SaysWhatItCannotDo) {
  StepEnd ended = run("srun true", "A=1");
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.text.find("DURE_JOB_ID is not set"), std::string::npos);
  ended = run("srun --mpi=pmix -n 2 true");
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.text.find("--mpi=pmix"), std::string::npos);
  ended = run("srun -N 2 true");
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.text.find("--nodes: found 2"), std::string::npos);
  ended = run("srun ./nowhere");
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.text, "./nowhere: cannot be run: No such file or directory\n");
  EXPECT_NE(run("srun --exclusive true").text.find("--exclusive: left out"), std::string::npos);
}

}  // namespace
}  // namespace dure::cli
