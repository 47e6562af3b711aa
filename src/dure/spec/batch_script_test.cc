#include "dure/spec/batch_script.h"

#include <gtest/gtest.h>

#include <string>

#include "dure/spec/fleet_reader.h"
#include "dure/spec/job_reader.h"
#include "dure/spec/json_value.h"
#include "dure/spec/tenants_reader.h"

namespace dure::spec {
namespace {

const Submission here{.directory = "/data/here",
                      .environment = {{"HOME", "/data/me"}, {"LANG", "C"}, {"SLURM_JOB_ID", "7"}},
                      .arguments = {},
                      .options = {}};

// A script with these directives.
std::string script(const std::string& directives) {
  std::string text = "#!/bin/bash\n";
  for (std::size_t at = 0; at < directives.size();) {
    const std::size_t end = std::min(directives.find('\n', at), directives.size());
    text += "#SBATCH " + directives.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return text + "srun hostname\n";
}

Result<BatchScript> read(const std::string& directives, const Submission& submission = here) {
  return read_batch_script(script(directives), "run.sh", submission);
}

JobDocument document(const std::string& directives, const Submission& submission = here) {
  const auto read_script = read(directives, submission);
  EXPECT_TRUE(read_script) << directives << ": " << (read_script ? "" : read_script.error().message);
  return read_script ? read_script->document : JobDocument{};
}

std::string mistakes(const std::string& directives, const Submission& submission = here) {
  const auto read_script = read(directives, submission);
  return read_script ? "accepted" : read_script.error().message;
}

Submission with_options(std::vector<std::string> options) {
  Submission submission = here;
  submission.options = std::move(options);
  return submission;
}

std::string variable(const JobDocument& job, const std::string& name) {
  for (const Variable& each : job.text.environment) {
    if (each.name == name) return each.value;
  }
  return "(none)";
}

TEST(BatchScript, WithoutDirectivesIsOneTaskWithOneCpuHere) {
  const auto read_script = read("");
  ASSERT_TRUE(read_script) << read_script.error().message;
  const JobDocument& job = read_script->document;
  EXPECT_EQ(job.name, "run.sh");
  EXPECT_EQ(job.tenant, "");
  EXPECT_EQ(job.tasks_max, 1u);
  EXPECT_EQ(job.per_task, (Demand{.cpu_milli = 1000}));
  EXPECT_EQ(job.text.launch, Launch::once);
  EXPECT_EQ(job.text.script, "#!/bin/bash\nsrun hostname\n");
  EXPECT_EQ(job.text.directory, "/data/here");
  EXPECT_EQ(job.text.output, "dure-%j.out");
  EXPECT_EQ(job.text.error, "");
  EXPECT_FALSE(job.time_limit);
  EXPECT_TRUE(job.requeues);
  EXPECT_TRUE(read_script->warnings.empty());
  EXPECT_EQ(job.text.environment,
            (std::vector<Variable>{{"HOME", "/data/me"}, {"LANG", "C"}, {"SLURM_SUBMIT_DIR", "/data/here"}}));
}

TEST(BatchScript, AnOptionIsWrittenInManyWays) {
  for (const char* way :
       {"-J name", "-Jname", "--job-name=name", "--job-name name", "--job-name=\"name\"", "-J 'name'", "-J\"na\"me",
        "-J na\\me", "--job-na=name", "-J name # a comment", "\t-J\tname  ", "-HJname"}) {
    EXPECT_EQ(document(way).name, "name") << way;
  }
  EXPECT_EQ(document("-N2 -c 4").tasks_max, 2u);
  EXPECT_EQ(document("-N 2\n-c4").per_task.cpu_milli, 4000);
  EXPECT_EQ(document("-o 'a b.out'").text.output, "a b.out");
  EXPECT_EQ(document("-o a\\ b.out").text.output, "a b.out");
}

TEST(BatchScript, LinesAfterTheFirstCommandArePassedOver) {
  const auto read_script = read_batch_script(
      "#!/bin/bash\n\n  # a comment\n#SBATCH -J one\n##SBATCH -J two\n#\n #SBATCH -J three\necho\n#SBATCH -J four\n",
      "run.sh", here);
  ASSERT_TRUE(read_script) << read_script.error().message;
  EXPECT_EQ(read_script->document.name, "one");
  EXPECT_EQ(read_script->warnings,
            (std::vector<std::string>{
                "run.sh:7:1: #SBATCH: passed over, as sbatch does: it is indented, or after the first command",
                "run.sh:9:1: #SBATCH: passed over, as sbatch does: it is indented, or after the first command"}));
}

TEST(BatchScript, IsNamedAfterItsFile) {
  const auto name = [](const std::string& file) { return read_batch_script("x", file, here)->document.name; };
  EXPECT_EQ(name("jobs/train.sh"), "train.sh");
  EXPECT_EQ(name("my job.sh"), "my_job.sh");
  EXPECT_EQ(name("학습.sh"), "학습.sh");
  EXPECT_EQ(name(std::string(200, 'x')), std::string(128, 'x'));
  EXPECT_EQ(name(""), "job");
}

struct ShapeCase {
  const char* directives;
  std::uint32_t tasks;
  std::int64_t gpus;
  std::int64_t cpus;
  std::int64_t memory_mib;
  const char* slurm_ntasks = "(none)";
};

TEST(BatchScript, NodesTasksAndAmountsBecomeEqualParts) {
  const ShapeCase cases[] = {
      {"-n 4", 4, 0, 1, 0, "4"},
      {"-n 4 -c 8", 4, 0, 8, 0, "4"},
      {"-N 2", 2, 0, 1, 0},
      {"-N 2 -n 8", 2, 0, 4, 0, "8"},
      {"-N 2 -n 8 -c 3", 2, 0, 12, 0, "8"},
      {"-N 2 --ntasks-per-node=4", 2, 0, 4, 0, "8"},
      {"-N 2 --ntasks-per-node=4 -n 8", 2, 0, 4, 0, "8"},
      {"-N 2 --ntasks-per-node=8 -n 8", 2, 0, 4, 0, "8"},
      {"-N 4 -n 2", 2, 0, 1, 0, "2"},
      {"--ntasks-per-node=4", 1, 0, 4, 0, "4"},
      {"-n 8 --ntasks-per-node=4", 2, 0, 4, 0, "8"},
      {"-n 3 --ntasks-per-node=4", 1, 0, 3, 0, "3"},
      // GPUs
      {"-G 4", 1, 4, 1, 0},
      {"--gpus=h200:4", 1, 4, 1, 0},
      {"-n 4 -G 4", 4, 1, 1, 0, "4"},
      {"-n 8 -G 4", 1, 4, 8, 0, "8"},
      {"-N 2 -G 16", 2, 8, 1, 0},
      {"--gres=gpu", 1, 1, 1, 0},
      {"--gres=gpu:2", 1, 2, 1, 0},
      {"--gres=gpu:h200:8", 1, 8, 1, 0},
      {"--gres=gpu:h200", 1, 1, 1, 0},
      {"--gres=none", 1, 0, 1, 0},
      {"-N 2 --gres=gpu:8", 2, 8, 1, 0},
      {"-n 4 --gres=gpu:4", 1, 4, 4, 0, "4"},
      {"-N 2 --gpus-per-node=8 --ntasks-per-node=8 -c 12", 2, 8, 96, 0, "16"},
      {"-n 4 --gpus-per-task=1", 4, 1, 1, 0, "4"},
      {"-N 2 -n 16 --gpus-per-task=1", 2, 8, 8, 0, "16"},
      {"-G 16 --gpus-per-task=2", 8, 2, 1, 0, "8"},
      {"-N 2 -G 16 --gpus-per-node=8 --gpus-per-task=1 -n 16", 2, 8, 8, 0, "16"},
      {"--gres=gpu:4 --cpus-per-gpu=12", 1, 4, 48, 0},
      {"-n 2 --gpus-per-task=2 --cpus-per-gpu=8", 2, 2, 16, 0, "2"},
      // Memory
      {"--mem=1000", 1, 0, 1, 1000},
      {"--mem=64G", 1, 0, 1, 65536},
      {"--mem=64g -N 2", 2, 0, 1, 65536},
      {"--mem=1T", 1, 0, 1, 1024 * 1024},
      {"--mem=1025K", 1, 0, 1, 2},
      {"--mem-per-cpu=2G -c 8", 1, 0, 8, 16384},
      {"--mem-per-cpu=2G -n 8", 8, 0, 1, 2048, "8"},
      {"--mem-per-gpu=100G --gpus-per-node=4", 1, 4, 1, 409600},
      {"-n 16 --mem=64G", 1, 0, 16, 65536, "16"},
  };
  for (const ShapeCase& each : cases) {
    const JobDocument job = document(each.directives);
    EXPECT_EQ(job.tasks_min, each.tasks) << each.directives;
    EXPECT_EQ(job.tasks_max, each.tasks) << each.directives;
    EXPECT_EQ(job.per_task.gpu_milli, each.gpus * 1000) << each.directives;
    EXPECT_EQ(job.per_task.cpu_milli, each.cpus * 1000) << each.directives;
    EXPECT_EQ(job.per_task.memory_mib, each.memory_mib) << each.directives;
    EXPECT_EQ(variable(job, "SLURM_NTASKS"), each.slurm_ntasks) << each.directives;
  }
}

TEST(BatchScript, ARangeOfNodesIsElastic) {
  const JobDocument job = document("-N 2-4 --gpus-per-node=8 --ntasks-per-node=8");
  EXPECT_EQ(job.tasks_min, 2u);
  EXPECT_EQ(job.tasks_max, 4u);
  EXPECT_EQ(job.per_task.gpu_milli, 8000);
  EXPECT_EQ(variable(job, "SLURM_NTASKS"), "(none)");
  EXPECT_EQ(variable(job, "SLURM_NTASKS_PER_NODE"), "8");
}

TEST(BatchScript, AGpuModelIsKept) {
  EXPECT_EQ(document("--gres=gpu:h200:8").gpu_model, "h200");
  EXPECT_EQ(document("-G a100:8").gpu_model, "a100");
  EXPECT_EQ(document("--gpus-per-task=b200:1 -n 2 --gpus=b200:2").gpu_model, "b200");
  EXPECT_EQ(document("-G 8").gpu_model, "");
}

struct MistakeCase {
  const char* directives;
  const char* message;  // after `run.sh:2:9: `
};

TEST(BatchScript, AmountsThatMakeNoEqualPartsAreMistakes) {
  const MistakeCase cases[] = {
      {"-N 2 -n 5", "-N: found 2 nodes for 5 tasks; write numbers that divide evenly: Dure gives every node the same"},
      {"-N 2-4 -n 8",
       "-N: found 2 to 4 nodes for 8 tasks; write one number of nodes, or --ntasks-per-node in place of -n"},
      {"--ntasks-per-node=3 -n 7",
       "--ntasks-per-node: found 3 for 7 tasks; write numbers that divide evenly: Dure gives every node the same"},
      {"--ntasks-per-node=2 -n 8 -N 2", "--ntasks-per-node: found 2, and 8 tasks on 2 nodes; write 4, or more nodes"},
      {"-G 3 -N 2", "-G: found 3 GPUs on 2 nodes; write numbers that divide evenly: Dure gives every node the same"},
      {"-G 8 -N 2-4", "-G: found 8 GPUs on 2 to 4 nodes; write --gpus-per-node in its place"},
      {"-G 5 --gpus-per-task=2", "-G: found 5 GPUs, in tasks of 2; write a multiple, or -n"},
      {"-G 8 --gpus-per-node=4", "-G: found 8 GPUs a node, and 4 by --gpus-per-node; keep one of them"},
      {"--gpus-per-node=128", "--gpus-per-node: found 128 GPUs on one node; write with -N on how many nodes they are"},
      {"-G a100:2 --gpus-per-node=h200:2",
       "--gpus-per-node: found the GPU model h200, and a100 before; ask for one model"},
      {"--cpus-per-gpu=4", "--cpus-per-gpu: found no GPUs; ask for some, or write -c"},
      {"--mem-per-gpu=4G", "--mem-per-gpu: found no GPUs; ask for some, or write --mem or --mem-per-cpu"},
      {"-n 70000 --mem=4G", "-n: found 70000 CPUs on one node; write with -N on how many nodes they are"},
      {"-c 4 --mem-per-cpu=1048575T", "--mem-per-cpu: found more than an exbibyte on one node; write less"},
  };
  for (const MistakeCase& each : cases) {
    const std::string message = mistakes(each.directives);
    EXPECT_TRUE(message.ends_with(std::string(": ") + each.message)) << each.directives << ": " << message;
  }
}

TEST(BatchScript, TimeHasSixForms) {
  const std::pair<const char*, Duration> cases[] = {
      {"30", minutes(30)},
      {"30:15", minutes(30) + seconds(15)},
      {"2:30:15", hours(2) + minutes(30) + seconds(15)},
      {"1-12", hours(36)},
      {"1-12:30", hours(36) + minutes(30)},
      {"1-12:30:15", hours(36) + minutes(30) + seconds(15)},
      {"0:10", seconds(10)},
      {"90:00:00", hours(90)},
      {"0-1", hours(1)},
      {"00:00:01", seconds(1)},
  };
  for (const auto& [text, duration] : cases) {
    EXPECT_EQ(document(std::string("-t ") + text).time_limit, duration) << text;
    EXPECT_EQ(document(std::string("--time=") + text).time_limit, duration) << text;
  }
  for (const char* text :
       {"0", "INFINITE", "UNLIMITED", "-1", "1:2:3:4", "1-2-3", "1-", "-5", "1h", "1.5", "0:0", "36526-0"}) {
    EXPECT_NE(mistakes(std::string("--time=") + text), "accepted") << text;
  }
}

TEST(BatchScript, OwnerOrderAndPriority) {
  EXPECT_EQ(document("-A nipa/fm").tenant, "nipa/fm");
  EXPECT_EQ(document("-p sejong/h200,sejong/b200").pools, (std::vector<std::string>{"sejong/h200", "sejong/b200"}));
  EXPECT_EQ(document("--nice").priority, -100);
  EXPECT_EQ(document("--nice=5 --priority=20").priority, 15);
  EXPECT_EQ(document("--nice=-5").priority, 5);
  EXPECT_TRUE(document("-H").is_held);
  EXPECT_TRUE(document("--hold").is_held);
  EXPECT_FALSE(document("--no-requeue").requeues);
  EXPECT_TRUE(document("--no-requeue --requeue").requeues);
  EXPECT_EQ(document("-a 0-9,12").array, "0-9,12");
  EXPECT_EQ(document("--array=0-9").text.output, "dure-%A_%a.out");
}

TEST(BatchScript, WaitsForOtherJobs) {
  const JobDocument job = document("-d afterok:1:2,afterany:3,afternotok:4,singleton");
  EXPECT_EQ(job.after,
            (std::vector<Dependency>{
                {After::ok, JobId{1}}, {After::ok, JobId{2}}, {After::any, JobId{3}}, {After::not_ok, JobId{4}}}));
  EXPECT_TRUE(job.is_singleton);
  EXPECT_EQ(document("-d afterok:7:7").after.size(), 1u);
  EXPECT_FALSE(document("-d afterok:7").is_singleton);
  for (const char* text : {"afterok:1?afterok:2", "after:1", "aftercorr:1", "afterok", "afterok:", "afterok:1_2", "5",
                           "afterok:1,afterany:1", "afterok:1,afterok:2,afterany:1", "afterok:x", "expand:1", ","}) {
    EXPECT_NE(mistakes(std::string("--dependency=") + text), "accepted") << text;
  }
}

TEST(BatchScript, FilesAreWhereSbatchPutsThem) {
  const JobText text = document("-o logs/%x-%j.out -e err-%t --open-mode=append -D sub").text;
  EXPECT_EQ(text.output, "logs/%x-%j.out");
  EXPECT_EQ(text.error, "err-%t");
  EXPECT_TRUE(text.appends);
  EXPECT_EQ(text.directory, "/data/here/sub");
  EXPECT_EQ(document("--chdir=/scratch").text.directory, "/scratch");
  EXPECT_FALSE(document("--open-mode=append\n--open-mode=truncate").text.appends);
}

TEST(BatchScript, ASignalComesBeforeTheEnd) {
  const auto early = [](const char* text) { return *document(std::string("--signal=") + text).text.early_signal; };
  EXPECT_EQ(early("USR1").signal, "USR1");
  EXPECT_EQ(early("USR1").before, seconds(60));
  EXPECT_FALSE(early("USR1").script_alone);
  EXPECT_EQ(early("B:SIGTERM@120").signal, "TERM");
  EXPECT_EQ(early("B:SIGTERM@120").before, seconds(120));
  EXPECT_TRUE(early("B:SIGTERM@120").script_alone);
  EXPECT_EQ(early("10@5").signal, "USR1");
  for (const char* text : {"KILL", "R:USR1", "USR1@", "USR1@0", "USR1@65536", "USR1@x", "@5", "USR1:5"}) {
    EXPECT_NE(mistakes(std::string("--signal=") + text), "accepted") << text;
  }
}

TEST(BatchScript, TheEnvironmentIsExportedAsAsked) {
  EXPECT_EQ(variable(document("--export=ALL"), "LANG"), "C");
  EXPECT_EQ(variable(document("--export=NONE"), "LANG"), "(none)");
  EXPECT_EQ(variable(document("--export=NIL"), "LANG"), "(none)");
  const JobDocument some = document("--export=HOME,A=1,B='x,y',C=");
  EXPECT_EQ(variable(some, "HOME"), "/data/me");
  EXPECT_EQ(variable(some, "LANG"), "(none)");
  EXPECT_EQ(variable(some, "A"), "1");
  EXPECT_EQ(variable(some, "C"), "");
  const JobDocument all = document("--export=ALL,LANG=ko_KR.UTF-8");
  EXPECT_EQ(variable(all, "LANG"), "ko_KR.UTF-8");
  EXPECT_EQ(variable(all, "HOME"), "/data/me");
  EXPECT_EQ(variable(all, "SLURM_JOB_ID"), "(none)");
  for (const char* text : {"A B", "1A=x", "NONE,A", "=x"}) {
    EXPECT_NE(mistakes(std::string("--export='") + text + "'"), "accepted") << text;
  }
  EXPECT_EQ(read("--export=NOWHERE")->warnings,
            std::vector<std::string>{"run.sh:2:9: --export: there is no variable NOWHERE, which is left out"});
}

TEST(BatchScript, VariablesThatCannotGoAlongAreNamed) {
  Submission odd = here;
  odd.environment = {{"OK", "1"}, {"A.B", "1"}, {"BAD", "\xff"}, {"BASH_FUNC_module%%", "() { :; }"}};
  const auto read_script = read("", odd);
  ASSERT_TRUE(read_script);
  EXPECT_EQ(variable(read_script->document, "BASH_FUNC_module%%"), "() { :; }");
  EXPECT_EQ(variable(read_script->document, "BAD"), "(none)");
  EXPECT_EQ(
      read_script->warnings,
      std::vector<std::string>{"command line: environment: left out 'A.B', 'BAD': a name must be letters, digits and "
                               "'_', a value UTF-8 of at most 131071 bytes"});
}

TEST(BatchScript, ToldWhatItAskedFor) {
  const JobDocument job = document("-n 4 -c 8 --gpus-per-task=1 --mem-per-cpu=2G");
  EXPECT_EQ(variable(job, "SLURM_NPROCS"), "4");
  EXPECT_EQ(variable(job, "SLURM_CPUS_PER_TASK"), "8");
  EXPECT_EQ(variable(job, "SLURM_GPUS_PER_TASK"), "1");
  EXPECT_EQ(variable(job, "SLURM_MEM_PER_CPU"), "2048");
  EXPECT_EQ(variable(job, "SLURM_SUBMIT_DIR"), "/data/here");
}

TEST(BatchScript, TheCommandLineOverridesTheScript) {
  const std::string directives = "-J one -N 2 --mem=4G -c 4";
  const JobDocument job =
      document(directives, with_options({"--job-name=two", "-N", "4", "--mem-per-cpu=1G", "--hold"}));
  EXPECT_EQ(job.name, "two");
  EXPECT_EQ(job.tasks_max, 4u);
  EXPECT_EQ(job.per_task.memory_mib, 4096);
  EXPECT_TRUE(job.is_held);
  EXPECT_EQ(mistakes("--mem=4G\n--mem-per-cpu=1G"), "run.sh:3:9: --mem-per-cpu: found --mem too; keep one of them");
  EXPECT_EQ(mistakes("", with_options({"--mem=4X", "two words"})),
            "command line: --mem: found '4X'; write megabytes, or a number with K, M, G or T such as 64G\n"
            "command line: found 'two words'; write an option, such as --nodes=2");
}

TEST(BatchScript, SomeDirectivesAreLeftOutWithAWarning) {
  const auto read_script = read("--mail-type=END --mail-user=a@b.c\n--comment='a b' -Q -v");
  ASSERT_TRUE(read_script) << read_script.error().message;
  EXPECT_EQ(read_script->warnings, (std::vector<std::string>{"run.sh:2:9: --mail-type: left out: no mail is sent",
                                                             "run.sh:2:25: --mail-user: left out: no mail is sent",
                                                             "run.sh:3:9: --comment: left out: nothing is done with it",
                                                             "run.sh:3:25: -Q: left out: it is for sbatch itself",
                                                             "run.sh:3:28: -v: left out: it is for sbatch itself"}));
}

TEST(BatchScript, SomeDirectivesHoldAnyway) {
  for (const char* directive : {"-q normal", "--qos=normal", "-s", "--oversubscribe", "-i /dev/null", "--ignore-pbs"}) {
    const auto read_script = read(directive);
    ASSERT_TRUE(read_script) << directive << ": " << read_script.error().message;
    EXPECT_TRUE(read_script->warnings.empty()) << directive;
  }
}

TEST(BatchScript, WarnsWhereNodesAreFewerThanInSlurm) {
  EXPECT_EQ(
      read("-n 4 --mem=4G")->warnings,
      std::vector<std::string>{
          "run.sh:2:14: --mem: all 4 tasks will lie on one node, for which this is counted; add -N to spread them"});
  EXPECT_EQ(read("-N 2")->warnings,
            std::vector<std::string>{"run.sh:2:9: -N: two of these may lie on one node, where it has room for both"});
  EXPECT_EQ(read("-N 4 -n 2")->warnings.front(), "run.sh:2:9: -N: found 4 nodes for 2 tasks; there will be 2");
}

TEST(BatchScript, WhatIsNoTextIsRefused) {
  using namespace std::string_literals;
  const auto message = [](const std::string& text) { return read_batch_script(text, "run.sh", here).error().message; };
  EXPECT_EQ(message(" \n"), "run.sh: found no commands; write some");
  EXPECT_EQ(message("#!/bin/sh\r\necho\r\n"),
            "run.sh: found the line ends of Windows; convert the script, as with dos2unix");
  EXPECT_EQ(message("echo \0"s), "run.sh: found a NUL character; submit a text file");
  EXPECT_EQ(message("echo \xb0\xa1"),
            "run.sh: found text that is not UTF-8; convert the script, as with iconv -t UTF-8");
  Submission odd = here;
  odd.arguments = {"\xb0\xa1"};
  EXPECT_EQ(mistakes("", odd), "command line: found '\\?\\?', which is not UTF-8; rename or rewrite it in UTF-8");
}

// What a client makes of a script is what a server accepts.
TEST(BatchScript, ItsDocumentIsAccepted) {
  const Fleet fleet(*read_fleet_text(R"(
sites:
- name: sejong
  pools:
  - {name: h200, gpu: {model: H200, per_node: 8}, node: {cpus: 192, memory: 2048Gi}, nodes: 80}
)",
                                     "fleet"));
  const Tenants tenants = make_tenants(*read_tenants_text("tenants: [{name: fm}]", "t", fleet), fleet);
  Submission submission = here;
  submission.arguments = {"--fast", "a b"};
  const auto read_script = read(
      "-J train -A fm -p sejong/h200 -N 4 --gres=gpu:h200:8 --ntasks-per-node=8 -c 12 --mem=900G -t 3-00:00:00\n"
      "--array=0-3 --dependency=afterok:12,singleton --no-requeue -o %x-%A_%a.out --signal=B:USR1@300 --nice=10",
      submission);
  ASSERT_TRUE(read_script) << read_script.error().message;
  const auto file = read_json_text(to_json(read_script->document), "request",
                                   [&](const Node& node) { return read_job_node(node, fleet, tenants); });
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->job.shape, (Shape{.tasks_min = 4,
                                    .tasks_max = 4,
                                    .per_task = {.gpu_milli = 8000, .cpu_milli = 96'000, .memory_mib = 900 * 1024},
                                    .pools = {PoolId{0}}}));
  EXPECT_EQ(file->job.time_limit, hours(72));
  EXPECT_EQ(file->array.size(), 4u);
  EXPECT_EQ(file->text.arguments, submission.arguments);
  EXPECT_EQ(file->text.script, read_script->document.text.script);
  EXPECT_EQ(file->text.environment, read_script->document.text.environment);
}

}  // namespace
}  // namespace dure::spec
