// Jobs of one do not touch those of another: a hostile job tries, with a launcher and as the account that it is given.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>

#include "dure/engine/local/launcher_link.h"
#include "dure/engine/local/launcher_starter.h"
#include "dure/engine/local/records.h"
#include "dure/launcher/gpu_fence.h"
#include "events.h"
#include "launched_server.h"

namespace dure::e2e {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Prints `refused NAME`, or `DONE NAME` where it got what it tried.
constexpr const char* attacks = R"(
try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "DONE $name"; else echo "refused $name"; fi; }
say_to() { exec 3>"$1"; }
try directory ls $HOME_B
try file cat $HOME_B/secret
try log cat $HOME_B/restart0-task0.out
try script cat $HOME_B/restart0.script
try listing ls $HOME_B/..
try environment cat /proc/$PID_B/environ
try memory head -c 1 /proc/$PID_B/mem
try files ls /proc/$PID_B/fd
try root ls /proc/$PID_B/root/
try signal kill -TERM $PID_B
try stop kill -STOP $PID_B
try its_supervisor kill -TERM $SUPERVISOR_B
try own_supervisor kill -TERM $PPID
try own_supervisor_stop kill -STOP $PPID
try supervisor_memory head -c 1 /proc/$PPID/mem
try server kill -TERM $SERVER
try launcher kill -TERM $LAUNCHER
try journal cat $DATA/journal.db
try token cat $DATA/token
try records ls $DATA/work/attempts
try own_records ls $DATA/work/attempts/$DURE_JOB_ID.0
try launcher_socket test -w $SOCKET
try other_home mkdir $HOME_B/../999
try own_home_away mv $HOME_OWN $HOME_OWN.away
try cgroup sh -c 'for g in /sys/fs/cgroup/*/cgroup.procs /sys/fs/cgroup/cgroup.procs; do echo $$ > $g && exit 0; done; exit 1'
try privileges sh -c 'grep -q "NoNewPrivs:.0" /proc/self/status'
try capabilities sh -c '! grep -q "CapEff:.0000000000000000" /proc/self/status'
try crontab sh -c 'echo "* * * * * true" | crontab -'
echo done
)";

class Isolation : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give jobs the accounts of others";
    launched_.emplace();
    ASSERT_EQ(launched_->start(), "");
  }

  std::string submit(const std::string& tenant, const std::string& script, const std::string& more = "") {
    const std::string name = fmt::format("{}.yaml", ++files_);
    std::string indented;
    std::istringstream lines(script);
    for (std::string line; std::getline(lines, line);) indented += "  " + line + "\n";
    launched_->cli().write(
        name, fmt::format("name: job\ntenant: {}\n{}script: |\n  #!/bin/bash\n{}", tenant, more, indented));
    return launched_->cli().submit({name});
  }
  // By which a job says how far it has come; it waits for whoever reads, and he for it.
  std::string make_pipe(const std::string& name) {
    const std::string path = (launched_->shared() / name).string();
    ::mkfifo(path.c_str(), 0666);
    ::chmod(path.c_str(), 0666);
    return path;
  }
  // A job of b's that tells its pid and waits.
  std::string submit_victim() {
    const std::string pipe = make_pipe("victim");
    const std::string job = submit("b", fmt::format("export SECRET=1\necho of b > $DURE_CHECKPOINT_DIR/../secret\n"
                                                    "chmod 600 $DURE_CHECKPOINT_DIR/../secret\necho $$ > {}\nsleep 600",
                                                    pipe));
    pid_b_ = text_of(pipe);
    while (!pid_b_.empty() && pid_b_.back() == '\n') pid_b_.pop_back();
    return job;
  }
  int wait(const std::string& job) { return launched_->cli().run({"wait", job}).code; }
  std::string show(const std::string& job, const char* key) {
    return std::string(launched_->cli().json({"show", job}).at(key).as_string());
  }

  std::optional<LaunchedServer> launched_;
  std::string pid_b_;
  int files_ = 0;
};

TEST_F(Isolation, AJobRunsAsTheAccountOfItsTenantInAFolderOfItsOwn) {
  const std::string job = submit("a", "id -u; id -G; pwd; stat -c '%u %a' .; echo $HOME $USER; cat /proc/$PPID/comm");
  EXPECT_EQ(wait(job), 0);
  const std::string home = launched_->home(job).string();
  EXPECT_EQ(launched_->cli().run({"logs", job}).output,
            fmt::format("{1}\n{1}\n{0}\n{1} 700\n{0} {1}\ndure-supervisor\n", home, first_tenant_uid));
  EXPECT_EQ(wait(submit("b", fmt::format("[ $(id -u) = {} ]", first_tenant_uid + 1))), 0);
}

