#include "dure/engine/local/local_engine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>

#include "dure/engine/local/cgroup.h"
#include "dure/engine/local/test_engine.h"
#include "dure/engine/process.h"

namespace dure::engine {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// A script that waits for ever, and says so first.
std::string waiting(const Milestone& milestone) {
  return "echo $$ > " + milestone.path() + "\nwhile :; do sleep 60; done\n";
}

TEST(local_engine, a_job_starts_prints_and_ends_with_its_exit_code) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Attempt attempt = job(1, "#!/bin/sh\necho out\necho err >&2\nexit 3\n");
  const Time before = wall_time();
  const Ending ending = engine.run(attempt);
  EXPECT_EQ(ending.how, How::exited);
  EXPECT_EQ(ending.exit_code, 3);
  EXPECT_EQ(ending.why, "it ended with exit code 3");
  EXPECT_EQ(engine.output(attempt), "out\nerr\n");
  const Report start = engine.await_start(attempt.id);
  EXPECT_LE(before, start.at);
  EXPECT_LE(start.at, ending.at);
  EXPECT_LE(ending.at, wall_time());
  EXPECT_EQ(ending.started_at, start.at);
  ASSERT_EQ(ending.tasks.size(), 1u);
  EXPECT_EQ(ending.tasks[0].exit_code, 3);
}

TEST(local_engine, a_job_that_ends_well_needs_no_words) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Ending ending = engine.run(job(1, "true"));
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(ending.why, "");
}

TEST(local_engine, a_signal_shows_as_in_a_shell) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Ending ending = engine.run(job(1, "kill -SEGV $$"));
  EXPECT_EQ(ending.exit_code, 128 + SIGSEGV);
  EXPECT_EQ(ending.why, "it was killed by SIGSEGV");
}

TEST(local_engine, a_script_runs_by_its_first_line_with_its_arguments_in_its_folder) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  Attempt attempt = job(1, "#!/usr/bin/env -S sh -e\npwd; printf '%s|' \"$@\"; echo $X; false; echo not reached");
  std::filesystem::create_directory(folder / "work");
  attempt.text.directory = folder / "work";
  attempt.text.arguments = {"a b", "", "c"};
  attempt.text.environment = {{"X", "y z"}};
  EXPECT_EQ(engine.run(attempt).exit_code, 1);
  EXPECT_EQ(engine.output(attempt), (folder / "work") + "\na b||c|y z\n");
}

TEST(local_engine, the_tools_come_first_on_the_path_that_a_job_has_or_brings) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine", {.tools = folder / "tools"});
  Attempt attempt = job(1, "echo ${PATH%%:*}; command -v sh >/dev/null");
  EXPECT_EQ(engine.run(attempt).exit_code, 0);
  EXPECT_EQ(engine.output(attempt), folder / "tools\n");
  attempt = job(2, "echo $PATH");
  attempt.text.environment = {{"PATH", "/opt/bin:/bin"}};
  engine.run(attempt);
  EXPECT_EQ(engine.output(attempt), folder / "tools:/opt/bin:/bin\n");
}

TEST(local_engine, a_job_may_open_as_many_files_as_it_is_told) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine", {.open_files = 77});
  const Attempt attempt = job(1, "ulimit -Sn; ulimit -Hn");
  engine.run(attempt);
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  const std::string hard = files.rlim_max == RLIM_INFINITY ? "unlimited" : std::to_string(files.rlim_max);
  EXPECT_EQ(engine.output(attempt), "77\n" + hard + "\n");
}

TEST(local_engine, a_gang_is_one_process_a_task_each_with_its_rank_and_device) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Attempt attempt =
      job(1, "echo $RANK/$WORLD_SIZE $LOCAL_RANK $SLURM_PROCID $CUDA_VISIBLE_DEVICES $MASTER_ADDR", 3);
  EXPECT_EQ(engine.run(attempt).exit_code, 0);
  for (std::uint32_t rank = 0; rank < 3; ++rank) {
    const std::string r = std::to_string(rank);
    EXPECT_EQ(engine.output(attempt, rank), r + "/3 " + r + ' ' + r + ' ' + r + " 127.0.0.1\n");
  }
}

TEST(local_engine, a_script_that_runs_once_has_all_devices) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  Attempt attempt = job(1, "echo $RANK/$WORLD_SIZE $SLURM_NTASKS $CUDA_VISIBLE_DEVICES", 3);
  attempt.text.launch = dure::Launch::once;
  EXPECT_EQ(engine.run(attempt).tasks.size(), 1u);
  EXPECT_EQ(engine.output(attempt), "0/1 3 0,1,2\n");
}

