// Jobs on a real cluster: slurmctld and four slurmd on this machine. docs/design/0028-slurm.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "events.h"
#include "server_process.h"
#include "slurm_lab.h"

namespace dure::e2e {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

bool until(const std::function<bool()>& is_so, int seconds = 30) {
  const auto deadline = in_seconds(seconds);
  while (!is_so()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return true;
}

enum class Way { commands, rest };

class Cluster {
 protected:
  void open(Way way, const std::vector<std::string>& more = {}) {
    std::vector<std::string> options{"--nodes", "4", "--gpus", "2"};
    options.insert(options.end(), more.begin(), more.end());
    if (way == Way::rest) options.emplace_back("--rest");
    lab_.emplace(folder_.path() / "lab", options);
    if (!lab_->why_not().empty()) GTEST_SKIP() << lab_->why_not();
    std::ofstream(folder_.path() / "dure.yaml") << fmt::format(
        "trust_jobs: true\n"
        "slurm:\n- {{site: hall, folder: shared, {}}}\n"
        "fleet:\n  fleet: test\n  sites:\n  - name: hall\n    engine: {{kind: slurm}}\n    pools:\n"
        "    - {{name: gpu, gpu: {{model: emulated, per_node: 2}}, node: {{cpus: 16, memory: 60Gi}}, hosts: "
        "\"n[1-4]\"}}\n"
        "tenants:\n- {{name: a, guarantee: {{hall/gpu: 4}}}}\n- {{name: b}}\n",
        (way == Way::rest ? "rest: {socket: lab/rest.sock}, config: " : "config: ") + lab_->config());
    server_.emplace(folder_.path() / "data",
                    std::vector<std::string>{"--config", (folder_.path() / "dure.yaml").string()});
    ASSERT_EQ(server_->start(), "");
    cli_.emplace(*server_, folder_.path());
  }

  std::uint64_t submit(const std::string& body) {
    http::Client client = server_->client();
    return post(client, "/v1/jobs", body, 201).at("jobs").at(0).at("id").to_number<std::uint64_t>();
  }
  // With the tenant b, a minute, and tasks of one GPU.
  std::uint64_t submit_tasks(int tasks, const std::string& script, const std::string& more = "") {
    const json::value text(script);
    return submit(fmt::format(R"({{"name":"test","tenant":"b","tasks":{},"per_task":{{"gpus":1,"memory":"100Mi"}},)"
                              R"("time_limit":"1m","script":{}{}}})",
                              tasks, json::serialize(text), more));
  }
  json::value show(std::uint64_t job) {
    http::Client client = server_->client();
    return get(client, fmt::format("/v1/jobs/{}", job));
  }
  std::string field(std::uint64_t job, const char* key) {
    const json::value shown = show(job);
    const json::value* value = shown.as_object().if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
  }
  std::string log(std::uint64_t job, int task = 0) {
    return cli_->run({"logs", std::to_string(job), "--task", std::to_string(task)}).output;
  }
  // Rows of squeue that are not over.
  std::string queue() { return lab_->slurm({"squeue", "-h", "-o", "%i %T %N"}).output; }
  bool has_ended(std::uint64_t job, int seconds = 60) { return wait_until_ended(*server_, job, in_seconds(seconds)); }
  bool has_started(std::uint64_t job) { return wait_until_started(*server_, job); }

  TempFolder folder_;
  std::optional<SlurmLab> lab_;
  std::optional<ServerProcess> server_;
  std::optional<Cli> cli_;
};

class Slurm : public Cluster, public testing::Test {
 protected:
  void SetUp() override { open(Way::commands); }
};

// What both ways to Slurm must do alike.
class SlurmBothWays : public Cluster, public testing::TestWithParam<Way> {
 protected:
  void SetUp() override { open(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(By, SlurmBothWays, testing::Values(Way::commands, Way::rest),
                         [](const auto& way) { return way.param == Way::rest ? "slurmrestd" : "commands"; });

TEST_P(SlurmBothWays, JobsStartEndAndAreRead) {
  const std::uint64_t good = submit_tasks(1, "echo hello; echo $DURE_JOB_ID $DURE_RESTART $CUDA_VISIBLE_DEVICES");
  const std::uint64_t bad = submit_tasks(1, "echo dying >&2; exit 7");
  ASSERT_TRUE(has_ended(good) && has_ended(bad));
  EXPECT_EQ(field(good, "outcome"), "completed");
  EXPECT_EQ(log(good).substr(0, 6 + 4), fmt::format("hello\n{} 0 ", good));
  EXPECT_EQ(field(bad, "outcome"), "failed");
  EXPECT_EQ(show(bad).at("exit_code").to_number<int>(), 7);
  EXPECT_EQ(log(bad), "dying\n");
  EXPECT_TRUE(until([&] { return fs::is_empty(folder_.path() / "shared/attempts"); })) << "what is over is swept";
}

TEST_P(SlurmBothWays, AGangHasItsRanksOnExactlyItsNodesAlsoWhereTheyLieUnevenly) {
  const std::uint64_t even =
      submit_tasks(4, "echo $RANK/$WORLD_SIZE $SLURMD_NODENAME $LOCAL_RANK $CUDA_VISIBLE_DEVICES");
  const std::uint64_t uneven =
      submit_tasks(3, "echo $RANK/$WORLD_SIZE $SLURMD_NODENAME $LOCAL_RANK/$LOCAL_WORLD_SIZE $MASTER_PORT");
  for (const auto& [job, tasks] : {std::pair{even, 4}, std::pair{uneven, 3}}) {
    ASSERT_TRUE(has_ended(job));
    EXPECT_EQ(field(job, "outcome"), "completed") << field(job, "reason");
    std::set<std::string> lines;
    for (int task = 0; task < tasks; ++task) {
      const std::string line = log(job, task);
      EXPECT_TRUE(line.starts_with(fmt::format("{}/{} n", task, tasks))) << line;
      lines.insert(line.substr(line.find(' ')));
    }
    EXPECT_EQ(lines.size(), static_cast<std::size_t>(tasks)) << "each has a device or a rank of its own";
  }
}

TEST_P(SlurmBothWays, CancellingEndsWhatRunsAndWhatWaits) {
  const std::uint64_t runs = submit_tasks(8, "sleep 50");
  ASSERT_TRUE(has_started(runs));
  const std::uint64_t waits = submit_tasks(1, "echo never");
  EXPECT_EQ(cli_->run({"cancel", std::to_string(waits)}).code, 0);
  EXPECT_EQ(cli_->run({"cancel", std::to_string(runs)}).code, 0);
  ASSERT_TRUE(has_ended(runs) && has_ended(waits));
  EXPECT_EQ(field(runs, "outcome"), "cancelled");
  EXPECT_EQ(field(waits, "outcome"), "cancelled");
  EXPECT_TRUE(until([&] { return queue().empty(); })) << queue();
}

TEST_F(Slurm, WhoIsOverTheTimeLimitIsEnded) {
  const std::uint64_t job = submit(
      R"({"name":"test","tenant":"b","per_task":{"gpus":1,"memory":"100Mi"},"time_limit":"2s","script":"sleep 50"})");
  ASSERT_TRUE(has_ended(job));
  EXPECT_EQ(field(job, "outcome"), "timed_out") << field(job, "reason");
}

TEST_F(Slurm, AJobCancelledInSlurmIsCancelled) {
  const std::uint64_t job = submit_tasks(1, "sleep 50");
  ASSERT_TRUE(has_started(job));
  const std::string row = queue();
  EXPECT_EQ(lab_->slurm({"scancel", row.substr(0, row.find(' '))}).code, 0);
  ASSERT_TRUE(has_ended(job));
  EXPECT_EQ(field(job, "outcome"), "cancelled");
  EXPECT_NE(field(job, "reason").find("CANCELLED"), std::string::npos) << field(job, "reason");
}

TEST_P(SlurmBothWays, ARestartLosesNothingAndDoublesNothing) {
  const std::string script = fmt::format(
      "echo begin >>{0}/runs.$DURE_JOB_ID; sleep $1; echo end >>{0}/runs.$DURE_JOB_ID", folder_.path().string());
  const std::uint64_t ends_meanwhile = submit_tasks(2, script, R"(,"arguments":["3"],"launch":"once")");
  const std::uint64_t goes_on = submit_tasks(2, script, R"(,"arguments":["12"],"launch":"once")");
  ASSERT_TRUE(has_started(ends_meanwhile) && has_started(goes_on));
  std::vector<std::uint64_t> fresh;
  for (int i = 0; i < 3; ++i) fresh.push_back(submit_tasks(1, script, R"(,"arguments":["0"])"));
  server_->kill();
  std::this_thread::sleep_for(std::chrono::seconds(5));
  ASSERT_EQ(server_->start(), "");
  fresh.push_back(ends_meanwhile);
  fresh.push_back(goes_on);
  for (const std::uint64_t job : fresh) {
    ASSERT_TRUE(has_ended(job)) << job;
    EXPECT_EQ(field(job, "outcome"), "completed") << field(job, "reason");
    std::ifstream runs(folder_.path() / fmt::format("runs.{}", job));
    const std::string text((std::istreambuf_iterator<char>(runs)), {});
    EXPECT_EQ(text, "begin\nend\n") << job;
  }
}

TEST_F(Slurm, ASecondSubmissionOfAnAttemptRunsNothing) {
  const std::string runs = (folder_.path() / "runs").string();
  const std::uint64_t job = submit_tasks(1, fmt::format("echo begin >>{}; sleep 4", runs));
  ASSERT_TRUE(has_started(job));
  ASSERT_TRUE(until([&] { return fs::exists(runs); }));
  for (const fs::directory_entry& attempt : fs::directory_iterator(folder_.path() / "shared/attempts")) {
    const std::string script = (attempt.path() / "batch.sh").string();
    EXPECT_EQ(lab_->slurm({"sbatch", "--wait", "-p", "dure", "--mem=100", "-o", "/dev/null", script}).code, 0);
  }
  ASSERT_TRUE(has_ended(job));
  EXPECT_EQ(field(job, "outcome"), "completed");
  std::ifstream file(runs);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "begin\n");
}

TEST_F(Slurm, NothingIsPlannedWhereOthersRunOrNodesAreDrained) {
  ASSERT_EQ(lab_->slurm({"sbatch", "-p", "main", "-w", "n1,n2", "-N2", "--mem=100", "-o", "/dev/null", "--wrap",
                         "srun sleep 60"})
                .code,
            0);
  ASSERT_EQ(lab_->slurm({"scontrol", "update", "nodename=n3", "state=drain", "reason=fans"}).code, 0);
  const auto reasons = [&] { return cli_->run({"fleet", "--nodes"}).output; };
  ASSERT_TRUE(until([&] {
    const std::string text = reasons();
    return text.find("fans") != std::string::npos && text.find("runs there") != std::string::npos;
  })) << reasons();
  const std::uint64_t fits = submit_tasks(2, "sleep 1");
  const std::uint64_t waits = submit_tasks(2, "true");
  ASSERT_TRUE(has_ended(fits));
  EXPECT_EQ(field(fits, "where"), "n4");
  ASSERT_TRUE(has_ended(waits));
  EXPECT_EQ(field(waits, "where"), "n4");
  ASSERT_EQ(lab_->slurm({"scontrol", "update", "nodename=n3", "state=resume"}).code, 0);
  EXPECT_TRUE(until([&] { return reasons().find("fans") == std::string::npos; })) << reasons();
}

TEST_F(Slurm, WhatAnOperatorDrainsHereIsDrainedInSlurm) {
  ASSERT_EQ(cli_->run({"drain", "n2", "--reason", "new memory"}).code, 0);
  const auto said = [&] { return lab_->slurm({"sinfo", "-h", "-R", "-o", "%E %N"}).output; };
  EXPECT_TRUE(until([&] { return said().find("dure: new memory n2") != std::string::npos; })) << said();
  ASSERT_EQ(cli_->run({"resume", "n2"}).code, 0);
  EXPECT_TRUE(until([&] { return said().empty(); })) << said();
}

TEST_F(Slurm, ANodeTakenFromUnderAJobLeadsToAnotherPlan) {
  // Between two looks at the nodes, others take one: what was sent there waits in Slurm, and comes back.
  ASSERT_EQ(
      lab_->slurm({"sbatch", "-p", "main", "-w", "n1", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 100"}).code,
      0);
  const std::uint64_t job = submit_tasks(2, "true");
  ASSERT_TRUE(has_ended(job, 90));
  EXPECT_EQ(field(job, "outcome"), "completed");
}

TEST_P(SlurmBothWays, WhatRunsOutlivesAControllerThatIsAway) {
  const std::uint64_t job = submit_tasks(2, "sleep 8; echo done");
  ASSERT_TRUE(has_started(job));
  lab_->act("kill", "slurmctld");
  const std::uint64_t later = submit_tasks(1, "echo later");
  std::this_thread::sleep_for(std::chrono::seconds(4));
  lab_->act("revive", "slurmctld");
  ASSERT_TRUE(has_ended(job) && has_ended(later, 90));
  EXPECT_EQ(field(job, "outcome"), "completed") << field(job, "reason");
  EXPECT_EQ(log(job), "done\n");
  EXPECT_EQ(field(later, "outcome"), "completed") << field(later, "reason");
}

TEST_P(SlurmBothWays, AnEvictedJobSavesItsWorkAndGoesOn) {
  const std::string script =
      "trap 'echo saved >>$DURE_CHECKPOINT_DIR/n; exit 0' USR1\n"
      "echo restart $DURE_RESTART\n[ $DURE_RESTART -gt 0 ] && exit 0\n"
      "i=0; while [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done";
  const std::uint64_t job =
      submit_tasks(8, script, R"(,"checkpoint":{"every":"1m","signal":"USR1","grace":"10s"},"launch":"once")");
  ASSERT_TRUE(has_started(job));
  const std::uint64_t owed = submit(
      R"({"name":"test","tenant":"a","tasks":2,"per_task":{"gpus":1,"memory":"100Mi"},"time_limit":"1m","script":"true"})");
  ASSERT_TRUE(has_ended(owed));
  ASSERT_TRUE(has_ended(job));
  EXPECT_EQ(field(job, "outcome"), "completed");
  EXPECT_EQ(log(job), "restart 1\n");
  EXPECT_TRUE(fs::exists(folder_.path() / fmt::format("shared/jobs/{}/checkpoint/n", job)));
}

// With slurmdbd, and a controller that forgets at once what has ended.
class SlurmAccounting : public Cluster, public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    open(GetParam(),
         {"--accounting", "slurmdbd", "--extra", "AccountingStoreFlags=job_comment", "--extra", "MinJobAge=2"});
  }

  // Of the job that runs this attempt: `FROM TO SECONDS GPUS`, as sacct has it.
  std::string kept(const std::string& attempt) {
    const std::string text = lab_->slurm({"env", "TZ=UTC0", "sacct", "-nPXD", "-S", "2020-01-01", "-o",
                                          "Start,End,ElapsedRaw,AllocTRES%200,Comment%100,State"})
                                 .output;
    std::string found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.find(':' + attempt + '@') != std::string::npos) found += line + '\n';
    }
    return found;
  }
};
INSTANTIATE_TEST_SUITE_P(By, SlurmAccounting, testing::Values(Way::commands, Way::rest),
                         [](const auto& way) { return way.param == Way::rest ? "slurmrestd" : "commands"; });

TEST_P(SlurmAccounting, HoldWhatIsChargedHereToTheSecond) {
  const std::vector<std::uint64_t> jobs{submit_tasks(1, "sleep 2"), submit_tasks(4, "sleep 1; exit 3"),
                                        submit_tasks(2, "sleep 50")};
  ASSERT_TRUE(has_started(jobs[2]));
  ASSERT_TRUE(has_ended(jobs[0]) && has_ended(jobs[1]));
  EXPECT_EQ(cli_->run({"cancel", std::to_string(jobs[2])}).code, 0);
  ASSERT_TRUE(has_ended(jobs[2]));
  // One ends, and is forgotten, while the server is away.
  const std::uint64_t alone = submit_tasks(2, "sleep 3; exit 5");
  ASSERT_TRUE(has_started(alone));
  server_->kill();
  ASSERT_TRUE(until(
      [&] { return lab_->slurm({"squeue", "--json"}).output.find(fmt::format(":{}.0@", alone)) == std::string::npos; },
      90));
  ASSERT_EQ(server_->start(), "");
  ASSERT_TRUE(has_ended(alone));
  EXPECT_EQ(show(alone).at("exit_code").to_number<int>(), 5);
  std::int64_t gpu_seconds = 0;
  for (const auto& [job, gpus] : {std::pair{jobs[0], 1}, {jobs[1], 4}, {jobs[2], 2}, {alone, 2}}) {
    const std::string charged = fmt::format("{}|{}|", field(job, "started"), field(job, "ended"));
    std::string found;
    ASSERT_TRUE(until([&] { return !(found = kept(fmt::format("{}.0", job))).empty(); }, 10)) << job;
    std::string begin = found.substr(0, 40);
    begin.insert(begin.find('|'), "Z").insert(begin.rfind('|'), "Z");
    EXPECT_EQ(begin.substr(0, charged.size()), charged) << found;
    const std::size_t elapsed = found.find('|', found.find('|') + 1) + 1;
    gpu_seconds += gpus * std::stoll(found.substr(elapsed));
  }
  http::Client client = server_->client();
  const json::value used = get(client, "/v1/usage?tenant=b").at("tenants").at(0).at("pools").at(0);
  EXPECT_NEAR(used.at("hours").to_number<double>() * 3600, static_cast<double>(gpu_seconds), 0.01);
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  return std::string((std::istreambuf_iterator<char>(file)), {});
}

// A fleet of this machine and of clusters, each with one node of a name of its own.
std::string fleet_with(const std::vector<std::string>& clusters) {
  std::string text =
      "fleet:\n  fleet: test\n  sites:\n  - {name: here, engine: {kind: local}, pools: "
      "[{name: gpu, gpu: {model: emulated, per_node: 2}, node: {cpus: 2, memory: 2Gi}, nodes: 1}]}\n";
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    text += fmt::format(
        "  - {{name: {}, engine: {{kind: slurm}}, pools: [{{name: gpu, gpu: {{model: emulated, per_node: 2}}, "
        "node: {{cpus: 16, memory: 60Gi}}, hosts: n{}}}]}}\n",
        clusters[i], i + 1);
  }
  return text;
}

TEST(SlurmTrouble, IsASentenceThatSaysWhatToDoAndTouchesNoOtherSite) {
  const TempFolder folder;
  const SlurmLab lab(folder.path() / "lab",
                     {"--nodes", "3", "--extra", "PartitionName=others Nodes=ALL AllocNodes=elsewhere State=UP",
                      "--extra", "PartitionName=short Nodes=ALL MaxTime=1 State=UP"});
  if (!lab.why_not().empty()) GTEST_SKIP() << lab.why_not();
  const SlurmLab stranger(folder.path() / "stranger", {"--nodes", "1"});
  const SlurmLab old(folder.path() / "old", {"--nodes", "1", "--rest", "--openapi", "v0.0.37"});
  std::string other_key = read_text(lab.config());
  const std::string socket = (lab.folder() / "munge.sock").string();
  other_key.replace(other_key.find(socket), socket.size(), (stranger.folder() / "munge.sock").string());
  std::ofstream(folder.path() / "other-key.conf") << other_key;
  std::string other_plugin = read_text(lab.config());
  other_plugin.replace(other_plugin.find("auth/munge"), 10, "auth/nosuch");
  std::ofstream(folder.path() / "other-plugin.conf") << other_plugin;

  struct Case {
    std::string site;
    std::string how;
    std::string remedy;
  };
  const std::vector<Case> cases{
      // Their nodes are n1 to n3, which there are.
      {"good", fmt::format("config: {}", lab.config()), ""},
      {"denied", fmt::format("config: {}, partition: others", lab.config()), "AllocNodes"},
      {"waits", fmt::format("config: {}, partition: short", lab.config()), "PartitionTimeLimit"},
      {"partition", fmt::format("config: {}, partition: nope", lab.config()), "create the partition"},
      {"key", "config: other-key.conf", "munge key"},
      {"file", "config: nowhere.conf", "slurm.conf"},
      {"socket", "rest: {socket: nowhere.sock}", "slurmrestd"},
      {"plugin", "config: other-plugin.conf", "install the plugin"},
      {"version", "rest: {socket: old/rest.sock}", "must be of Slurm 22.05"}};
  std::string config = "trust_jobs: true\nslurm:\n";
  std::vector<std::string> names;
  for (const Case& c : cases) {
    config += fmt::format("- {{site: {}, folder: shared-{}, {}}}\n", c.site, c.site, c.how);
    names.push_back(c.site);
  }
  std::ofstream(folder.path() / "dure.yaml") << config << "devices: {emulated: 2}\n" << fleet_with(names);
  ServerProcess server(folder.path() / "data", {"--config", (folder.path() / "dure.yaml").string()});
  ASSERT_EQ(server.start(), "");
  const Cli cli(server, folder.path());

  // Those that only show when something is to start there.
  std::map<std::string, std::string> refused;
  for (const char* const site : {"denied", "waits"}) {
    refused[site] = cli.submit({"--gpus", "1", "--time", "5m", "--pool", fmt::format("{}/gpu", site), "--", "true"});
  }
  for (const char* const site : {"here", "good"}) {
    const std::string id = cli.submit({"--gpus", "1", "--pool", fmt::format("{}/gpu", site), "--", "true"});
    EXPECT_EQ(cli.run({"wait", id}).code, 0) << site;
  }
  for (const Case& c : cases) {
    const auto line = [&] {
      const std::string& said = server.process().errors();
      const std::size_t at = said.find(c.site + ": ");
      return at == std::string::npos ? std::string() : said.substr(at, said.find('\n', at) - at);
    };
    if (c.remedy.empty()) {
      EXPECT_EQ(line(), "") << c.site;
    } else {
      EXPECT_TRUE(until([&] { return line().find(c.remedy) != std::string::npos; }, 60)) << c.site << ": " << line();
      fmt::print("{}\n", line());
    }
  }
  for (const auto& [site, job] : refused) {
    const std::string why = cli.run({"why", job}).output;
    EXPECT_NE(why.find("its last start came to nothing: Slurm "), std::string::npos) << site << ": " << why;
    fmt::print("{}: {}\n", site, why);
    EXPECT_EQ(cli.run({"cancel", job}).code, 0);
  }
  EXPECT_EQ(server.stop(), 0);
}

TEST(SlurmSites, OneQueueFillsTwoClustersAndThisMachineAndOneThatIsCutOffStopsNobody) {
  const TempFolder folder;
  const SlurmLab one(folder.path() / "one", {"--nodes", "1", "--prefix", "a"});
  if (!one.why_not().empty()) GTEST_SKIP() << one.why_not();
  const SlurmLab two(folder.path() / "two", {"--nodes", "1", "--prefix", "b"});
  std::string fleet = fleet_with({"one", "two"});
  fleet.replace(fleet.find("hosts: n1"), 9, "hosts: a1");
  fleet.replace(fleet.find("hosts: n2"), 9, "hosts: b1");
  std::ofstream(folder.path() / "dure.yaml")
      << fmt::format(
             "slurm:\n- {{site: one, folder: shared-one, config: {}}}\n"
             "- {{site: two, folder: shared-two, config: {}}}\ndevices: {{emulated: 2}}\n",
             one.config(), two.config())
      << fleet;
  ServerProcess server(folder.path() / "data", {"--config", (folder.path() / "dure.yaml").string()});
  ASSERT_EQ(server.start(), "");
  const Cli cli(server, folder.path());

  // Six devices in three places, and six jobs.
  std::vector<std::string> jobs;
  for (int i = 0; i < 6; ++i) jobs.push_back(cli.submit({"--gpus", "1", "--memory", "100Mi", "--", "sleep", "6"}));
  for (const std::string& job : jobs) EXPECT_TRUE(wait_until_started(server, std::stoull(job))) << job;
  two.act("kill", "slurmctld");
  std::set<std::string> places;
  for (const std::string& job : jobs) {
    const json::value shown = cli.json({"show", job, "--json"});
    places.insert(std::string(shown.at("pool").as_string()));
  }
  EXPECT_EQ(places, (std::set<std::string>{"here/gpu", "one/gpu", "two/gpu"}));
  const std::string later = cli.submit({"--gpus", "1", "--pool", "one/gpu", "--", "true"});
  EXPECT_EQ(cli.run({"wait", later}).code, 0);
  std::this_thread::sleep_for(std::chrono::seconds(4));
  two.act("revive", "slurmctld");
  for (const std::string& job : jobs) EXPECT_EQ(cli.run({"wait", job}).code, 0) << job;
  EXPECT_EQ(server.stop(), 0);
}

}  // namespace
}  // namespace dure::e2e
