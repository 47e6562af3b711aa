// With what Slurm 22.05.8 answered, less what is not read.
#include "dure/engine/slurm/slurm_json.h"

#include <gtest/gtest.h>

#include <array>

namespace dure::engine {
namespace {

TEST(slurm_json, a_job_that_runs) {
  const auto jobs = read_jobs(R"({"errors": [], "jobs": [{"comment": "dure:a:9.0@5", "end_time": 1827312674,
    "exit_code": 0, "job_id": 9, "job_resources": {"nodes": "n[1-2]", "allocated_nodes": [
      {"sockets": {"15": {"cores": {"0": "allocated"}}}, "nodename": "n1"}, {"nodename": "n2"}]},
    "job_state": "RUNNING", "name": "ok", "het_job_id": 0, "start_time": 1795776674, "state_reason": "None",
    "user_name": "root"}]})");
  ASSERT_TRUE(jobs) << jobs.error().message;
  ASSERT_EQ(jobs->size(), 1u);
  const SlurmJob& job = jobs->front();
  EXPECT_EQ(job.id, 9u);
  EXPECT_EQ(job.leader, 0u);
  EXPECT_EQ(job.state, SlurmState::running);
  EXPECT_FALSE(job.is_completing);
  EXPECT_EQ(job.comment, "dure:a:9.0@5");
  EXPECT_EQ(job.user, "root");
  EXPECT_EQ(job.reason, "");
  EXPECT_EQ(job.nodes, (std::vector<std::string>{"n1", "n2"}));
  EXPECT_EQ(job.started, Time{} + seconds(1'795'776'674));
  EXPECT_FALSE(job.ended) << "that is when its time limit ends";
}

std::vector<std::uint64_t> devices_in(const std::string& details) {
  const auto jobs = read_jobs(R"({"jobs":[{"job_id":1,"job_state":"RUNNING","gres_detail":)" + details + "}]}");
  return jobs ? jobs->front().devices : std::vector<std::uint64_t>{99};
}

TEST(slurm_json, which_gpus_a_job_holds) {
  using Masks = std::vector<std::uint64_t>;
  EXPECT_EQ(devices_in(R"x(["gpu:2(IDX:0-1)", "gpu:h100:1(IDX:3)"])x"), (Masks{3, 8}));
  EXPECT_EQ(devices_in(R"x(["nic:1(IDX:5),gpu:a100:3(IDX:0,2-3),gpu:l4:1(IDX:7)"])x"), (Masks{0b10001101}));
  EXPECT_EQ(devices_in("[]"), Masks{});
  EXPECT_EQ(devices_in(R"x(["gpu:1(IDX:0)", ""])x"), Masks{}) << "not all of it is told";
  EXPECT_EQ(devices_in(R"x(["gpu:2(CNT:2)"])x"), Masks{});
  EXPECT_EQ(devices_in(R"x(["gpu:2(IDX:0-64)"])x"), Masks{});
  EXPECT_EQ(devices_in(R"x(["gpu:2(IDX:N/A)"])x"), Masks{});
  EXPECT_EQ(devices_in(R"x([3])x"), Masks{});
}

constexpr Time at(std::int64_t second) { return Time{} + seconds(second); }

TEST(slurm_json, what_sacct_has_kept_of_a_job) {
  const auto failed = kept_in("12|FAILED|3:0|100|102\n", 12, at(101));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->state, SlurmState::failed);
  EXPECT_EQ(failed->exit_code, 3);
  EXPECT_EQ(failed->started, at(100));
  EXPECT_EQ(failed->ended, at(102));
  const auto cancelled = kept_in("12|CANCELLED by 1000|0:15|100|109\n", 12, at(101));
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->state, SlurmState::cancelled);
  EXPECT_EQ(cancelled->exit_code, 143);
  const auto running = kept_in("12|RUNNING|0:0|100|Unknown\n", 12, at(101));
  ASSERT_TRUE(running);
  EXPECT_FALSE(running->ended);
  EXPECT_FALSE(kept_in("", 12, at(101)));
  EXPECT_FALSE(kept_in("Slurm accounting storage is disabled\n", 12, at(101)));
  EXPECT_FALSE(kept_in("12|CANCELLED by 0|0:0|None|101\n", 12, at(101))) << "it never ran";
}