TEST(local_engine, tasks_that_name_one_file_share_it_and_errors_may_go_elsewhere) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  Attempt attempt = job(1, "echo $RANK; echo e$RANK >&2", 3);
  attempt.text.output = folder / "%x-%j.out";
  attempt.text.error = folder / "%t.err";
  engine.run(attempt);
  const auto lines = lines_of(engine.read(folder / "test-1.out"));
  EXPECT_EQ(std::set(lines.begin(), lines.end()), (std::set<std::string>{"0", "1", "2"}));
  EXPECT_EQ(engine.read(folder / "2.err"), "e2\n");
}

TEST(local_engine, a_gang_that_loses_a_task_ends_as_a_whole) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine", {.term_grace = milliseconds(100)});
  // The others are deaf to SIGTERM before it fails.
  const Milestone first(folder / "deaf0");
  const Milestone third(folder / "deaf2");
  const std::string script = "trap '' TERM\n[ $RANK = 1 ] && { cat " + first.path() + ' ' + third.path() +
                             "; exit 5; }\necho > " + (folder / "deaf") + "$RANK; sleep 60; sleep 60";
  const Ending ending = engine.run(job(1, script, 3));
  EXPECT_EQ(ending.how, How::exited);
  EXPECT_EQ(ending.exit_code, 5);
  EXPECT_EQ(ending.why, "task 1 ended with exit code 5, and the others with it");
  ASSERT_EQ(ending.tasks.size(), 3u);
  EXPECT_EQ(ending.tasks[0].exit_code, 128 + SIGKILL);
}

TEST(local_engine, the_time_limit_ends_a_job_that_ignores_sigterm) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  // It is asked a twentieth of its time before the end, and answers at once: no trap waits for the end of `wait`.
  Attempt attempt = job(1, "trap 'echo asked' TERM; sleep 600 & while :; do wait; done");
  attempt.time_limit = seconds(4);
  attempt.grace = seconds(30);
  const Ending ending = engine.run(attempt);
  EXPECT_EQ(ending.how, How::timed_out);
  EXPECT_EQ(ending.exit_code, 128 + SIGKILL);
  EXPECT_EQ(ending.why, "its time limit of 4 s was reached");
  EXPECT_EQ(lines_of(engine.output(attempt)), std::vector<std::string>{"asked"});
  EXPECT_GE(ending.at - *ending.started_at, seconds(4)) << "it has all of its time";
}

TEST(local_engine, no_grace_goes_beyond_the_time_limit) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Milestone milestone(folder / "milestone");
  Attempt attempt = job(1, "trap 'echo saving' USR1; trap 'echo asked' TERM\necho > " + milestone.path() +
                               "\nwhile :; do sleep 0.05; done");
  attempt.time_limit = seconds(3);
  attempt.grace = minutes(10);
  engine->start(attempt);
  milestone.await();
  engine->stop(attempt.id, {StopKind::evict, "USR1", minutes(10)});
  const Ending ending = engine.await_end(attempt.id).ending;
  EXPECT_EQ(ending.how, How::evicted);
  EXPECT_EQ(ending.exit_code, 128 + SIGKILL);
  EXPECT_GE(ending.at - *ending.started_at, seconds(3));
  const std::vector<std::string> lines = lines_of(engine.output(attempt));
  ASSERT_FALSE(lines.empty());
  // The shell may tell of its `sleep`, which the signal ended, before that.
  EXPECT_NE(std::find(lines.begin(), lines.end(), "saving"), lines.end());
  EXPECT_EQ(lines.back(), "asked");
}

TEST(local_engine, the_time_limit_reaches_a_process_that_made_itself_a_daemon) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Milestone milestone(folder / "milestone");
  Attempt attempt = job(1, "(setsid sh -c 'trap \"\" TERM; env -i sh -c \"echo \\$\\$ > " + milestone.path() +
                               "; exec sleep 600\"' &)\nwait; sleep 60");
  attempt.time_limit = seconds(1);
  attempt.grace = milliseconds(100);
  engine->start(attempt);
  const std::string daemon = milestone.await();
  EXPECT_FALSE(is_gone(daemon));
  EXPECT_EQ(engine.await_end(attempt.id).ending.how, How::timed_out);
  EXPECT_TRUE(is_gone(daemon));
}