// Of the kernel's list for a process, the line with that name.
std::string status_of(pid_t pid, const std::string& name) {
  std::istringstream lines(text_of(fmt::format("/proc/{}/status", pid)));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name)) return line.substr(name.size() + 1);
  }
  return {};
}

TEST_F(Isolation, ASupervisorKeepsTheServersAccountAndTheRightToEndItsTasks) {
  const std::string job = submit_victim();
  const pid_t supervisor = launched_->supervisor(job);
  EXPECT_EQ(status_of(supervisor, "Uid:"), fmt::format("{0}\t{0}\t{0}\t{0}", server_uid));
  EXPECT_EQ(status_of(supervisor, "Gid:"), fmt::format("{0}\t{0}\t{0}\t{0}", server_uid));
  for (const char* set : {"CapPrm:", "CapEff:"}) EXPECT_EQ(status_of(supervisor, set), "0000000000000020") << set;
  for (const char* set : {"CapInh:", "CapAmb:"}) EXPECT_EQ(status_of(supervisor, set), "0000000000000000") << set;
}

// Asks the launcher as `uid`, in a process of its own; returns the answer's words, or why there is none.
std::string ask_as(uid_t uid, const fs::path& socket, const std::vector<std::string>& words) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::string said = "no such account";
    if (::setresgid(uid, uid, uid) == 0 && ::setresuid(uid, uid, uid) == 0) {
      const auto connected = engine::connect_to_launcher(socket.string(), 10'000);
      const auto sent = connected.and_then([&](const engine::Fd& to) { return engine::send_message(to, words); });
      const auto answer = sent ? engine::receive_message(*connected) : tl::unexpected(sent.error());
      said = answer ? fmt::format("{}", fmt::join(answer->words, " ")) : answer.error().message;
    }
    [[maybe_unused]] const ssize_t written = ::write(pipe[1], said.data(), said.size());
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string said(4'096, '\0');
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(pipe[0], said.data(), said.size()), 0)));
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  return said;
}

TEST_F(Isolation, TheLauncherObeysTheServerAloneAndNotInEverything) {
  const auto ask = [&](uid_t uid, const std::vector<std::string>& words) {
    return ask_as(uid, launched_->socket(), words);
  };
  const std::vector<std::string> hello{"hello", engine::link_version};
  EXPECT_TRUE(ask(server_uid, hello).starts_with("ok /"));
  EXPECT_TRUE(ask(first_tenant_uid, hello).starts_with("cannot reach the launcher at"));
  EXPECT_FALSE(ask(0, hello).starts_with("ok")) << "root may open the socket, and is not the server";
  const std::string not_understood = "refused the launcher does not understand this; is it of another version?";
  EXPECT_TRUE(ask(server_uid, {"hello", "1"}).starts_with("ok /")) << "a server that is still to be upgraded";
  EXPECT_EQ(ask(server_uid, {"hello", "3"}), not_understood);
  EXPECT_EQ(ask(server_uid, {"start", "../1.0", "a", "u", "/tmp"}), not_understood);
  EXPECT_EQ(ask(server_uid, {"start", "1.0", "a", "u", "tmp"}), not_understood);
  EXPECT_EQ(ask(server_uid, {"start", "1.0", "a", "u", "/tmp", "0,254"}), not_understood);
  EXPECT_EQ(ask(server_uid, {"start", "1.0", "a", "u", "/tmp", "0,,1"}), not_understood);
  EXPECT_EQ(ask(server_uid, {"sweep", "*", "a", "u", ""}), not_understood);
  EXPECT_EQ(ask(server_uid, {"start", "1.0", "", "u", "/tmp"}),
            "refused the launcher was given no tenant, or a name with control characters");
  // A folder that the server may not write is none for the launcher either.
  EXPECT_EQ(ask(server_uid, {"start", "1.0", "a", "u", "/etc"}),
            "refused cannot start the supervisor in /etc: Permission denied");
  for (const char* path : {"/etc/shadow", "/proc/self/environ", "/proc/self/mem", "/dev/zero", "/etc"}) {
    EXPECT_TRUE(
        ask(server_uid, {"open_log", "a", "u", path}).starts_with(fmt::format("refused cannot read {}: ", path)));
  }
  EXPECT_EQ(ask(server_uid, {"open_log", "a", "u", (launched_->data() / "token").string()}),
            fmt::format("refused cannot read {}: Permission denied", (launched_->data() / "token").string()));
}