TEST(slurm_json, of_a_number_that_was_given_twice_the_one_that_ran_then_is_meant) {
  const char* lines = "12|NODE_FAIL|1:0|100|190\n12|COMPLETED|0:0|200|201\n13|COMPLETED|0:0|90|900\n";
  ASSERT_TRUE(kept_in(lines, 12, at(101)));
  EXPECT_EQ(kept_in(lines, 12, at(101))->state, SlurmState::node_failed);
  EXPECT_EQ(kept_in(lines, 12, at(200))->state, SlurmState::completed);
  EXPECT_FALSE(kept_in(lines, 12, at(195)));
  EXPECT_FALSE(kept_in(lines, 12, at(97)));
}

TEST(slurm_json, what_slurmdb_has_kept_of_a_job) {
  const char* text = R"({"errors":[],"jobs":[{"job_id":12,"state":{"current":"TIMEOUT","reason":"None"},
    "time":{"start":100,"end":160}},{"job_id":12,"state":{"current":"FAILED"},"time":{"start":170,"end":900}}]})";
  const auto kept = read_kept(text, 12, at(101));
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->state, SlurmState::timed_out);
  EXPECT_EQ((*kept)->started, at(100));
  EXPECT_EQ((*kept)->ended, at(160));
  EXPECT_FALSE(*read_kept(text, 13, at(101)));
  EXPECT_FALSE(*read_kept(R"({"errors":[],"jobs":[]})", 12, at(101)));
  EXPECT_FALSE(read_kept(R"({"errors":[{"description":"Nothing found"}]})", 12, at(101)));
}

TEST(slurm_json, the_start_of_a_job_that_waits_is_a_guess) {
  const auto jobs = read_jobs(R"({"errors": [], "jobs": [{"comment": "dure:4", "end_time": 6122279910, "exit_code": 0,
    "job_id": 12, "job_state": "PENDING", "nodes": "", "start_time": 1827312674, "state_reason": "Resources"}]})");
  ASSERT_TRUE(jobs);
  EXPECT_EQ(jobs->front().state, SlurmState::pending);
  EXPECT_EQ(jobs->front().reason, "Resources");
  EXPECT_FALSE(jobs->front().started);
  EXPECT_TRUE(jobs->front().nodes.empty());
}

TEST(slurm_json, how_a_job_ended) {
  struct Case {
    const char* state;
    int status;
    SlurmState read;
    int exit_code;
  };
  for (const Case& c :
       std::array{Case{"COMPLETED", 0, SlurmState::completed, 0}, Case{"FAILED", 1792, SlurmState::failed, 7},
                  Case{"FAILED", 9, SlurmState::failed, 137}, Case{"OUT_OF_MEMORY", 125, SlurmState::failed, 253},
                  Case{"CANCELLED", 15, SlurmState::cancelled, 143}, Case{"CANCELLED", 2304, SlurmState::cancelled, 9},
                  Case{"TIMEOUT", 15, SlurmState::timed_out, 143}, Case{"NODE_FAIL", 0, SlurmState::node_failed, 0},
                  Case{"PREEMPTED", 15, SlurmState::node_failed, 143}}) {
    const auto jobs =
        read_jobs(R"({"errors": [], "jobs": [{"job_id": 1, "start_time": 5, "end_time": 7, "job_state": ")" +
                  std::string(c.state) + R"(", "exit_code": )" + std::to_string(c.status) + "}]}");
    ASSERT_TRUE(jobs);
    EXPECT_EQ(jobs->front().state, c.read) << c.state;
    EXPECT_EQ(jobs->front().exit_code, c.exit_code) << c.state << ' ' << c.status;
    EXPECT_EQ(jobs->front().started, Time{} + seconds(5));
    EXPECT_EQ(jobs->front().ended, Time{} + seconds(7));
  }
}