TEST(local_engine, what_a_job_leaves_behind_ends_with_it) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Attempt attempt = job(1, "setsid sleep 600 &\necho $!");
  const Ending ending = engine.run(attempt);
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(ending.how, How::exited);
  EXPECT_TRUE(is_gone(lines_of(engine.output(attempt)).front()));
}

TEST(local_engine, an_early_signal_comes_before_the_time_limit) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  Attempt attempt = job(1, "trap 'echo soon; exit 9' USR2; sleep 60 & wait");
  attempt.time_limit = minutes(10);
  attempt.text.early_signal = EarlySignal{.signal = "USR2", .before = minutes(10) - milliseconds(500)};
  const Ending ending = engine.run(attempt);
  EXPECT_EQ(ending.exit_code, 9);
  EXPECT_EQ(ending.how, How::exited);
  EXPECT_EQ(engine.output(attempt), "soon\n");
}

TEST(local_engine, an_eviction_lets_a_job_save_its_work_and_the_next_attempt_finds_it) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Milestone milestone(folder / "milestone");
  Attempt attempt = job(1,
                        "cat $DURE_CHECKPOINT_DIR/step 2>/dev/null && exit\n"
                        "trap 'echo 42 > $DURE_CHECKPOINT_DIR/step; echo saved; exit 0' USR1\n"
                        "sleep 60 & echo ready > " +
                            milestone.path() + "; wait");
  engine->start(attempt);
  milestone.await();
  engine->stop(attempt.id, {StopKind::evict, "USR1", minutes(1)});
  const Ending evicted = engine.await_end(attempt.id).ending;
  EXPECT_EQ(evicted.how, How::evicted);
  EXPECT_EQ(evicted.exit_code, 0);
  EXPECT_EQ(engine.output(attempt), "saved\n");
  attempt.id.restart = 1;
  EXPECT_EQ(engine.run(attempt).how, How::exited);
  EXPECT_EQ(engine.output(attempt), "42\n");
}

TEST(local_engine, a_shell_that_knows_no_checkpoint_signal_is_not_killed_by_it) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Milestone milestone(folder / "milestone");
  // As in the usual batch script: the shell waits for a program, and the program has the handler.
  const Attempt attempt = job(
      1, "sh -c 'trap \"echo saved; exit 7\" USR1; sleep 60 & echo ready > " + milestone.path() + "; wait'\nexit $?");
  engine->start(attempt);
  milestone.await();
  engine->stop(attempt.id, {StopKind::evict, "USR1", minutes(1)});
  EXPECT_EQ(engine.await_end(attempt.id).ending.exit_code, 7);
  EXPECT_EQ(engine.output(attempt), "saved\n");
}

TEST(local_engine, an_eviction_that_nobody_listens_for_is_a_sigterm_at_once) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Milestone milestone(folder / "milestone");
  const Attempt attempt = job(1, waiting(milestone));
  engine->start(attempt);
  milestone.await();
  engine->stop(attempt.id, {StopKind::evict, "USR1", minutes(10)});
  const Ending ending = engine.await_end(attempt.id).ending;
  EXPECT_EQ(ending.how, How::evicted);
  EXPECT_EQ(ending.exit_code, 128 + SIGTERM);
}

TEST(local_engine, a_job_that_does_not_end_in_its_grace_is_killed) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine", {.term_grace = milliseconds(100)});
  const Milestone milestone(folder / "milestone");
  const Attempt attempt =
      job(1, "trap 'echo saving' USR1; trap '' TERM\necho > " + milestone.path() + "\nwhile :; do sleep 0.05; done");
  engine->start(attempt);
  milestone.await();
  engine->stop(attempt.id, {StopKind::evict, "USR1", seconds(2)});  // time for a shell to hear it on a busy machine
  const Ending ending = engine.await_end(attempt.id).ending;
  EXPECT_EQ(ending.how, How::evicted);
  EXPECT_EQ(ending.exit_code, 128 + SIGKILL);
  // The shell may tell of its sleep, which the signal ends too.
  EXPECT_TRUE(engine.output(attempt).ends_with("saving\n")) << engine.output(attempt);
}

