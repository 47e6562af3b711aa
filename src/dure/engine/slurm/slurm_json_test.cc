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
