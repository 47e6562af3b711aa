#include "dure/spec/job_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "dure/spec/file.h"
#include "dure/spec/fleet_reader.h"
#include "dure/spec/job_array.h"
#include "dure/spec/job_text_reader.h"
#include "dure/spec/tenants_reader.h"

namespace dure::spec {
namespace {

class JobReader : public testing::Test {
 protected:
  Result<JobFile> read(const std::string& text) const { return read_job_text(text, "job.yaml", fleet_, tenants_); }

  Fleet fleet_{*read_fleet_text(R"(
sites:
- name: sejong
  pools:
  - name: h200
    gpu: {model: H200, per_node: 8}
    node: {cpus: 192, memory: 2048Gi}
    topology: {blocks: 2, racks_per_block: 8, nodes_per_rack: 5}
    default_time_limit: 12h
  - {name: cpu, node: {cpus: 64}, nodes: 2}
)",
                                "fleet")};
  Tenants tenants_ =
      make_tenants(*read_tenants_text("tenants: [{name: nipa, children: [{name: fm}]}]", "t", fleet_), fleet_);
};

TEST_F(JobReader, ReadsEveryField) {
  const auto file = read(R"(
name: pretrain
tenant: nipa/fm
tasks: {min: 24, max: 32}
per_task: {gpus: 8, cpus: 96, memory: 900Gi}
pools: [sejong/h200]
within: block
prefer: rack
time_limit: 72h
priority: -5
checkpoint: {every: 30m, signal: USR2, grace: 120s}
launch: once
script: |
  #!/bin/bash
  python3 train.py --rank $RANK
)");
  ASSERT_TRUE(file) << file.error().message;
  const JobSpec& job = file->job;
  EXPECT_EQ(job.name, "pretrain");
  EXPECT_EQ(job.tenant, *tenants_.find("nipa/fm"));
  EXPECT_EQ(job.shape, (Shape{.tasks_min = 24,
                              .tasks_max = 32,
                              .per_task = {.gpu_milli = 8000, .cpu_milli = 96'000, .memory_mib = 900 * 1024},
                              .within = Level::block,
                              .prefer = Level::rack,
                              .pools = {PoolId{0}}}));
  EXPECT_EQ(job.time_limit, hours(72));
  EXPECT_EQ(job.priority, -5);
  ASSERT_TRUE(job.checkpoint);
  EXPECT_EQ(job.checkpoint->every, minutes(30));
  EXPECT_EQ(job.checkpoint->grace, seconds(120));
  EXPECT_EQ(file->text.checkpoint_signal, "USR2");
  EXPECT_EQ(file->text.launch, Launch::once);
  EXPECT_EQ(file->text.script, "#!/bin/bash\npython3 train.py --rank $RANK\n");
}

TEST_F(JobReader, DefaultsAreOneTaskAnywhereForTheLongestDefaultTime) {
  const auto file = read("{name: a, tenant: nipa/fm, per_task: {gpus: 0.25}, script: x}");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->job.shape.tasks_max, 1u);
  EXPECT_EQ(file->job.shape.per_task.gpu_milli, 250);
  EXPECT_EQ(file->job.time_limit, hours(24));
  const auto pooled = read("{name: a, tenant: nipa/fm, pools: [sejong/h200], per_task: {gpus: 1}, script: x}");
  EXPECT_EQ(pooled->job.time_limit, hours(12));
}

TEST_F(JobReader, AJobWithATerminalIsOneTaskThatRunsOnce) {
  const std::string job = "{name: a, tenant: nipa/fm, script: x, launch: terminal";
  const auto file = read(job + "}");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->text.launch, Launch::terminal);
  EXPECT_FALSE(file->job.requeues);
  EXPECT_TRUE(read(job + ", requeue: false, tasks: 1}"));
  EXPECT_EQ(read(job + ", tasks: {min: 1, max: 2}, array: 0-9, error: e, requeue: true}").error().message,
            "job.yaml:1:64: tasks: found several tasks for one terminal; ask for 1\n"
            "job.yaml:1:89: array: found an array of jobs for one terminal; leave it out\n"
            "job.yaml:1:101: error: found a file of errors, which a terminal does not keep apart; leave it out\n"
            "job.yaml:1:113: requeue: found a job with a terminal, which cannot run again; write false");
}