TEST(local_engine, a_cancellation_hastens_an_eviction_and_may_be_repeated) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Milestone milestone(folder / "milestone");
  const Attempt attempt =
      job(1, "trap 'echo saving' USR1\necho > " + milestone.path() + "\nwhile :; do sleep 0.05; done");
  engine->start(attempt);
  milestone.await();
  engine->stop(attempt.id, {StopKind::evict, "USR1", minutes(10)});
  for (int i = 0; i < 3; ++i) engine->stop(attempt.id, {});
  engine->stop(attempt.id, {StopKind::evict, "USR1", minutes(10)});
  EXPECT_EQ(engine.await_end(attempt.id).ending.how, How::cancelled);
  engine->stop(attempt.id, {});  // It has ended: nothing more is told.
  engine.run(job(2, "true"));
  EXPECT_EQ(engine.reports.count(attempt.id), 2u);
}

TEST(local_engine, a_stop_right_after_the_start_is_not_lost) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Attempt attempt = job(1, "while :; do sleep 60; done");
  engine->start(attempt);
  engine->stop(attempt.id, {});
  EXPECT_EQ(engine.await_end(attempt.id).ending.how, How::cancelled);
}

TEST(local_engine, stopping_what_is_not_there_says_that_it_is_lost) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  engine->stop({JobId{5}, 0}, {});
  EXPECT_EQ(engine.await_end({JobId{5}, 0}).ending.how, How::lost);
}

TEST(local_engine, an_attempt_that_is_ordered_twice_runs_once) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Attempt attempt = job(1, "echo once >> " + (folder / "count"));
  engine->start(attempt);
  engine.run(attempt);
  engine->start(attempt);
  engine.run(job(2, "true"));
  EXPECT_EQ(engine.reports.count(attempt.id), 2u);
  EXPECT_EQ(read_file(folder / "count").value_or(""), "once\n");
}

TEST(local_engine, a_forgotten_attempt_leaves_its_output_and_nothing_else) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Attempt attempt = job(1, "echo kept");
  engine.run(attempt);
  engine->forget(attempt.id);
  engine.run(job(2, "true"));
  EXPECT_FALSE(std::filesystem::exists(engine.attempt_folder(attempt.id)));
  EXPECT_EQ(engine.output(attempt), "kept\n");
}

TEST(local_engine, output_stops_at_its_bound_and_the_job_goes_on) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine", {.output_bytes_max = 1'000});
  const Attempt attempt = job(1, "head -c 5000000 /dev/zero | tr '\\0' x; exit 4");
  EXPECT_EQ(engine.run(attempt).exit_code, 4);
  EXPECT_EQ(engine.output(attempt),
            std::string(1'000, 'x') +
                "\noutput stops here: this file has reached its bound, what came after it was dropped\n");
}

TEST(local_engine, output_that_just_fits_says_nothing_of_a_bound) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine", {.output_bytes_max = 4});
  const Attempt attempt = job(1, "echo 123");
  engine.run(attempt);
  EXPECT_EQ(engine.output(attempt), "123\n");
}

TEST(local_engine, a_file_is_replaced_or_continued_as_the_job_says) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  Attempt attempt = job(1, "echo $DURE_JOB_ID.$DURE_RESTART");
  attempt.text.output = folder / "log";
  engine.run(attempt);
  attempt.id.restart = 1;
  engine.run(attempt);
  EXPECT_EQ(engine.read(folder / "log"), "1.0\n1.1\n");  // A restart never costs what was printed.
  attempt.id = {JobId{2}, 0};
  engine.run(attempt);
  EXPECT_EQ(engine.read(folder / "log"), "2.0\n");
}

TEST(local_engine, an_interpreter_that_is_not_there_is_named) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Attempt attempt = job(1, "#!/no/such/python3 -u\n", 2);
  engine->start(attempt);
  const Report report = engine.await_failure(attempt.id);
  EXPECT_EQ(report.ending.how, How::start_failed);
  EXPECT_EQ(report.ending.why, "cannot run its script by /no/such/python3: No such file or directory");
  EXPECT_EQ(engine.reports.count(attempt.id), 1u);
}

TEST(local_engine, a_program_that_the_kernel_refuses_is_named) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  ASSERT_TRUE(write_file(folder / "", "broken",
                         "\x7f"
                         "ELF, not really",
                         Sync::no));
  std::filesystem::permissions(folder / "broken", std::filesystem::perms::all);
  const Attempt attempt = job(1, "#!" + (folder / "broken"), 3);
  engine->start(attempt);
  EXPECT_EQ(engine.await_failure(attempt.id).ending.why,
            "cannot run its script by " + (folder / "broken") + ": Exec format error");
}

