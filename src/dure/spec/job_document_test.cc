#include "dure/spec/job_document.h"

#include <gtest/gtest.h>

#include "dure/spec/fleet_reader.h"
#include "dure/spec/job_reader.h"
#include "dure/spec/json_value.h"
#include "dure/spec/tenants_reader.h"

namespace dure::spec {
namespace {

class JobDocuments : public testing::Test {
 protected:
  // What a server reads of what a client sends.
  Result<JobFile> sent(const JobDocument& job) const {
    return read_json_text(to_json(job), "request",
                          [&](const Node& node) { return read_job_node(node, fleet_, tenants_); });
  }

  Fleet fleet_{*read_fleet_text(R"(
sites:
- name: sejong
  pools:
  - {name: h200, gpu: {model: H200, per_node: 8}, node: {cpus: 192, memory: 2048Gi}, nodes: 80}
  - {name: cpu, node: {cpus: 64}, nodes: 2}
)",
                                "fleet")};
  Tenants tenants_ = make_tenants(*read_tenants_text("tenants: [{name: default}]", "t", fleet_), fleet_);
};

TEST_F(JobDocuments, SubmittedNowTheyStartByALaterTime) {
  const Time now = *parse_time("2026-11-23T09:00:00Z");
  const auto mistakes = [&](const std::string& start_by) -> std::string {
    JobDocument job{.name = "a", .start_by = start_by};
    job.text.script = "true";
    const auto read = read_json_text(to_json(job), "job",
                                     [&](const Node& node) { return read_job_node(node, fleet_, tenants_, now); });
    return read ? "" : read.error().message;
  };
  EXPECT_EQ(mistakes("2026-11-23T09:00:00Z"),
            "job:1:24: start_by: found '2026-11-23T09:00:00Z', which has passed; write a later time");
  EXPECT_EQ(mistakes("2026-11-23T09:00:01Z"), "");
  EXPECT_EQ(mistakes("1s"), "");
}

TEST_F(JobDocuments, WhatIsToEndByATimeStartsItsTimeLimitBefore) {
  const Time now = *parse_time("2026-11-23T09:00:00Z");
  const auto read = [&](const std::string& finish_by, const std::string& start_by = "") {
    JobDocument job{.name = "a", .time_limit = hours(2), .start_by = start_by, .finish_by = finish_by};
    job.text.script = "true";
    return read_json_text(to_json(job), "job",
                          [&](const Node& node) { return read_job_node(node, fleet_, tenants_, now); });
  };
  EXPECT_EQ(read("2026-11-23T12:00:00Z")->job.start_by, now + hours(1));
  EXPECT_EQ(read("5h")->start_within, hours(3));
  EXPECT_FALSE(read("5h")->job.start_by);
  for (const char* const late : {"2h", "2026-11-23T11:00:00Z"}) {
    ASSERT_FALSE(read(late)) << late;
    EXPECT_NE(read(late).error().message.find("which leaves no more than its time limit of 2h; write a later time"),
              std::string::npos)
        << read(late).error().message;
  }
  EXPECT_NE(read("2026-11-23T08:00:00Z").error().message.find("which has passed"), std::string::npos);
  EXPECT_NE(read("soon").error().message.find("finish_by: "), std::string::npos);
  EXPECT_NE(read("5h", "1h").error().message.find("found a job with start_by too"), std::string::npos);
}

TEST_F(JobDocuments, TheSmallestIsANameAndAScript) {
  JobDocument job{.name = "a"};
  job.text.script = "true";
  EXPECT_EQ(to_json(job), R"({"name":"a","script":"true"})");
  const auto file = sent(job);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tenant, "default");
  EXPECT_EQ(file->job.shape.per_task, (Demand{.cpu_milli = 1000}));
  EXPECT_EQ(file->job.shape.tasks_max, 1u);
  EXPECT_TRUE(file->job.requeues);
  EXPECT_FALSE(file->job.is_held || file->is_singleton);
  EXPECT_EQ(file->text.launch, Launch::per_task);
}