TEST_F(Isolation, AHostileJobIsRefusedEverythingThatIsNotItsOwn) {
  const std::string victim = submit_victim();
  const std::string set = fmt::format(
      "HOME_B={} PID_B={} SUPERVISOR_B={} SERVER={} LAUNCHER={} DATA={} SOCKET={} HOME_OWN=$PWD\n",
      launched_->home(victim).string(), pid_b_, launched_->supervisor(victim), launched_->server().process().pid(),
      launched_->launcher().pid(), launched_->data().string(), launched_->socket().string());
  const std::string job = submit("a", set + attacks);
  EXPECT_EQ(wait(job), 0);
  const std::string said = launched_->cli().run({"logs", job}).output;
  EXPECT_EQ(said.find("DONE"), std::string::npos) << said;
  EXPECT_NE(said.find("refused crontab\ndone\n"), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'),
            std::count(attacks, attacks + std::string_view(attacks).size(), '\n') - 3)
      << said;
  EXPECT_EQ(show(victim, "state"), "running");
  EXPECT_EQ(launched_->cli().run({"cancel", victim}).code, 0);
  wait(victim);
  EXPECT_EQ(show(victim, "outcome"), "cancelled");
}

// Nothing that a job puts in the place of its log shows what it could not read itself.
TEST_F(Isolation, ALogIsReadWithTheRightsOfItsJob) {
  const std::string token = launched_->server().token();
  const std::string secret = (launched_->data() / "token").string();
  for (const std::string& trick : {fmt::format("ln -sf {} restart0-task0.out", secret),
                                   fmt::format("rm restart0-task0.out; mkfifo restart0-task0.out"),
                                   std::string("ln -sf /proc/self/environ restart0-task0.out"),
                                   std::string("ln -sf /dev/zero restart0-task0.out")}) {
    const std::string job = submit("a", trick);
    EXPECT_EQ(wait(job), 0) << trick;
    EXPECT_EQ(launched_->cli().run({"logs", job}).output, "") << trick;
  }
  // Another's file, and one of the server's own, to which no path of a job leads.
  const std::string foreign = (launched_->shared() / "of-root").string();
  std::ofstream(foreign) << "nothing for jobs\n";
  ASSERT_EQ(::chmod(foreign.c_str(), 0600), 0);
  const std::pair<std::string, std::string> closed[] = {
      {foreign, fmt::format("cannot write its output {}: Permission denied", foreign)},
      {secret, fmt::format("{} lies in the server's own folder; name a file elsewhere", secret)}};
  for (const auto& [path, reason] : closed) {
    const std::string job = submit("a", "echo mine", fmt::format("output: {}\n", path));
    wait(job);
    EXPECT_EQ(show(job, "outcome"), "failed");
    EXPECT_EQ(show(job, "reason"), reason);
    EXPECT_EQ(launched_->cli().run({"logs", job}).output, "");
  }
  EXPECT_EQ(launched_->server().token(), token);
}

TEST_F(Isolation, NothingOutlivesItsJob) {
  const std::string job = submit("a",
                                 "trap '' TERM HUP\n"
                                 "(setsid env -i /bin/sh -c 'trap \"\" TERM HUP; (sleep 600 &); sleep 600' &)\n"
                                 "setsid sh -c 'sleep 600 & sleep 600 &'\n"
                                 "exit 0");
  EXPECT_EQ(wait(job), 0);
  EXPECT_EQ(processes_of(first_tenant_uid).size(), 0u);
}

TEST_F(Isolation, WhatASupervisorThatWasKilledHasLeftIsEnded) {
  const std::string pipe = make_pipe("ready");
  const std::string job =
      submit("a", fmt::format("(setsid env -i /bin/sh -c 'echo ready > {}; sleep 600' &)\nsleep 600", pipe),
             "requeue: false\n");
  EXPECT_EQ(text_of(pipe), "ready\n");
  const auto running = engine::read_running((launched_->data() / "work/attempts" / (job + ".0")).string());
  ASSERT_TRUE(running);
  if (running->cgroups.empty()) GTEST_SKIP() << "there are no cgroups here, and it has left its environment";
  ASSERT_EQ(::kill(launched_->supervisor(job), SIGKILL), 0);
  wait(job);
  EXPECT_EQ(processes_of(first_tenant_uid).size(), 0u);
}