TEST_F(JobReader, AJobGoesOnWithOtherNodesIfItStartsAgain) {
  const std::string job = "{name: a, tenant: nipa/fm, script: x, hot_swap: true";
  ASSERT_TRUE(read(job + "}"));
  EXPECT_TRUE(read(job + "}")->job.hot_swap);
  EXPECT_TRUE(read(job + ", requeue: true}"));
  EXPECT_EQ(
      read(job + ", requeue: false}").error().message,
      "job.yaml:1:49: hot_swap: found a job that goes on with other nodes, and does not start again; leave it out, "
      "or let it requeue");
}

TEST_F(JobReader, AJobMustFitIntoAnEmptyPool) {
  const std::string job = "{name: a, tenant: nipa/fm, within: block, per_task: {gpus: 8}, script: x, tasks: ";
  EXPECT_TRUE(read(job + "40}"));
  EXPECT_EQ(read(job + "41}").error().message,
            "job.yaml:1:82: tasks: found 41 tasks of 8 GPUs within one block; ask for at most 40, which is "
            "what its pools "
            "hold");
}

TEST_F(JobReader, ReadsWhereTasksMayLie) {
  const std::string job = "{name: a, tenant: nipa/fm, per_task: {gpus: 8}, script: x, ";
  const auto groups = read(job + "within: block, tasks: {min: 8, max: 32}, segments: {of: 4, within: rack}}");
  ASSERT_TRUE(groups) << groups.error().message;
  EXPECT_EQ(groups->job.shape.segments, (Segments{.of = 4, .within = Level::rack}));
  EXPECT_EQ(groups->job.shape.spread, Spread{});
  const auto apart = read(job + "tasks: 3, spread: {most: 1, over: rack}}");
  ASSERT_TRUE(apart) << apart.error().message;
  EXPECT_EQ(apart->job.shape.spread, (Spread{.most = 1, .over = Level::rack}));
}

TEST_F(JobReader, WholeGroupsAndWhatIsSpreadMustFitIntoAnEmptyPool) {
  const std::string job = "{name: a, tenant: nipa/fm, per_task: {gpus: 8}, script: x, tasks: ";
  EXPECT_TRUE(read(job + "32, within: block, segments: {of: 4, within: rack}}"));
  EXPECT_EQ(
      read(job + "36, within: block, segments: {of: 4, within: rack}}").error().message,
      "job.yaml:1:67: tasks: found 36 tasks of 8 GPUs within one block, in groups of 4 within one rack; ask for at "
      "most 32, which is what its pools hold");
  EXPECT_EQ(read(job + "6, segments: {of: 6, within: rack}}").error().message,
            "job.yaml:1:67: tasks: found 6 tasks of 8 GPUs within one site, in groups of 6 within one rack; make the "
            "groups smaller: no such domain of its pools holds one");
  EXPECT_TRUE(read(job + "16, spread: {most: 1, over: rack}}"));
  EXPECT_EQ(
      read(job + "17, spread: {most: 1, over: rack}}").error().message,
      "job.yaml:1:67: tasks: found 17 tasks of 8 GPUs within one site, at most 1 to one rack; ask for at most 16, "
      "which is what its pools hold");
}

TEST_F(JobReader, MemoryThatNoPoolCountsIsNoBound) {
  EXPECT_TRUE(read("{name: a, tenant: nipa/fm, pools: [sejong/cpu], tasks: 1000, per_task: {memory: 1Gi}, script: x}"));
}

