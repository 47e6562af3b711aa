// Jobs on a real cluster as the accounts of their owners, and what they can do to each other and to the server.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <thread>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "dure/base/time.h"
#include "events.h"
#include "more_accounts.h"
#include "server_process.h"
#include "slurm_lab.h"

namespace dure::e2e {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const TestAccount ann{.name = "dure-ann", .uid = 50'001};
const TestAccount bob{.name = "dure-bob", .uid = 50'002};
const TestAccount server_account{.name = "dure-server", .uid = 50'003};
constexpr const char* rights = "-all,+chown,+dac_override,+setgid,+setuid";

bool until(const std::function<bool()>& is_so, int seconds = 30) {
  const auto deadline = in_seconds(seconds);
  while (!is_so()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

enum class Way { commands, rest };

class SlurmAccounts : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give jobs the accounts of others";
    ::chmod(folder_.path().c_str(), 0711);
    accounts_.emplace(folder_.path(), std::vector{ann, bob, server_account});
    if (!accounts_->why_not().empty()) GTEST_SKIP() << accounts_->why_not();
    std::vector<std::string> options{"--nodes", "2", "--gpus", "2"};
    if (GetParam() == Way::rest) options.insert(options.end(), {"--rest", "--jwt"});
    lab_.emplace(folder_.path() / "lab", options);
    if (!lab_->why_not().empty()) GTEST_SKIP() << lab_->why_not();
    cli_.emplace(server_, folder_.path());
    cli_->write("secret", "of root\n");
    ::chmod((folder_ / "secret").c_str(), 0600);
    cli_->write("dure.yaml", config());
    if (GetParam() == Way::rest) give_to_server();
    ASSERT_EQ(server_.start(), "");
  }

  // `nobody` has a number that is outside the range.
  std::string config() {
    return fmt::format(
        "slurm:\n- site: hall\n  folder: shared\n  config: {}\n{}  accounts:\n"
        "  - {{tenant: a, account: dure-ann}}\n  - {{tenant: b, account: dure-bob}}\n"
        "  - {{tenant: high, account: nobody}}\n  - {{tenant: absent, account: no-such-account}}\n"
        "fleet:\n  fleet: test\n  sites:\n  - name: hall\n    engine: {{kind: slurm}}\n    pools:\n"
        "    - {{name: gpu, gpu: {{model: emulated, per_node: 2}}, node: {{cpus: 16, memory: 60Gi}}, hosts: "
        "\"n[1-2]\"}}\n"
        "tenants: [{{name: a}}, {{name: b, guarantee: {{hall/gpu: 2}}}}, {{name: high}}, {{name: absent}}, {{name: "
        "unmapped}}]\n",
        lab_->config(), GetParam() == Way::rest ? rest() : "");
  }
  std::string rest() {
    cli_->write("token", lab_->act("token", "root").output);
    std::ifstream ports(lab_->folder() / "ports");
    std::string name;
    std::string port;
    while (ports >> name >> port && name != "slurmrestd-jwt") {
    }
    return fmt::format("  rest: {{url: \"http://127.0.0.1:{}\", token_file: token, user: root}}\n", port);
  }

  // By the commands it must be root; with a token it need not, if it has root's rights over files and accounts.
  static std::vector<std::string> as_server() {
    const std::string bounds = fmt::format("--bounding-set={}", rights);
    if (GetParam() == Way::commands) return {"/usr/bin/setpriv", bounds};
    return {"/usr/bin/setpriv",
            fmt::format("--reuid={}", server_account.uid),
            fmt::format("--regid={}", server_account.uid),
            "--clear-groups",
            fmt::format("--inh-caps={}", rights),
            fmt::format("--ambient-caps={}", rights),
            bounds};
  }
  void give_to_server() {
    for (const char* name : {"data", "shared"}) fs::create_directory(folder_ / name);
    for (const char* name : {"data", "shared", "token"}) {
      const std::string path = (folder_ / name).string();
      ASSERT_EQ(::chown(path.c_str(), server_account.uid, server_account.uid), 0) << path;
    }
    ::chmod((folder_ / "token").c_str(), 0600);
  }

  std::string submit(const std::string& tenant, const std::string& script, const std::string& more = "") {
    http::Client client = server_.client();
    const std::string body = fmt::format(
        R"({{"name":"test","tenant":"{}","per_task":{{"gpus":1,"memory":"100Mi"}},"time_limit":"2m","script":{}{}}})",
        tenant, json::serialize(json::value(script)), more);
    const json::value made = post(client, "/v1/jobs", body, 201);
    return std::to_string(made.at("jobs").at(0).at("id").to_number<std::uint64_t>());
  }
  std::string field(const std::string& job, const char* key) {
    http::Client client = server_.client();
    const json::value shown = get(client, "/v1/jobs/" + job);
    const json::value* value = shown.as_object().if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
  }
  bool has_started(const std::string& job) { return wait_until_started(server_, std::stoull(job)); }
  bool has_ended(const std::string& job) { return wait_until_ended(server_, std::stoull(job), in_seconds(90)); }
  Ran logs(const std::string& job, int task = 0) { return cli_->run({"logs", job, "--task", std::to_string(task)}); }
  fs::path home(const std::string& job) const { return shared() / "jobs" / job; }
  fs::path shared() const { return folder_ / "shared"; }
  // The only attempt that there is.
  fs::path attempt() const {
    for (const fs::directory_entry& entry : fs::directory_iterator(shared() / "attempts")) return entry.path();
    return {};
  }

  std::size_t attempts_of(const TestAccount& account) const {
    std::size_t count = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(shared() / "attempts")) {
      struct stat status{};
      count += ::lstat(entry.path().c_str(), &status) == 0 && status.st_uid == account.uid ? 1u : 0u;
    }
    return count;
  }

  TempFolder folder_;
  std::optional<MoreAccounts> accounts_;
  std::optional<SlurmLab> lab_;
  ServerProcess server_{folder_.path() / "data", {"--config", (folder_.path() / "dure.yaml").string()}, as_server()};
  std::optional<Cli> cli_;
};
INSTANTIATE_TEST_SUITE_P(By, SlurmAccounts, testing::Values(Way::commands, Way::rest),
                         [](const auto& way) { return way.param == Way::rest ? "slurmrestd" : "commands"; });

TEST_P(SlurmAccounts, AJobIsItsOwnersOrFailsWithAReason) {
  const std::string who = "echo $(id -un) $(id -gn) $(id -G) $USER $LOGNAME $HOME $SHELL $(stat -c '%U %a' .) $(pwd)";
  // On nodes with two tasks and one: of two components, each of which is submitted as the account.
  const std::string of_a = submit("a", who, R"(,"tasks":3)");
  const std::string of_b = submit("b", who, R"(,"launch":"once")");
  const std::string unmapped = submit("unmapped", "true");
  const std::string high = submit("high", "true");
  const std::string absent = submit("absent", "true");
  for (const std::string& job : {of_a, of_b, unmapped, high, absent}) ASSERT_TRUE(has_ended(job)) << job;
  const auto line = [&](const TestAccount& account, const std::string& job) {
    return fmt::format("{0} {0} {1} {0} {0} {2}/home-{0} /bin/sh {0} 700 {3}\n", account.name, account.uid,
                       folder_.path().string(), home(job).string());
  };
  for (const int task : {0, 1, 2}) EXPECT_EQ(logs(of_a, task).output, line(ann, of_a)) << field(of_a, "reason");
  EXPECT_EQ(logs(of_b).output, line(bob, of_b)) << field(of_b, "reason");
  EXPECT_NE(field(unmapped, "reason").find("site hall has no account for jobs of "), std::string::npos)
      << field(unmapped, "reason");
  EXPECT_EQ(field(high, "reason"),
            "the account nobody has uid 65534, and jobs run as 1000 to 59999; see `uids` in site hall's configuration");
  EXPECT_EQ(field(absent, "reason"), "this machine has no account `no-such-account`");
  EXPECT_TRUE(until([&] { return attempt().empty(); })) << "what is over is swept";
}

// Prints `refused NAME`, or `DONE NAME` where it got what it tried.
constexpr const char* attacks = R"(
try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "DONE $name"; else echo "refused $name"; fi; }
for file in batch.sh variables environment script task.sh slurm.log claim; do
  try $file cat $ATTEMPT/$file
done
try claim readlink $ATTEMPT/claim
try exit touch $ATTEMPT/exit
try attempt ls $ATTEMPT
try attempts ls $ATTEMPT/..
try another_attempt mkdir $ATTEMPT/../99.0@1
try attempt_away mv $ATTEMPT $ATTEMPT.away
try home ls $VICTIM
try log cat $VICTIM/restart0-task0.out
try checkpoint ls $VICTIM/checkpoint
try homes ls $VICTIM/..
try home_away mv $VICTIM $VICTIM.away
try another_home mkdir $VICTIM/../99
try process_environment cat /proc/$VICTIM_PID/environ
try kill kill -TERM $VICTIM_PID
try journal cat $DATA/journal.db
try token cat $DATA/token
try slurm_token cat $DATA/../token
try secret cat $DATA/../secret
echo done
)";

TEST_P(SlurmAccounts, AJobTouchesNothingOfAnothersNorOfTheServers) {
  const std::string victim = submit("b", "echo $$ >$DURE_CHECKPOINT_DIR/pid\necho mine\nsleep 100",
                                    R"(,"launch":"once","environment":{"SECRET":"1"})");
  ASSERT_TRUE(has_started(victim));
  ASSERT_TRUE(until([&] { return !text_of(home(victim) / "checkpoint/pid").empty(); }));
  std::string pid = text_of(home(victim) / "checkpoint/pid");
  pid.pop_back();
  for (const char* name : {"", "batch.sh", "variables", "environment", "script", "slurm.log"}) {
    struct stat status{};
    ASSERT_EQ(::stat((attempt() / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_uid, bob.uid) << name;
  }
  const std::string set = fmt::format("ATTEMPT={} VICTIM={} VICTIM_PID={} DATA={}\n", attempt().string(),
                                      home(victim).string(), pid, (folder_ / "data").string());
  const std::string attacker = submit("a", set + attacks, R"(,"launch":"once")");
  ASSERT_TRUE(has_ended(attacker));
  const std::string said = logs(attacker).output;
  EXPECT_EQ(said.find("DONE"), std::string::npos) << said;
  EXPECT_TRUE(said.ends_with("refused secret\ndone\n")) << said;
  EXPECT_EQ(field(victim, "state"), "running");
  EXPECT_EQ(logs(victim).output, "mine\n");
}

TEST_P(SlurmAccounts, WhatAJobPutsInThePlaceOfItsFilesIsNeitherReadNorWaitedFor) {
  const std::string secret = (folder_ / "secret").string();
  // Its folder is where its script lies.
  const std::string trap = fmt::format(
      "cd ${{0%/*}}\nrm -f slurm.log exit\nmkfifo exit\nln -s {0} slurm.log\nmkdir -p d/e/f\nln -s {0} d/e/f/link\n"
      "chmod 0 d/e\n",
      secret);
  const std::string close = "chmod 500 .\ncd \"$DURE_CHECKPOINT_DIR/..\"\nrm restart0-task0.out\n";
  const std::string claim = "rm claim\nln -s nonsense claim\n";
  const std::string once = R"(,"launch":"once")";
  const std::string by_link = submit("a", trap + close + "ln -s " + secret + " restart0-task0.out\nexit 3", once);
  const std::string by_pipe = submit("a", trap + claim + close + "mkfifo restart0-task0.out\nexit 3", once);
  for (const std::string& job : {by_link, by_pipe}) {
    ASSERT_TRUE(has_ended(job)) << job;
    EXPECT_EQ(field(job, "outcome"), "failed");
    EXPECT_EQ(field(job, "reason").find("of root"), std::string::npos) << field(job, "reason");
    EXPECT_EQ(logs(job).output, "");
  }
  EXPECT_EQ(text_of(secret), "of root\n");
  EXPECT_EQ(field(by_link, "reason").find("it ended with exit code "), 0u) << field(by_link, "reason");
  // Nobody else has noticed.
  const std::string next = submit("b", "echo well");
  ASSERT_TRUE(has_ended(next));
  EXPECT_EQ(logs(next).output, "well\n") << field(next, "reason");
  // What is left is the server's, of attempts that late scripts might ask for.
  EXPECT_TRUE(until([&] { return attempts_of(ann) == 0; }));
}

// It takes its claim for another's, writes that it had ended at once, and ends by its own hand.
TEST_P(SlurmAccounts, AClaimAndAnEndThatAreMadeUpHarmNobodyAndSaveNothing) {
  const std::string victim = submit("b", "sleep 6; echo well", R"(,"launch":"once")");
  ASSERT_TRUE(has_started(victim));
  const std::string rows = lab_->slurm({"squeue", "-h", "-p", "dure", "-o", "%i"}).output;
  const std::string number = rows.substr(0, rows.find('\n'));
  const std::string forger = submit(
      "a",
      fmt::format("cd ${{0%/*}}\nrm claim\nln -s job-{}-x claim\nmkdir exit.new\necho \"0 $(date +%s) script\" >exit\n"
                  "scontrol update jobid=$SLURM_JOB_ID comment=mine\nsleep 6\nscancel $SLURM_JOB_ID\nsleep 100",
                  number),
      R"(,"launch":"once")");
  ASSERT_TRUE(has_ended(forger));
  const auto second = [&](const char* key) { return parse_time(field(forger, key)).value_or(Time{}); };
  EXPECT_GE((second("ended") - second("started")).whole_seconds(), 6) << "what Slurm says is charged";
  EXPECT_EQ(lab_->slurm({"squeue", "-h", "-p", "dure", "-t", "R", "-o", "%i"}).output, "");
  ASSERT_TRUE(has_ended(victim));
  EXPECT_EQ(field(victim, "outcome"), "completed") << field(victim, "reason");
  EXPECT_EQ(logs(victim).output, "well\n");
}

TEST_P(SlurmAccounts, WhatAJobWritesOutsideItsFolderIsReadAsItsAccount) {
  const fs::path open = folder_ / "open";
  fs::create_directory(open);
  ::chmod(open.c_str(), 01777);
  const std::string own = submit("a", "echo mine", fmt::format(R"(,"output":"{}/own","launch":"once")", open.string()));
  const std::string of_root =
      submit("a", "echo never", fmt::format(R"(,"output":"{}/secret","launch":"once")", folder_.path().string()));
  ASSERT_TRUE(has_ended(own) && has_ended(of_root));
  EXPECT_EQ(logs(own).output, "mine\n") << field(own, "reason");
  EXPECT_EQ(field(of_root, "outcome"), "failed");
  EXPECT_EQ(logs(of_root).output, "");
  EXPECT_EQ(text_of(folder_ / "secret"), "of root\n");
}

TEST_P(SlurmAccounts, ACommentOfOursOnAJobOfAnothersSaysNothing) {
  // Others take a node meanwhile: the job that was sent there waits in Slurm, where its comment can be read.
  ASSERT_EQ(
      lab_->slurm({"sbatch", "-p", "main", "-w", "n1,n2", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 100"})
          .code,
      0);
  const std::string job = submit("b", "echo ran", R"(,"launch":"once")");
  std::string comment;
  ASSERT_TRUE(until([&] {
    const std::string rows = lab_->slurm({"squeue", "-h", "-p", "dure", "-o", "%k"}).output;
    comment = rows.substr(0, rows.find('\n'));
    return comment.starts_with("dure:");
  }));
  const auto forge = [&](const TestAccount& account) {
    const std::string id = std::to_string(account.uid);
    return lab_->slurm({"sbatch", "--uid=" + id, "--gid=" + id, "-p", "main", "--comment=" + comment, "--chdir=/",
                        "--output=/dev/null", "--mem=1", "--wrap", "true"});
  };
  ASSERT_EQ(forge(ann).code, 0);
  EXPECT_TRUE(until([&] { return server_.process().errors().find("is not to run") != std::string::npos; }));
  EXPECT_EQ(field(job, "state"), "starting");
  EXPECT_EQ(lab_->slurm({"scancel", "--user=root", "--partition=main"}).code, 0);
  ASSERT_TRUE(has_ended(job));
  EXPECT_EQ(field(job, "outcome"), "completed") << field(job, "reason");
  EXPECT_EQ(server_.process().errors().find("taken back"), std::string::npos) << server_.process().errors();
}

TEST_P(SlurmAccounts, AnEvictedJobFindsItsCheckpointAfterARestartOfTheServerToo) {
  const std::string script =
      "trap 'id -un >>$DURE_CHECKPOINT_DIR/n; exit 0' USR1\n"
      "echo restart $DURE_RESTART $(cat $DURE_CHECKPOINT_DIR/n)\n[ $DURE_RESTART -gt 0 ] && exit 0\n"
      "i=0; while [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done";
  const std::string job =
      submit("a", script, R"(,"tasks":4,"checkpoint":{"every":"1m","signal":"USR1","grace":"10s"},"launch":"once")");
  ASSERT_TRUE(has_started(job));
  server_.kill();
  ASSERT_EQ(server_.start(), "");
  const std::string owed = submit("b", "true", R"(,"tasks":2)");
  ASSERT_TRUE(has_ended(owed));
  ASSERT_TRUE(has_ended(job));
  EXPECT_EQ(field(job, "outcome"), "completed") << field(job, "reason");
  EXPECT_EQ(logs(job).output, "restart 1 dure-ann\n");
}

// What `dure serve` says in place of coming up.
class SlurmAccountsRefused : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become another account";
  }
  std::string refusal(const std::string& site, const std::vector<std::string>& before = {}) {
    std::ofstream(folder_ / "dure.yaml")
        << "slurm: [{site: hall, folder: shared, " << site << ", accounts: [{tenant: a, account: nobody}]}]\n"
        << "fleet: {fleet: f, sites: [{name: hall, engine: {kind: slurm}, pools: [{name: cpu, node: {cpus: 1, memory: "
           "1Gi}, hosts: n1}]}]}\ntenants: [{name: a}, {name: b}]\n";
    ServerProcess server(folder_ / "data", {"--config", (folder_ / "dure.yaml").string()}, before);
    return server.start();
  }

  TempFolder folder_;
};

TEST_F(SlurmAccountsRefused, OverASocketAndWithoutTheRightsForIt) {
  EXPECT_NE(refusal("rest: {socket: x.sock}").find("write url: and token_file:"), std::string::npos);
  const std::string closed = refusal("partition: dure");
  EXPECT_NE(closed.find("chmod o+x"), std::string::npos) << closed;
  ::chmod(folder_.path().c_str(), 0777);
  const std::string changeable = refusal("partition: dure");
  EXPECT_NE(changeable.find("others than root can change it"), std::string::npos) << changeable;
  fs::remove_all(folder_ / "shared");
  fs::remove_all(folder_ / "data");
  const std::string not_root =
      refusal("partition: dure", {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
  EXPECT_NE(not_root.find("run the server as root"), std::string::npos) << not_root;
}

}  // namespace
}  // namespace dure::e2e