TEST_F(Isolation, AForkBombEndsAtTheBoundOfItsJob) {
  const std::string job =
      submit("a", "perl -e 'my $n = 0; while (defined(my $p = fork())) { if (!$p) { sleep 600 } $n++ } print $n'");
  EXPECT_EQ(wait(job), 0);
  const int made = std::atoi(launched_->cli().run({"logs", job}).output.c_str());
  EXPECT_GT(made, 10);
  EXPECT_LT(made, 64);
  EXPECT_EQ(processes_of(first_tenant_uid).size(), 0u);
}

TEST_F(Isolation, AJobThatFillsMemoryIsEndedAlone) {
  const std::string victim = submit_victim();
  const auto running = engine::read_running((launched_->data() / "work/attempts" / (victim + ".0")).string());
  ASSERT_TRUE(running);
  const std::string job =
      submit("a", "perl -e 'my @all; push @all, \"x\" x 1_000_000 while 1'", "per_task: {memory: 64Mi}\n");
  if (running->cgroups.empty()) GTEST_SKIP() << "there are no cgroups here";
  wait(job);
  EXPECT_EQ(show(job, "outcome"), "failed");
  EXPECT_NE(show(job, "reason").find("the kernel ended a process that needed more than its 64 MiB of memory"),
            std::string::npos);
  EXPECT_EQ(show(victim, "state"), "running");
}

TEST_F(Isolation, AJobOpensNoGpuThatWasNotGivenToIt) {
  const auto file = launched_->shared() / "nvidia0";
  if (::mknod(file.c_str(), S_IFCHR | 0666, ::makedev(195, 0)) != 0) GTEST_SKIP() << "no device files can be made here";
  if (::open(file.c_str(), O_RDWR) >= 0 || errno != ENXIO) GTEST_SKIP() << "there is a GPU here, or no device files";
  if (const auto fences = launcher::check_gpu_fences(); !fences) GTEST_SKIP() << fences.error().message;
  const std::string job = submit("a", "head -c 1 " + file.string());
  EXPECT_EQ(wait(job), 1);
  const std::string said = launched_->cli().run({"logs", job}).output;
  EXPECT_NE(said.find("Operation not permitted"), std::string::npos) << said;
}

TEST_F(Isolation, JobsTakeTheCpuTimeThatTheServerLeaves) {
  const std::string victim = submit_victim();
  const auto running = engine::read_running((launched_->data() / "work/attempts" / (victim + ".0")).string());
  ASSERT_TRUE(running);
  std::string told;
  for (const std::string& group : running->cgroups) {
    const fs::path all_jobs = fs::path(group).parent_path().parent_path();
    if (fs::exists(all_jobs / "cpu.idle")) told = text_of(all_jobs / "cpu.idle");
  }
  if (told.empty()) GTEST_SKIP() << "there is no cpu.idle here";
  EXPECT_EQ(told, "1\n");
}

TEST_F(Isolation, AnOwnerWithoutAnAccountIsToldSo) {
  // Ten accounts are there for tenants; the launcher is restarted with none.
  launched_->kill_launcher();
  const fs::path config = launched_->socket().parent_path() / "launcher.yaml";
  const std::string text = text_of(config);
  std::ofstream(config) << text.substr(0, text.find("each_tenant")) << text.substr(text.find("cgroup"));
  ASSERT_EQ(launched_->start_launcher(), "");
  const std::string job = submit("a", "true", "requeue: false\n");
  wait(job);
  EXPECT_NE(show(job, "reason").find("the launcher has no account for jobs of"), std::string::npos)
      << show(job, "reason");
}

// As when both units are restarted for an upgrade.
TEST_F(Isolation, JobsNoticeNoRestartOfServerOrLauncher) {
  const fs::path ends = launched_->shared() / "ends";
  const fs::path gate = launched_->shared() / "gate";
  std::vector<std::string> jobs;
  std::vector<std::string> pipes;
  for (int i = 0; i < 4; ++i) {
    pipes.push_back(make_pipe(fmt::format("begun{}", i)));
    jobs.push_back(submit(i % 2 == 0 ? "a" : "b",
                          fmt::format("echo begun > {}\nwhile [ ! -e {} ]; do sleep 0.02; done\n"
                                      "echo $DURE_RESTART > {}.$DURE_JOB_ID\nexit 7",
                                      pipes.back(), gate.string(), ends.string()),
                          "per_task: {gpus: 1}\n"));
  }
  for (const std::string& pipe : pipes) EXPECT_EQ(text_of(pipe), "begun\n");
  for (const std::string& job : jobs) ASSERT_TRUE(wait_until_started(launched_->server(), std::stoull(job)));
  launched_->kill_launcher();
  launched_->server().kill();
  ASSERT_EQ(launched_->start_launcher(), "");
  ASSERT_EQ(launched_->server().start_again(), "");
  for (const std::string& job : jobs) EXPECT_EQ(show(job, "state"), "running");
  // Without a launcher a job waits for it to come back.
  launched_->kill_launcher();
  const std::string late = submit("a", "exit 3");
  std::ofstream(gate.c_str()) << "";
  for (const std::string& job : jobs) {
    EXPECT_EQ(wait(job), 7);
    EXPECT_EQ(text_of(ends.string() + "." + job), "0\n");
  }
  ASSERT_EQ(launched_->start_launcher(), "");
  EXPECT_EQ(wait(late), 3);
}