TEST_F(JobDocuments, EverythingArrivesAsItWasWritten) {
  using namespace std::string_literals;
  const JobDocument job{
      .name = "학습",
      .tenant = "default",
      .tasks_min = 2,
      .tasks_max = 4,
      .per_task = {.gpu_milli = 250, .cpu_milli = 1500, .memory_mib = 1025},
      .pools = {"sejong/h200"},
      .gpu_model = "h200",
      .within = Level::block,
      .prefer = Level::rack,
      .time_limit = hours(72) + seconds(5),
      .start_by = "2h",
      .priority = -5,
      .checkpoint = Checkpoint{.every = minutes(30), .grace = seconds(90)},
      .text = {.launch = Launch::once,
               .script = "#!/bin/bash\necho \"$1\"\t\x1b[0m\n",
               .arguments = {"a b", "", "--x=\"y\""},
               .environment = {{"A", ""}, {"B", "x=\n1"}, {"BASH_FUNC_module%%", "() { :; }"}},
               .directory = "/data/실험 1",
               .output = "run-%A_%a.out",
               .error = "run-%j.err",
               .appends = true,
               .checkpoint_signal = "USR2",
               .early_signal = EarlySignal{.signal = "INT", .before = seconds(90), .script_alone = true}},
      .after = {{After::any, JobId{3}}, {After::not_ok, JobId{12}}, {After::ok, JobId{4294967295}}},
      .is_singleton = true,
      .is_held = true,
      .requeues = false,
      .array = "0-2,9"};
  const auto file = sent(job);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->job.name, job.name);
  EXPECT_EQ(file->job.shape, (Shape{.tasks_min = 2,
                                    .tasks_max = 4,
                                    .per_task = job.per_task,
                                    .within = Level::block,
                                    .prefer = Level::rack,
                                    .pools = {PoolId{0}}}));
  EXPECT_EQ(file->job.time_limit, job.time_limit);
  EXPECT_EQ(file->start_within, hours(2));
  EXPECT_EQ(file->job.priority, -5);
  EXPECT_EQ(file->job.checkpoint->every, minutes(30));
  EXPECT_EQ(file->job.checkpoint->grace, seconds(90));
  const JobText& text = file->text;
  EXPECT_EQ(text.launch, Launch::once);
  EXPECT_EQ(text.script, job.text.script);
  EXPECT_EQ(text.arguments, job.text.arguments);
  EXPECT_EQ(text.environment, job.text.environment);
  EXPECT_EQ(text.directory, job.text.directory);
  EXPECT_EQ(text.output, job.text.output);
  EXPECT_EQ(text.error, job.text.error);
  EXPECT_TRUE(text.appends);
  EXPECT_EQ(text.checkpoint_signal, "USR2");
  EXPECT_EQ(text.early_signal->signal, "INT");
  EXPECT_EQ(text.early_signal->before, seconds(90));
  EXPECT_TRUE(text.early_signal->script_alone);
  EXPECT_EQ(file->job.after, job.after);
  EXPECT_TRUE(file->is_singleton);
  EXPECT_TRUE(file->job.is_held);
  EXPECT_FALSE(file->job.requeues);
  EXPECT_EQ(file->array, (std::vector<std::uint32_t>{0, 1, 2, 9}));
}

TEST_F(JobDocuments, ATerminalArrivesAsItWasAskedFor) {
  const auto file = sent({.name = "a", .text = {.launch = Launch::terminal, .script = "x"}, .requeues = false});
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->text.launch, Launch::terminal);
  EXPECT_FALSE(file->job.requeues);
}

TEST_F(JobDocuments, AGpuModelIsThePoolsThatHaveIt) {
  JobDocument job{.name = "a", .per_task = {.gpu_milli = 1000}, .gpu_model = "H200"};
  job.text.script = "true";
  EXPECT_EQ(sent(job)->job.shape.pools, (std::vector<PoolId>{PoolId{0}}));
  job.gpu_model = "h100";
  EXPECT_EQ(sent(job).error().message,
            "request:1:47: gpu_model: found the GPU model 'h100', which none of its pools has; write H200");
}

TEST_F(JobDocuments, ManyAreReadAtOnce) {
  const auto read = [&](const std::string& text) {
    return read_json_text(text, "request", [&](const Node& node) { return read_jobs_node(node, fleet_, tenants_); });
  };
  const auto jobs = read(R"({"jobs": [{"name": "a", "script": "x"}, {"name": "b", "script": "y"}]})");
  ASSERT_TRUE(jobs) << jobs.error().message;
  EXPECT_EQ(jobs->at(1).job.name, "b");
  EXPECT_EQ(
      read(R"({"jobs": [{"name": "a", "script": "x"}, {"name": "b c"}]})").error().message,
      "request:1:41: jobs[1].script: missing; write the commands to run\n"
      "request:1:50: jobs[1].name: found the text 'b c'; write a name without spaces, '/' and control characters, "
      "of at most 128 bytes");
  EXPECT_FALSE(read(R"({"jobs": []})"));
}

}  // namespace
}  // namespace dure::spec