TEST(local_engine, a_folder_that_is_not_there_is_named) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  Attempt attempt = job(1, "true");
  attempt.text.directory = folder / "gone";
  engine->start(attempt);
  EXPECT_EQ(engine.await_failure(attempt.id).ending.why,
            "cannot enter its folder " + (folder / "gone") + ": No such file or directory");
}

TEST(local_engine, an_output_that_cannot_be_written_is_named_and_nothing_runs) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  Attempt attempt = job(1, "touch " + (folder / "ran"));
  attempt.text.output = folder / "no/such/folder/%j";
  engine->start(attempt);
  EXPECT_EQ(engine.await_failure(attempt.id).ending.why,
            "cannot write its output " + (folder / "no/such/folder/1") + ": No such file or directory");
  EXPECT_FALSE(std::filesystem::exists(folder / "ran"));
}

TEST(local_engine, jobs_that_live_together_have_different_ports) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine", {.ports = {.first = 21'000, .count = 500}});
  std::set<std::string> ports;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const Milestone milestone(folder / ("milestone" + std::to_string(i)));
    engine->start(job(i, "echo $MASTER_PORT > " + milestone.path() + "; while :; do sleep 60; done"));
    ports.insert(milestone.await());
  }
  EXPECT_EQ(ports.size(), 4u);
  for (std::uint32_t i = 0; i < 4; ++i) engine->stop({JobId{i}, 0}, {});
  for (std::uint32_t i = 0; i < 4; ++i) engine.await_end({JobId{i}, 0});
}

TEST(local_engine, when_no_port_is_left_a_job_does_not_start) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine", {.ports = {.first = 21'500, .count = 0}});
  const Attempt attempt = job(1, "true");
  engine->start(attempt);
  EXPECT_NE(engine.await_failure(attempt.id).ending.why.find("no port is free"), std::string::npos);
}

TEST(local_engine, a_task_begins_with_clean_signals_and_no_files_of_others) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Attempt attempt =
      job(1, "#!/bin/sh\ngrep -E 'Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd | wc -l; readlink /proc/self/fd/0");
  engine.run(attempt);
  const auto lines = lines_of(engine.output(attempt));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "SigBlk:\t0000000000000000");
  // 32 and 33 are the C library's own; no program can set them.
  EXPECT_EQ(std::stoull(lines[1].substr(8), nullptr, 16) & ~0x180000000ULL, 0u) << lines[1];
  EXPECT_EQ(lines[2], "4");  // Three, and the one that ls reads the folder by.
  EXPECT_EQ(lines[3], "/dev/null");
}

TEST(local_engine, a_folder_has_one_engine) {
  const TemporaryFolder folder;
  const std::string path = folder / "engine";
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t other = ::fork();
  if (other == 0) {
    TestEngine engine(path);
    [[maybe_unused]] const ssize_t written = ::write(ends[1], "x", 1);
    ::pause();
  }
  char opened = 0;
  ASSERT_EQ(::read(ends[0], &opened, 1), 1);
  const auto second = LocalEngine::open(path, {.supervisor = DURE_SUPERVISOR}, [](const Report&) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, path + " is in use by another server, process " + std::to_string(other) +
                                        "; stop it, or give this one a folder of its own");
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
}