TEST_F(Isolation, ALogThatOnlyTheLauncherMayOpenIsNotShownAsEmpty) {
  const std::string job = submit("a", "echo done");
  EXPECT_EQ(wait(job), 0);
  launched_->kill_launcher();
  http::Client client = launched_->server().client();
  const std::string path = fmt::format("/v1/jobs/{}/logs", job);
  const auto refused = client.send(http::Method::get, path);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503u);
  EXPECT_NE(refused->body.find("cannot reach the launcher at " + launched_->socket().string()), std::string::npos)
      << refused->body;
  const Ran shown = launched_->cli().run({"logs", job});
  EXPECT_NE(shown.code, 0);
  EXPECT_NE(shown.errors.find("the launcher"), std::string::npos) << shown.errors;
  ASSERT_EQ(launched_->start_launcher(), "");
  EXPECT_EQ(launched_->cli().run({"logs", job}).output, "done\n");
}

TEST_F(Isolation, AJobThatWaitsForTheLauncherCanBeCancelledAndTheLogSaysItOnce) {
  launched_->kill_launcher();
  const std::string first = submit("a", "exit 3");
  const std::string second = submit("b", "exit 4");
  EXPECT_EQ(launched_->cli().run({"cancel", first}).code, 0);
  wait(first);
  EXPECT_EQ(show(first, "outcome"), "cancelled");
  ASSERT_EQ(launched_->start_launcher(), "");
  EXPECT_EQ(wait(second), 4);
  const std::string log = launched_->server().process().errors();
  const std::string said =
      fmt::format("No job can start, and those that are to start wait: cannot reach the launcher at {}",
                  launched_->socket().string());
  EXPECT_NE(log.find(said), std::string::npos) << log;
  EXPECT_EQ(log.find("No job can start"), log.rfind("No job can start")) << log;
  EXPECT_NE(log.find("Jobs start again."), std::string::npos) << log;
}

// Without one, or with one that listens and says nothing.
class LauncherAway : public testing::TestWithParam<bool> {
 protected:
  LauncherAway() {
    if (GetParam()) silent_ = *engine::listen_as_launcher(socket(), ::geteuid());
    std::ofstream(folder_.path() / "server.yaml") << "devices: {emulated: 1}\nlauncher: " << socket() << "\n";
  }
  std::string socket() const { return (folder_.path() / "launcher.sock").string(); }

  TempFolder folder_;
  engine::Fd silent_;
};
INSTANTIATE_TEST_SUITE_P(Ways, LauncherAway, testing::Bool());

TEST_P(LauncherAway, AServerThatWaitsForItSaysSoAndEndsWhenItIsTold) {
  // What it says as errors comes with its output, so that it can be waited for.
  ServerProcess server(folder_.path() / "data", {"--config", (folder_.path() / "server.yaml").string()},
                       {"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh"});
  server.launch();
  const std::string line = server.process().read_line(in_seconds(60)).value_or("");
  EXPECT_TRUE(line.starts_with("Waiting for the launcher: ")) << line;
  EXPECT_NE(line.find("launcher at " + socket()), std::string::npos) << line;
  EXPECT_EQ(server.stop(), 0);
}

TEST_P(LauncherAway, TheErrorNamesItAndWhatToDo) {
  const auto starter = engine::start_by_launcher(socket(), {.longest = Duration{}});
  ASSERT_FALSE(starter);
  EXPECT_EQ(starter.error().code, Code::unavailable);
  EXPECT_NE(starter.error().message.find("launcher at " + socket()), std::string::npos) << starter.error().message;
  EXPECT_TRUE(starter.error().message.ends_with("; start dure-launcher, or leave out `launcher:`"));
}

}  // namespace
}  // namespace dure::e2e