// Long values are made here; a file of them would be nothing to read.
TEST_F(JobReader, WhatIsTooLongIsRefused) {
  const std::string job = "{name: a, tenant: nipa/fm, script: x, ";
  const auto message = [&](const std::string& field) {
    const auto file = read(job + field + "}");
    return file ? "accepted" : file.error().message;
  };
  const std::string most(most_argument_bytes, 'x');
  EXPECT_EQ(message("arguments: [" + most + "]"), "accepted");
  EXPECT_EQ(message("arguments: [" + most + "x]"),
            "job.yaml:1:51: arguments[0]: found 131072 bytes; write at most 131071");
  EXPECT_EQ(message("environment: {A: " + most + "}"),
            "job.yaml:1:56: environment.A: found 131073 bytes; write at most 131071");
  std::string many;
  for (int i = 0; i < 9; ++i) many += "V" + std::to_string(i) + ": " + most.substr(10) + ", ";
  EXPECT_EQ(message("environment: {" + many + "}"),
            "job.yaml:1:1: found 1179585 bytes of arguments and environment; keep them within 1048576");
  EXPECT_EQ(message("output: " + std::string(4095, 'o')), "accepted");
  EXPECT_NE(message("output: " + std::string(4096, 'o')), "accepted");
  EXPECT_EQ(message("directory: /" + std::string(4094, 'o')), "accepted");
  EXPECT_NE(message("directory: /" + std::string(4095, 'o')), "accepted");
  std::string jobs;
  for (int i = 0; i < 1001; ++i) jobs += "{kind: ok, job: " + std::to_string(i) + "}, ";
  EXPECT_EQ(message("after: [" + jobs + "]"), "job.yaml:1:46: after: found 1001 jobs to wait for; write at most 1000");
}

TEST_F(JobReader, TheTenantMayBeLeftOutWhereThereIsOne) {
  const Tenants alone = make_tenants(*read_tenants_text("tenants: [{name: default}]", "t", fleet_), fleet_);
  const auto file = read_job_text("{name: a, script: x}", "job.yaml", fleet_, alone);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tenant, "default");
  EXPECT_EQ(file->job.shape.per_task, (Demand{.cpu_milli = 1000}));
  EXPECT_EQ(read("{name: a, script: x}")->tenant, "nipa/fm") << "nipa has no jobs of its own";
  const Tenants two = make_tenants(*read_tenants_text("tenants: [{name: a}, {name: b}]", "t", fleet_), fleet_);
  EXPECT_EQ(read_job_text("{name: a, script: x}", "job.yaml", fleet_, two).error().message,
            "job.yaml:1:1: tenant: missing; write the path of a tenant; `dure tenants` lists them");
  const KnownTenants second(two, [&](TenantId id) { return id == *two.find("b"); });
  EXPECT_EQ(read_job_text("{name: a, script: x}", "job.yaml", fleet_, second)->tenant, "b");
}

TEST_F(JobReader, TenantsThatAreNotKnownAreAsIfTheyWereNotThere) {
  const Tenants two = make_tenants(
      *read_tenants_text("tenants: [{name: ab}, {name: c, children: [{name: x}, {name: y}]}]", "t", fleet_), fleet_);
  const KnownTenants known(two, [&](TenantId id) { return two[id].path == "c" || two[id].path == "c/y"; });
  const auto error = [&](const std::string& tenant) {
    return read_job_text("{name: a, script: x, tenant: " + tenant + "}", "j", fleet_, known).error().message;
  };
  EXPECT_EQ(error("ab"), "j:1:30: tenant: found the unknown tenant 'ab'; write c or c/y");
  EXPECT_EQ(error("c"),
            "j:1:30: tenant: found 'c', which has tenants below it; write the one that the job is for, "
            "such as c/y");
}

