#include "dure/engine/slurm/ending.h"

#include <gtest/gtest.h>

namespace dure::engine {
namespace {

const Time begun = Time{} + seconds(100);
const Time over = Time{} + seconds(160);
const Time script_over = Time{} + seconds(159);

struct Case {
  const char* name;
  SlurmState state;
  const char* state_text;
  int slurm_code;
  std::optional<ShelfExit> exit;
  RunOrders orders;
  How how;
  int exit_code;
  const char* why;
};

ShelfExit by_script(int code) { return {.code = code, .at = script_over}; }
ShelfExit by_srun(int code) { return {.code = code, .at = script_over, .is_by_script = false}; }

constexpr RunOrders evicted{.stop = StopKind::evict, .is_told = true};
constexpr RunOrders cancelled{.stop = StopKind::cancel, .is_told = true};
constexpr RunOrders not_told_yet{.stop = StopKind::cancel};
constexpr RunOrders out_of_time{.is_over_its_limit = true};

const Case cases[] = {
    {"completed", SlurmState::completed, "COMPLETED", 0, by_script(0), {}, How::exited, 0, ""},
    {"failed", SlurmState::failed, "FAILED", 7, by_script(7), {}, How::exited, 7, "it ended with exit code 7; boom"},
    {"ran_once_more",
     SlurmState::completed,
     "COMPLETED",
     0,
     by_script(7),
     {},
     How::exited,
     7,
     "it ended with exit code 7; boom"},
    {"said_nothing",
     SlurmState::completed,
     "COMPLETED",
     0,
     {},
     {},
     How::lost,
     0,
     "Slurm's job 5 ended, and its script has not said how"},
    {"srun_lost_its_tasks",
     SlurmState::failed,
     "FAILED",
     1,
     by_srun(1),
     {},
     How::lost,
     1,
     "it ended with exit code 1; boom"},
    {"out_of_memory",
     SlurmState::failed,
     "OUT_OF_MEMORY",
     137,
     by_script(137),
     {},
     How::exited,
     137,
     "it used more memory than it had asked for; boom"},
    {"timed_out", SlurmState::timed_out, "TIMEOUT", 0, {}, {}, How::timed_out, 0, "Slurm ended job 5: TIMEOUT (Limit)"},
    {"cancelled_for_its_limit",
     SlurmState::cancelled,
     "CANCELLED",
     15,
     {},
     out_of_time,
     How::timed_out,
     15,
     "Slurm ended job 5: CANCELLED (Limit)"},
    {"cancelled_by_somebody",
     SlurmState::cancelled,
     "CANCELLED",
     15,
     {},
     {},
     How::cancelled,
     15,
     "Slurm ended job 5: CANCELLED (Limit)"},
    {"cancelled_as_ordered", SlurmState::cancelled, "CANCELLED", 15, by_script(143), cancelled, How::cancelled, 15, ""},
    {"had_ended_when_it_was_cancelled", SlurmState::cancelled, "CANCELLED", 0, by_script(0), {}, How::exited, 0, ""},
    {"cancelled_and_has_an_exit",
     SlurmState::cancelled,
     "CANCELLED",
     15,
     by_script(143),
     {},
     How::cancelled,
     15,
     "Slurm ended job 5: CANCELLED (Limit)"},
    {"ended_before_it_was_told", SlurmState::completed, "COMPLETED", 0, by_script(0), not_told_yet, How::exited, 0, ""},
    {"evicted", SlurmState::completed, "COMPLETED", 0, by_script(0), evicted, How::evicted, 0, ""},
    {"evicted_by_force",
     SlurmState::cancelled,
     "CANCELLED",
     15,
     {},
     evicted,
     How::evicted,
     15,
     "Slurm ended job 5: CANCELLED (Limit)"},
    {"node_lost",
     SlurmState::node_failed,
     "NODE_FAIL",
     1,
     {},
     {},
     How::lost,
     1,
     "Slurm ended job 5: NODE_FAIL (Limit)"},
    {"had_ended_when_the_node_was_lost",
     SlurmState::node_failed,
     "NODE_FAIL",
     1,
     by_script(3),
     {},
     How::exited,
     3,
     "it ended with exit code 3; boom"},
};

class RunEnding : public testing::TestWithParam<Case> {};

TEST_P(RunEnding, is_told_from_what_slurm_and_the_script_say) {
  const Case& c = GetParam();
  const SlurmJob job{.id = 5,
                     .state = c.state,
                     .state_text = c.state_text,
                     .reason = "Limit",
                     .comment = {},
                     .user = {},
                     .nodes = {},
                     .started = begun,
                     .ended = over,
                     .exit_code = c.slurm_code};
  const Ending ending = ending_of(job, c.exit, c.orders, "boom");
  EXPECT_EQ(ending.how, c.how);
  EXPECT_EQ(ending.exit_code, c.exit_code);
  EXPECT_EQ(ending.why, c.why);
  EXPECT_EQ(ending.started_at, begun);
  EXPECT_EQ(ending.at, over) << "Slurm's clock is the one that is charged by";
}

INSTANTIATE_TEST_SUITE_P(cases, RunEnding, testing::ValuesIn(cases),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(run_ending, of_what_slurm_has_forgotten_the_script_tells) {
  const Time sign = Time{} + seconds(140);
  EXPECT_EQ(ending_of_forgotten(by_script(0), sign, {}).how, How::exited);
  EXPECT_EQ(ending_of_forgotten(by_script(0), sign, {}).at, script_over);
  EXPECT_EQ(ending_of_forgotten(by_script(4), sign, {}).why, "it ended with exit code 4");
  EXPECT_EQ(ending_of_forgotten(by_srun(1), sign, {}).how, How::lost);
  EXPECT_EQ(ending_of_forgotten(by_srun(1), sign, evicted).how, How::evicted);
  EXPECT_EQ(ending_of_forgotten(by_script(0), sign, not_told_yet).how, How::cancelled);
  EXPECT_EQ(ending_of_forgotten({}, sign, {}).how, How::lost);
  EXPECT_EQ(ending_of_forgotten({}, sign, {}).at, sign);
  EXPECT_EQ(ending_of_forgotten({}, sign, evicted).how, How::evicted);
}

}  // namespace
}  // namespace dure::engine