TEST(slurm_json, a_state_that_is_not_known_holds_its_nodes) {
  for (const char* state : {"COMPLETING", "CONFIGURING", "SUSPENDED", "STAGE_OUT", "WHATEVER"}) {
    const auto jobs =
        read_jobs(R"({"jobs": [{"job_id": 1, "end_time": 7, "job_state": ")" + std::string(state) + "\"}]}");
    ASSERT_TRUE(jobs);
    EXPECT_EQ(jobs->front().state, SlurmState::running) << state;
    EXPECT_EQ(jobs->front().is_completing, state == std::string_view("COMPLETING"));
    EXPECT_FALSE(jobs->front().ended);
  }
}

TEST(slurm_json, a_list_with_errors_is_no_empty_list) {
  const auto jobs = read_jobs(R"({"errors": [{"description": "Failed while looking for jobs", "error_number": -1,
    "error": "Unspecified error", "source": "slurm_load_jobs"}], "jobs": []})");
  ASSERT_FALSE(jobs);
  EXPECT_EQ(jobs.error().code, Code::unavailable);
  EXPECT_EQ(jobs.error().message, "Failed while looking for jobs; start slurmctld, or renew the token");
}

TEST(slurm_json, what_is_no_list_is_unavailable) {
  for (const char* text : {"", "[]", "{", "{\"errors\": []}", "{\"jobs\": 3}", "slurm 20.11"}) {
    const auto jobs = read_jobs(text);
    ASSERT_FALSE(jobs) << text;
    EXPECT_EQ(jobs.error().code, Code::unavailable);
    EXPECT_NE(jobs.error().message.find("22.05"), std::string::npos) << jobs.error().message;
  }
  EXPECT_EQ(read_jobs(R"({"jobs": []})").value().size(), 0u);
}

TEST(slurm_json, nodes_that_are_down_or_take_no_work) {
  struct Case {
    const char* text;
    bool is_down;
    bool takes_work;
    const char* why;
  };
  for (const Case& c :
       std::array{Case{R"("state": "idle", "state_flags": [], "reason": "")", false, true, ""},
                  Case{R"("state": "mixed", "state_flags": [], "reason": "old")", false, true, ""},
                  Case{R"("state": "idle", "state_flags": ["DRAIN"], "reason": "a\nfan")", false, false, "a fan"},
                  Case{R"("state": "allocated", "state_flags": ["RESERVED"], "reason": "")", false, false, "RESERVED"},
                  Case{R"("state": "down", "state_flags": [], "reason": "no power")", true, true, "no power"},
                  Case{R"("state": "idle", "state_flags": ["DRAIN", "NOT_RESPONDING"], "reason": "")", true, true,
                       "NOT_RESPONDING"}}) {
    const auto nodes = read_nodes(R"({"errors": [], "nodes": [{"name": "n1", )" + std::string(c.text) + "}]}");
    ASSERT_TRUE(nodes);
    EXPECT_EQ(nodes->front().name, "n1");
    EXPECT_EQ(nodes->front().is_down, c.is_down) << c.text;
    EXPECT_EQ(nodes->front().takes_work, c.takes_work) << c.text;
    EXPECT_EQ(nodes->front().why, c.why);
  }
}

TEST(slurm_json, a_submission_has_a_number_or_a_refusal) {
  EXPECT_EQ(read_submitted(R"({"errors": [], "job_id": 25, "step_id": "BATCH", "job_submit_user_msg": ""})"), 25u);
  const auto refused =
      read_submitted(R"({"errors": [{"error_code": 2014, "error": "Requested node configuration is not available"}]})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::failed);
  EXPECT_EQ(refused.error().message, "Requested node configuration is not available");
  // It waits there, for a node that cannot be had at the moment.
  EXPECT_EQ(
      read_submitted(R"({"errors": [{"error_code": 2068, "error": "Required node not available"}], "job_id": 3})"), 3u);
  const auto lost = read_submitted(R"({"errors": []})");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::unavailable);
  EXPECT_TRUE(read_done(R"({"errors": []})"));
  EXPECT_FALSE(read_done(R"({"errors": [{}]})"));
}

}  // namespace
}  // namespace dure::engine