// The text of every ```yaml block of docs/jobs.md.
std::vector<std::string> documented_jobs() {
  const std::string text = *read_file(DURE_SOURCE_DIR "/docs/jobs.md");
  constexpr std::string_view fence = "```yaml\n";
  std::vector<std::string> jobs;
  for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
    at += fence.size();
    jobs.push_back(text.substr(at, text.find("```", at) - at));
  }
  return jobs;
}

TEST(Example, TheJobsOfTheDocumentationAreAccepted) {
  const Fleet fleet(*read_fleet_text(R"(
sites:
- name: naver-sejong
  pools:
  - name: h200
    gpu: {model: H200, per_node: 8}
    node: {cpus: 192, memory: 2048Gi}
    topology: {blocks: 3, racks_per_block: 17, nodes_per_rack: 5}
)",
                                     "fleet"));
  const Tenants tree =
      make_tenants(*read_tenants_text("tenants: [{name: nipa, children: [{name: sovereign-fm}]}]", "t", fleet), fleet);
  const Tenants alone = make_tenants(*read_tenants_text("tenants: [{name: default}]", "t", fleet), fleet);
  const std::vector<std::string> jobs = documented_jobs();
  ASSERT_EQ(jobs.size(), 6u);
  for (const std::string& job : jobs) {
    const auto file = read_job_text(job, "jobs.md", fleet, job.find("tenant:") == std::string::npos ? alone : tree);
    EXPECT_TRUE(file) << file.error().message;
  }
}

// The example of the design, as it stands there.
TEST(Example, ItsFleetTenantsAndJobAreAccepted) {
  const auto spec = read_fleet_text(R"(
fleet: example
sites:
- name: naver-sejong
  engine: {kind: simulated}            # simulated | local | slurm
  pools:
  - name: h200
    gpu: {model: H200, memory: 141Gi, per_node: 8}
    node: {cpus: 192, memory: 2048Gi}
    topology: {blocks: 3, racks_per_block: 17, nodes_per_rack: 5}
    owners: {nipa: 1532, naver: 508}
    reclaim_within: 10m
    default_time_limit: 24h
)",
                                    "fleet.yaml");
  ASSERT_TRUE(spec) << spec.error().message;
  const Fleet fleet(*spec);
  const auto tenants = read_tenants_text(R"(
tenants:
- {name: naver}
- name: nipa
  children:
  - {name: sovereign-fm, weight: 3, guarantee: {naver-sejong/h200: 1024}}
  - name: large-2026
    children: [{name: robot-arm, guarantee: {naver-sejong/h200: 256}, limit: {naver-sejong/h200: 256}}]
)",
                                         "tenants.yaml", fleet);
  ASSERT_TRUE(tenants) << tenants.error().message;
  const auto job = read_job_text(R"(
name: pretrain
tenant: nipa/sovereign-fm
tasks: 32                      # or {min: 24, max: 32}
per_task: {gpus: 8, cpus: 96, memory: 900Gi}
pools: [naver-sejong/h200]
within: block
time_limit: 72h
checkpoint: {every: 30m, signal: USR1, grace: 120s}
script: |
  #!/bin/bash
  python3 train.py --rank $RANK --world $WORLD_SIZE
)",
                                 "job.yaml", fleet, make_tenants(*tenants, fleet));
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->tenant, "nipa/sovereign-fm");
}

TEST(JobArray, TellsItsJobsHowLargeItIs) {
  const auto told = [](std::string_view array) {
    std::string text;
    for (const Variable& variable : array_variables(parse_array(array).value())) {
      text += variable.name.substr(17) + '=' + variable.value + ' ';
    }
    return text;
  };
  EXPECT_EQ(told("1-9:2"), "COUNT=5 MIN=1 MAX=9 STEP=2 ");
  EXPECT_EQ(told("0,2,7"), "COUNT=3 MIN=0 MAX=7 STEP=1 ");
  EXPECT_EQ(told("4"), "COUNT=1 MIN=4 MAX=4 STEP=1 ");
}

}  // namespace
}  // namespace dure::spec
