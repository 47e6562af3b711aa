#include "dure/engine/slurm/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "dure/base/test_folder.h"
#include "dure/engine/fd.h"
#include "dure/engine/process.h"
#include "dure/engine/record.h"
#include "dure/engine/slurm/test_slurm.h"

namespace dure::engine {
namespace {

const std::vector<Variable> with_path{{"PATH", "/none:/usr/bin:/bin"}};

TEST(program, gives_back_what_it_printed_and_how_it_ended) {
  const auto end = run_program({"sh", "-c", "echo out; echo err >&2; exit 3"}, with_path, seconds(60));
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->exit_code, 3);
  EXPECT_EQ(end->output, "out\n");
  EXPECT_EQ(end->error, "err\n");
  EXPECT_EQ(run_program({"sh", "-c", "kill -9 $$"}, with_path, seconds(60))->exit_code, 137);
}

TEST(program, more_than_a_pipe_holds_comes_whole_from_both) {
  const auto end =
      run_program({"sh", "-c", "head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2"}, with_path, seconds(60));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->output.size(), 300'000u);
  EXPECT_EQ(end->error.size(), 200'000u);
}

TEST(program, has_these_variables_alone_and_no_input) {
  const auto end = run_program({"/usr/bin/env"}, {{"A", "b c"}, {"PATH", "/none"}}, seconds(60));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->output, "A=b c\nPATH=/none\n");
  EXPECT_EQ(run_program({"cat"}, with_path, seconds(60))->output, "");
}

// A port that it would hold could not be listened on again by the next server.
TEST(program, has_no_file_of_ours) {
  const Fd ours(::open("/dev/null", O_RDONLY));  // one that is passed on
  const auto end = run_program({"sh", "-c", "ls /proc/$$/fd"}, with_path, seconds(60));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->output.find(std::to_string(ours.get()) + '\n'), std::string::npos) << end->output;
}

TEST(program, one_that_is_not_there_is_not_found) {
  const auto end = run_program({"dure-has-no-such-program"}, with_path, seconds(60));
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Code::not_found);
  EXPECT_EQ(run_program({"sh"}, {}, seconds(60)).error().code, Code::not_found);
}

TEST(program, one_that_does_not_answer_is_killed_with_all_that_it_started) {
  const TempFolder folder;
  const Duration begun = steady_time();
  const auto end =
      run_program({"sh", "-c", "sleep 100 & echo $! >" + (folder / "pid").string() + "; wait"}, with_path, seconds(3));
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Code::unavailable);
  EXPECT_EQ(end.error().message, "sh did not answer");
  EXPECT_LT((steady_time() - begun).ns, seconds(50).ns);
  const std::string pid = read_file((folder / "pid").string()).value_or("");
  ASSERT_FALSE(pid.empty());
  // Killed, and gone a little later, or not yet waited for by whoever inherited it.
  EXPECT_TRUE(comes_true([&] {
    const auto stat = read_file("/proc/" + pid.substr(0, pid.size() - 1) + "/stat");
    return !stat || stat->find(") Z") != std::string::npos || stat->find(") X") != std::string::npos;
  }));
}

}  // namespace
}  // namespace dure::engine
