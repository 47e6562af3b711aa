// The server's death, and the supervisor's.
#include <gtest/gtest.h>
#include <sys/poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>

#include "dure/engine/fd.h"
#include "dure/engine/local/test_engine.h"
#include "dure/engine/local/test_terminal.h"
#include "dure/engine/process.h"

namespace dure::engine {
namespace {

// Runs `work` with an engine in a process of its own, which is killed as by `kill -9` when `work` returns.
void with_engine_that_is_killed(const std::string& folder, const EngineOptions& options,
                                const std::function<void(TestEngine&)>& work) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    TestEngine engine(folder, options);
    work(engine);
    const char result = ::testing::Test::HasFailure() ? 'f' : 'k';
    if (::write(ends[1], &result, 1) == 1) ::kill(::getpid(), SIGKILL);
    ::_exit(1);
  }
  ::close(ends[1]);
  char result = 0;
  EXPECT_EQ(::read(ends[0], &result, 1), 1);
  EXPECT_EQ(result, 'k');
  ::close(ends[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
}

void with_engine_that_is_killed(const std::string& folder, const std::function<void(TestEngine&)>& work) {
  with_engine_that_is_killed(folder, {}, work);
}

// An executable file.
void write_script(const std::string& path, const std::string& text) {
  std::ofstream(path) << "#!/bin/sh\n" << text;
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

void await_process_end(pid_t pid) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd wait{.fd = process.get(), .events = POLLIN, .revents = 0};
  if (process) {
    ASSERT_EQ(::poll(&wait, 1, 60'000), 1);
  }
}

pid_t supervisor_of(const std::string& engine_folder, AttemptId id) {
  return read_running(engine_folder + "/attempts/" + to_text(id)).value_or(Running{}).pid;
}

Found found_of(const TestEngine& engine, AttemptId id) {
  for (const Found& found : engine.found) {
    if (found.id == id) return found;
  }
  ADD_FAILURE() << to_text(id) << " was not found";
  return {};
}

std::string kept(const std::string& path) { return read_file(path).value_or(""); }

TEST(recovery, a_terminal_goes_on_without_the_server_and_with_the_next) {
  const TemporaryFolder folder;
  Attempt attempt = job(1, "for i in 1 2; do read word; echo got $word; done; exit 6");
  attempt.text.launch = dure::Launch::terminal;
  with_engine_that_is_killed(folder / "engine", [&](TestEngine& engine) {
    engine->start(attempt);
    engine.await_start(attempt.id);
  });
  TestClient client(folder / "engine/attempts/1.0/terminal");
  client.type("one\r");
  client.await("got one");
  TestEngine engine(folder / "engine");
  EXPECT_EQ(found_of(engine, attempt.id).state, Found::State::running);
  client.type("two\r");
  client.await("got two");
  EXPECT_EQ(engine.await_end(attempt.id).ending.exit_code, 6);
  EXPECT_EQ(engine.output(attempt), client.await_close());
}

TEST(recovery, a_running_job_is_found_again_and_its_end_is_told) {
  const TemporaryFolder folder;
  const Milestone milestone(folder / "milestone");
  const Attempt attempt =
      job(1, "echo begun >> " + (folder / "count") + "\nread word < " + milestone.path() + "\nexit 6");
  with_engine_that_is_killed(folder / "engine", [&](TestEngine& engine) {
    engine->start(attempt);
    engine.await_start(attempt.id);
  });
  TestEngine engine(folder / "engine");
  const Found found = found_of(engine, attempt.id);
  EXPECT_EQ(found.state, Found::State::running);
  EXPECT_TRUE(found.started_at);
  engine->start(attempt);
  milestone.pass();
  const Ending ending = engine.await_end(attempt.id).ending;
  EXPECT_EQ(ending.exit_code, 6);
  EXPECT_EQ(ending.started_at, found.started_at);
  EXPECT_EQ(engine.reports.count(attempt.id), 1u);
  EXPECT_EQ(kept(folder / "count"), "begun\n");
}

TEST(recovery, an_end_during_the_outage_is_told_with_its_time_and_status) {
  const TemporaryFolder folder;
  const Milestone milestone(folder / "milestone");
  const Attempt attempt = job(1, "read word < " + milestone.path() + "\nexit 6");
  with_engine_that_is_killed(folder / "engine", [&](TestEngine& engine) {
    engine->start(attempt);
    engine.await_start(attempt.id);
  });
  const pid_t supervisor = supervisor_of(folder / "engine", attempt.id);
  const Time before = wall_time();
  milestone.pass();
  await_process_end(supervisor);
  const Time after = wall_time();
  TestEngine engine(folder / "engine");
  const Found found = found_of(engine, attempt.id);
  ASSERT_EQ(found.state, Found::State::ended);
  EXPECT_EQ(found.ending->how, How::exited);
  EXPECT_EQ(found.ending->exit_code, 6);
  EXPECT_LE(before, found.ending->at);
  EXPECT_LE(found.ending->at, after);
}

TEST(recovery, the_time_limit_holds_without_a_server) {
  const TemporaryFolder folder;
  Attempt attempt = job(1, "while :; do sleep 60; done");
  attempt.time_limit = milliseconds(300);
  with_engine_that_is_killed(folder / "engine", [&](TestEngine& engine) {
    engine->start(attempt);
    engine.await_start(attempt.id);
  });
  await_process_end(supervisor_of(folder / "engine", attempt.id));
  TestEngine engine(folder / "engine");
  EXPECT_EQ(found_of(engine, attempt.id).ending->how, How::timed_out);
}

TEST(recovery, a_job_that_prints_much_is_not_disturbed_by_the_servers_death) {
  const TemporaryFolder folder;
  const Milestone milestone(folder / "milestone");
  const Attempt attempt = job(1, "read word < " + milestone.path() + "\nhead -c 20000000 /dev/zero\necho end");
  with_engine_that_is_killed(folder / "engine", [&](TestEngine& engine) {
    engine->start(attempt);
    engine.await_start(attempt.id);
  });
  const pid_t supervisor = supervisor_of(folder / "engine", attempt.id);
  milestone.pass();
  await_process_end(supervisor);
  TestEngine engine(folder / "engine");
  EXPECT_EQ(found_of(engine, attempt.id).ending->exit_code, 0);
  EXPECT_EQ(engine.output(attempt).size(), 20'000'004u);
}

TEST(recovery, a_job_that_was_found_again_obeys) {
  const TemporaryFolder folder;
  const Attempt attempt = job(1, "while :; do sleep 60; done", 2);
  with_engine_that_is_killed(folder / "engine", [&](TestEngine& engine) {
    engine->start(attempt);
    engine.await_start(attempt.id);
  });
  TestEngine engine(folder / "engine");
  engine->stop(attempt.id, {});
  EXPECT_EQ(engine.await_end(attempt.id).ending.how, How::cancelled);
}

TEST(recovery, many_jobs_are_each_found_once_and_none_is_started_twice) {
  const TemporaryFolder folder;
  constexpr std::uint32_t jobs = 12;
  const std::string script = "echo $DURE_JOB_ID >> " + (folder / "count") + "\n[ $DURE_JOB_ID -lt 6 ] || sleep 600";
  // Killed with orders still in the queue: the next server gives them all again.
  with_engine_that_is_killed(folder / "engine", [&](TestEngine& engine) {
    for (std::uint32_t i = 0; i < jobs; ++i) engine->start(job(i, script));
    engine.await_start({JobId{3}, 0});
  });
  TestEngine engine(folder / "engine");
  for (std::uint32_t i = 0; i < jobs; ++i) engine->start(job(i, script));
  const auto lines = [&] {
    const std::string count = kept(folder / "count");
    return std::count(count.begin(), count.end(), '\n');
  };
  while (lines() < jobs) ::poll(nullptr, 0, 1);  // so that none is stopped before it has written
  for (std::uint32_t i = 0; i < jobs; ++i) {
    const AttemptId id{JobId{i}, 0};
    bool is_running = false;
    bool has_ended = false;
    for (const Found& found : engine.found) {
      if (found.id != id) continue;
      is_running = found.state == Found::State::running;
      has_ended = found.state == Found::State::ended;
    }
    if (!is_running && !has_ended) engine.await_start(id);
    if (has_ended) continue;
    if (i >= 6) engine->stop(id, {});
    EXPECT_EQ(engine.await_end(id).ending.how, i < 6 ? How::exited : How::cancelled);
  }
  EXPECT_EQ(lines(), jobs);
}

// The first server's supervisor is late and begins the job; the second server's holds the order and then gives way.
TEST(recovery, an_order_to_stop_reaches_the_supervisor_that_another_gave_way_to) {
  if (test_launcher.is_on()) GTEST_SKIP() << "a launcher chooses the supervisor";
  const TemporaryFolder folder;
  const Milestone first(folder / "first");
  const Milestone second(folder / "second");
  const EngineOptions options{.supervisor = folder / "supervisor"};
  // Builtin commands alone: after another one some shells block no signals any more.
  write_script(options.supervisor, "gate=" + first.path() + "\n[ -e " + (folder / "asked") +
                                       " ] && gate=" + second.path() + "\n: > " + (folder / "asked") +
                                       "\nread word < $gate\nexec " + DURE_SUPERVISOR + " \"$@\"\n");
  const Attempt attempt = job(1, "echo begun\nwhile :; do sleep 60; done");
  with_engine_that_is_killed(folder / "engine", options, [&](TestEngine& engine) {
    engine->start(attempt);
    while (!std::filesystem::exists(folder / "asked")) ::poll(nullptr, 0, 1);
  });
  TestEngine engine(folder / "engine", options);
  EXPECT_EQ(found_of(engine, attempt.id).state, Found::State::starting);
  first.pass();
  while (engine.output(attempt) != "begun\n") ::poll(nullptr, 0, 1);  // written by one that has looked for orders
  engine->stop(attempt.id, {});
  while (!std::filesystem::exists(engine.attempt_folder(attempt.id) + "/stop")) ::poll(nullptr, 0, 1);
  second.pass();
  EXPECT_EQ(engine.await_end(attempt.id).ending.how, How::cancelled);
}

TEST(recovery, an_attempt_that_was_written_and_never_begun_begins_now) {
  const TemporaryFolder folder;
  const Attempt attempt = job(1, "exit 2");
  {
    TestEngine engine(folder / "engine");
    engine.run(attempt);
  }
  const std::string records = folder / "engine/attempts/1.0/";
  for (const char* name : {file::running, file::started, file::ended}) std::filesystem::remove(records + name);
  TestEngine engine(folder / "engine");
  EXPECT_EQ(found_of(engine, attempt.id).state, Found::State::starting);
  EXPECT_EQ(engine.await_end(attempt.id).ending.exit_code, 2);
}

TEST(recovery, a_killed_supervisor_takes_its_tasks_along_and_the_job_is_lost) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Milestone milestone(folder / "milestone");
  // One that left its process group and session, and one that stayed.
  const Attempt attempt =
      job(1, "setsid sleep 600 &\necho $! $$ > " + milestone.path() + "\nwhile :; do sleep 60; done");
  engine->start(attempt);
  const std::string pids = milestone.await();
  ::kill(supervisor_of(folder / "engine", attempt.id), SIGKILL);
  const Ending ending = engine.await_end(attempt.id).ending;
  EXPECT_EQ(ending.how, How::lost);
  EXPECT_EQ(ending.why, "its supervisor was killed; what was left of it has been killed, too");
  EXPECT_TRUE(is_gone(pids.substr(0, pids.find(' '))));
  EXPECT_TRUE(is_gone(pids.substr(pids.find(' ') + 1)));
}

TEST(recovery, a_supervisor_that_is_told_to_end_evicts_its_job) {
  const TemporaryFolder folder;
  TestEngine engine(folder / "engine");
  const Milestone milestone(folder / "milestone");
  const Attempt attempt =
      job(1, "trap 'echo cleaned up; exit 1' TERM\nsleep 600 & echo > " + milestone.path() + "; wait");
  engine->start(attempt);
  milestone.await();
  ::kill(supervisor_of(folder / "engine", attempt.id), SIGTERM);
  const Ending ending = engine.await_end(attempt.id).ending;
  EXPECT_EQ(ending.how, How::evicted);
  EXPECT_EQ(ending.why, "its supervisor was told to end by SIGTERM");
  EXPECT_EQ(engine.output(attempt), "cleaned up\n");
}

TEST(recovery, a_supervisor_killed_during_the_outage_is_noticed_and_the_loss_is_told_once) {
  const TemporaryFolder folder;
  const Milestone milestone(folder / "milestone");
  const Attempt attempt = job(1, "setsid sleep 600 &\necho $! > " + milestone.path() + "\nwhile :; do sleep 60; done");
  std::string daemon;
  with_engine_that_is_killed(folder / "engine", [&](TestEngine& engine) {
    engine->start(attempt);
    engine.await_start(attempt.id);
  });
  daemon = milestone.await();
  const pid_t supervisor = supervisor_of(folder / "engine", attempt.id);
  ::kill(supervisor, SIGKILL);
  await_process_end(supervisor);
  EXPECT_FALSE(is_gone(daemon));
  std::optional<Time> first;
  for (int i = 0; i < 2; ++i) {
    TestEngine engine(folder / "engine");
    const Found found = found_of(engine, attempt.id);
    ASSERT_EQ(found.state, Found::State::ended);
    EXPECT_EQ(found.ending->how, How::lost);
    EXPECT_TRUE(is_gone(daemon));
    EXPECT_EQ(found.ending->at, first.value_or(found.ending->at));
    first = found.ending->at;
  }
}

TEST(recovery, what_ran_before_the_machine_was_restarted_is_lost) {
  const TemporaryFolder folder;
  const Attempt attempt = job(1, "true");
  {
    TestEngine engine(folder / "engine");
    engine.run(attempt);
  }
  const std::string records = folder / "engine/attempts/1.0";
  std::filesystem::remove(records + "/ended");
  Running running = read_running(records).value_or(Running{});
  running.boot = "another";
  ASSERT_TRUE(write_record(records, running, Sync::no));
  TestEngine engine(folder / "engine");
  const Found found = found_of(engine, attempt.id);
  ASSERT_EQ(found.state, Found::State::ended);
  EXPECT_EQ(found.ending->how, How::lost);
  EXPECT_EQ(found.ending->why, "the machine was restarted while it ran");
}

TEST(recovery, a_damaged_end_is_a_loss_and_says_so) {
  const TemporaryFolder folder;
  const Attempt attempt = job(1, "true");
  {
    TestEngine engine(folder / "engine");
    engine.run(attempt);
  }
  const std::string records = folder / "engine/attempts/1.0";
  std::filesystem::resize_file(records + "/ended", 40);
  TestEngine engine(folder / "engine");
  const Found found = found_of(engine, attempt.id);
  ASSERT_EQ(found.state, Found::State::ended);
  EXPECT_EQ(found.ending->how, How::lost);
  EXPECT_EQ(found.ending->why, "the record `ended` is damaged or cut off");
}

TEST(recovery, a_damaged_launch_is_a_failed_start_and_runs_nothing) {
  const TemporaryFolder folder;
  const Attempt attempt = job(1, "echo ran >> " + (folder / "count"));
  {
    TestEngine engine(folder / "engine");
    engine.run(attempt);
  }
  const std::string records = folder / "engine/attempts/1.0/";
  for (const char* name : {file::running, file::started, file::ended}) std::filesystem::remove(records + name);
  std::filesystem::resize_file(records + file::launch, 40);
  TestEngine engine(folder / "engine");
  const Found found = found_of(engine, attempt.id);
  ASSERT_EQ(found.state, Found::State::ended);
  EXPECT_EQ(found.ending->how, How::start_failed);
  EXPECT_EQ(found.ending->why, "the record `launch` is damaged or cut off");
  EXPECT_EQ(kept(folder / "count"), "ran\n");
}

TEST(recovery, a_damaged_running_record_does_not_hide_a_job_that_runs) {
  const TemporaryFolder folder;
  const Attempt attempt = job(1, "while :; do sleep 60; done");
  with_engine_that_is_killed(folder / "engine", [&](TestEngine& engine) {
    engine->start(attempt);
    engine.await_start(attempt.id);
  });
  std::filesystem::resize_file(folder / "engine/attempts/1.0/running", 10);
  TestEngine engine(folder / "engine");
  EXPECT_EQ(found_of(engine, attempt.id).state, Found::State::running);
  engine->stop(attempt.id, {});
  EXPECT_EQ(engine.await_end(attempt.id).ending.how, How::cancelled);
}

TEST(recovery, half_made_folders_are_cleared_away) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "engine/attempts/1.0.new");
  TestEngine engine(folder / "engine");
  EXPECT_TRUE(engine.found.empty());
  EXPECT_FALSE(std::filesystem::exists(folder / "engine/attempts/1.0.new"));
  EXPECT_EQ(engine.run(job(1, "true")).exit_code, 0);
}

TEST(recovery, a_port_that_a_job_still_has_is_not_given_again) {
  const TemporaryFolder folder;
  const Milestone milestone(folder / "milestone");
  const Attempt attempt = job(1, "echo $MASTER_PORT > " + milestone.path() + "\nwhile :; do sleep 60; done");
  with_engine_that_is_killed(folder / "engine", [&](TestEngine& engine) {
    engine->start(attempt);
    engine.await_start(attempt.id);
  });
  const std::string port = milestone.await();
  TestEngine engine(folder / "engine");
  const Attempt next = job(2, "echo $MASTER_PORT");
  engine.run(next);
  EXPECT_NE(engine.output(next), port + '\n');
  engine->stop(attempt.id, {});
  engine.await_end(attempt.id);
}

}  // namespace
}  // namespace dure::engine