TEST(local_engine, without_a_supervisor_it_does_not_open) {
  const TemporaryFolder folder;
  const auto opened = LocalEngine::open(folder / "engine", {.supervisor = folder / "none"}, [](const Report&) {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, "cannot run the supervisor " + (folder / "none") + ": No such file or directory");
}

// The group that the CPU limit is tried in: below this process's own, as an administrator would delegate one.
std::string delegated_cgroup() {
  for (const OwnGroup& own : own_groups()) {
    if (!own.is_unified() && own.controllers.find("cpu") != 0) continue;
    const std::string folder = own.folder + "/dure-test-" + std::to_string(::getpid());
    std::error_code error;
    if (std::filesystem::create_directory(folder, error)) return folder;
  }
  return "";
}

TEST(local_engine, a_job_is_in_a_cgroup_of_its_own_where_the_kernel_lets_us) {
  const std::string parent = delegated_cgroup();
  if (parent.empty()) GTEST_SKIP() << "this user may make no cgroup";
  const TemporaryFolder folder;
  {
    TestEngine engine(folder / "engine", {.cgroup_parent = parent});
    const Milestone milestone(folder / "milestone");
    Attempt attempt = job(1, "cat /proc/self/cgroup; echo > " + milestone.path() + "\nsetsid sleep 600 &\nsleep 600");
    attempt.tasks[0].cpu_milli = 500;
    engine->start(attempt);
    milestone.await();
    const auto running = read_running(engine.attempt_folder(attempt.id));
    ASSERT_TRUE(running);
    ASSERT_EQ(running->cgroups.size(), 1u);
    const std::string quota = read_file(running->cgroups[0] + "/cpu.cfs_quota_us").value_or("");
    EXPECT_TRUE(quota.empty() || quota == "50000\n") << quota;
    engine->stop(attempt.id, {});
    engine.await_end(attempt.id);
    EXPECT_NE(engine.output(attempt).find("/dure-1.0-"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(running->cgroups[0]));
  }
  EXPECT_EQ(::rmdir(parent.c_str()), 0);
}

// Starts as the others do, while it is there.
class WaywardStarter final : public Starter {
 public:
  explicit WaywardStarter(std::unique_ptr<Starter> starter) : starter_(std::move(starter)) {}

  void set_away(bool is_away) { is_away_ = is_away; }

  const std::string& jobs_folder() const override { return starter_->jobs_folder(); }
  Result<Fd> start(AttemptId id, const Owner& owner, const AttemptFolder& folder) override {
    if (is_away_) return fail(Code::unavailable, "nobody is at /x");
    return starter_->start(id, owner, folder);
  }
  Result<void> kill_leftovers(AttemptId id, const AttemptFolder& folder) override {
    return starter_->kill_leftovers(id, folder);
  }
  void forget(AttemptId id) override { starter_->forget(id); }
  Result<Fd> open_log(const Owner& owner, const std::string& path, const Reach& reach) override {
    return starter_->open_log(owner, path, reach);
  }

 private:
  std::unique_ptr<Starter> starter_;
  std::atomic<bool> is_away_ = true;
};

class StarterAway : public testing::Test {
 protected:
  EngineOptions options() {
    EngineOptions options;
    options.starter = starter_;
    options.on_wait = [this](const std::string& why) {
      const std::lock_guard lock(mutex_);
      told_ += '[' + why + ']';
    };
    return options;
  }
  std::string told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  std::unique_ptr<Starter> usual() {
    if (test_launcher.is_on()) return *start_by_launcher(test_launcher.socket());
    std::filesystem::create_directories(folder_ / "jobs");
    return *start_by_ourselves(DURE_SUPERVISOR, folder_ / "jobs");
  }

  TemporaryFolder folder_;
  std::shared_ptr<WaywardStarter> starter_ = std::make_shared<WaywardStarter>(usual());
  std::mutex mutex_;  // guards the next
  std::string told_;
  TestEngine engine_{folder_ / "engine", options()};
};

TEST_F(StarterAway, StartsWaitForItWhichIsToldOnce) {
  for (const std::uint32_t n : {1U, 2U, 3U}) engine_->start(job(n, "exit " + std::to_string(n)));
  const Attempt stopped = job(4, "true");
  engine_->start(stopped);
  engine_->stop(stopped.id, {});
  engine_.await_end(stopped.id);  // so all were tried
  EXPECT_EQ(told(), "[nobody is at /x]");
  starter_->set_away(false);
  for (const std::uint32_t n : {1U, 2U, 3U}) {
    EXPECT_EQ(engine_.await_end({JobId{n}, 0}).ending.exit_code, static_cast<int>(n));
  }
  EXPECT_EQ(told(), "[nobody is at /x][]");
}

TEST_F(StarterAway, WhatWaitsToBeStartedEndsAtOnceWhenItIsStopped) {
  Attempt attempt = job(1, "echo ran");
  engine_->start(attempt);
  engine_->stop(attempt.id, {});
  const Ending cancelled = engine_.await_end(attempt.id).ending;
  EXPECT_EQ(cancelled.how, How::cancelled);
  EXPECT_EQ(cancelled.why, "it had not begun");
  attempt.id.restart = 1;
  engine_->start(attempt);
  engine_->stop(attempt.id, {.kind = StopKind::evict});
  EXPECT_EQ(engine_.await_end(attempt.id).ending.how, How::evicted);
  starter_->set_away(false);
  attempt.id.restart = 2;
  EXPECT_EQ(engine_.run(attempt).how, How::exited);
  EXPECT_EQ(engine_.output(attempt), "ran\n");
}

}  // namespace
}  // namespace dure::engine
