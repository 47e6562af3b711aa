// The commands against a server that keeps to what the API promises.
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dure/cli/change_command.h"
#include "dure/cli/events_command.h"
#include "dure/cli/fleet_command.h"
#include "dure/cli/log_reader.h"
#include "dure/cli/queue_command.h"
#include "dure/cli/run_command.h"
#include "dure/cli/show_command.h"
#include "dure/cli/submit_command.h"
#include "dure/cli/tenant_command.h"
#include "dure/cli/terminal_run.h"
#include "dure/cli/test_console.h"
#include "dure/cli/test_fake_server.h"
#include "dure/cli/token_command.h"
#include "dure/http/event.h"

namespace dure::cli {
namespace {

using Changes = std::vector<std::string>;

const Surroundings here{.directory = "/data", .environment = {}};

std::string job(int id, const std::string& rest) { return R"({"id":)" + std::to_string(id) + "," + rest + "}"; }
const std::string ended_ok = R"("name":"a","state":"ended","outcome":"completed","exit_code":0)";
const std::string ended_badly =
    R"("name":"a","state":"ended","outcome":"failed","exit_code":3,"reason":"it ended with exit code 3")";
const std::string running = R"("name":"a","state":"running","pool":"local/gpu","where":"n1")";

// Sends events one after the other, and leaves the stream open.
FakeServer::Answerer sending(
    FakeServer& server, std::vector<http::Event> events, std::function<void()> before_each = [] {}) {
  return [&server, events = std::move(events), before_each](const http::Request&, http::Reply reply) {
    const auto stream = reply.stream({});
    server.keep(stream);
    for (const http::Event& event : events) {
      before_each();
      stream->send(http::to_frame(event));
    }
  };
}

http::Event event(int sequence, const std::string& kind, int id) {
  return {.id = std::to_string(sequence),
          .name = kind,
          .data = R"({"sequence":)" + std::to_string(sequence) + R"(,"time":"2026-11-23T12:00:00Z","kind":")" + kind +
                  R"(","job":)" + std::to_string(id) + R"(,"tenant":"a"})"};
}

TEST(Printable, ShowsWhatMovesTheCursorOrTurnsTheWritingAsAMark) {
  EXPECT_EQ(printable("a\x1b[31mb"), "a?[31mb");
  EXPECT_EQ(printable("a\u202Eb\u2066c\u061Cd\u200Fe"), "a?b?c?d?e");
  EXPECT_EQ(printable("두레"), "두레");
}

TEST(Submit, SendsOnceWithAKeyAndSaysTheNumber) {
  FakeServer server;
  server.on("POST /v1/jobs", R"({"jobs":[{"id":12,"count":1},{"id":13,"count":4}],"sequence":5})", 201);
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(submit({.words = {"true"}}, here, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(), "submitted job 12\nsubmitted array 13 of 4 jobs\n");
  const http::Request request = server.requests().front();
  EXPECT_EQ(request.header("Idempotency-Key")->size(), 32U);
  EXPECT_EQ(request.header("Authorization"), "Bearer secret");
}

TEST(Submit, SendsAgainWithTheSameKeyWhenTheConnectionBreaks) {
  std::atomic<int> times = 0;
  FakeServer server;
  server.on("POST /v1/jobs", [&](const http::Request&, http::Reply reply) {
    if (++times == 1) return reply.refuse({.status = 503, .detail = "not yet"});
    reply.send({.status = 201, .content_type = "application/json", .body = R"({"jobs":[{"id":12,"count":1}]})"});
  });
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(submit({.words = {"true"}}, here, connection, screen.console).value(), 0);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].header("Idempotency-Key"), requests[1].header("Idempotency-Key"));
}

TEST(Submit, PrintsTheAnswerAsItIs) {
  FakeServer server;
  server.on("POST /v1/jobs", R"({"jobs":[{"id":12,"count":1}],"sequence":5})", 201);
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(submit({.words = {"true"}, .json = true}, here, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(), "{\"jobs\":[{\"id\":12,\"count\":1}],\"sequence\":5}\n");
}

TEST(Submit, TellsWhichOfSeveralWasRefused) {
  FakeServer server;
  server.on("POST /v1/jobs", R"({"jobs":[{"error":"tenant a is full"},{"id":13,"count":1}],"sequence":5})", 201);
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(submit({.words = {"true"}}, here, connection, screen.console).value(), 1);
  EXPECT_EQ(screen.out(), "submitted job 13\n");
  EXPECT_EQ(screen.err(), "tenant a is full\n");
}

TEST(Submit, NamesTheServerThatCannotBeReached) {
  FakeServer server;
  Connection connection = server.connection();
  server.stop();
  TestConsole screen;
  const auto done = submit({.words = {"true"}}, here, connection, screen.console);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::unavailable);
  EXPECT_NE(done.error().message.find(server.url()), std::string::npos);
  EXPECT_NE(done.error().message.find("dure serve"), std::string::npos);
}

TEST(Wait, ReturnsWhenTheLastHasEndedWithTheHighestCode) {
  FakeServer server;
  std::atomic<int> told = 0;
  server.on("GET /v1/server", R"({"sequence":40})");
  server.on("GET /v1/jobs/1", job(1, running));
  server.on("GET /v1/jobs/2", job(2, running));
  server.on("GET /v1/jobs/3", job(3, ended_ok));
  server.on("GET /v1/events",
            sending(server, {event(41, "job_ended", 9), event(42, "job_ended", 2), event(43, "job_ended", 1)}, [&] {
              if (++told == 2) server.on("GET /v1/jobs/2", job(2, ended_badly));
              if (told == 3) server.on("GET /v1/jobs/1", job(1, ended_ok));
            }));
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(wait({.jobs = {"1", "2", "3"}}, connection, screen.console).value(), 3);
  EXPECT_EQ(screen.out(), "job 3 completed\njob 2 failed with exit code 3\njob 1 completed\n");
  for (const http::Request& request : server.requests()) {
    if (request.path != "/v1/events") continue;
    EXPECT_EQ(request.header("Last-Event-ID"), "40");
  }
}

TEST(Wait, LooksAgainWhenAStreamEnds) {
  FakeServer server;
  std::atomic<int> streams = 0;
  server.on("GET /v1/server", R"({"sequence":40})");
  server.on("GET /v1/jobs/1", job(1, running));
  server.on("GET /v1/events", [&](const http::Request& request, http::Reply reply) {
    EXPECT_EQ(request.parameter("job"), "1");
    if (++streams == 2) server.on("GET /v1/jobs/1", job(1, ended_ok));
    reply.stream({})->finish();
  });
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(wait({.jobs = {"1"}}, connection, screen.console).value(), 0);
  EXPECT_EQ(streams, 2);
}

TEST(Wait, SaysWhichJobThereIsNot) {
  FakeServer server;
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(wait({.jobs = {"7"}}, connection, screen.console).error().code, Code::not_found);
}

FakeServer::Answerer log_of(const std::string& text) {
  return [text](const http::Request& request, http::Reply reply) {
    const std::size_t offset = std::stoul(std::string(request.parameter("offset").value()));
    reply.send({.content_type = "text/plain", .body = text.substr(std::min(offset, text.size()))});
  };
}

TEST(Logs, ShowsWhatIsThere) {
  FakeServer server;
  server.on("GET /v1/jobs/12/logs", log_of("one\ntwo\n"));
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(logs({.job = "12", .task = 3, .error_stream = true}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(), "one\ntwo\n");
  EXPECT_EQ(server.requests().back().target, "/v1/jobs/12/logs?task=3&stream=error&offset=0");
}

TEST(Logs, GoesOnWhereABrokenStreamStopped) {
  FakeServer server;
  std::atomic<int> streams = 0;
  server.on("GET /v1/jobs/12", job(12, running));
  server.on("GET /v1/jobs/12/logs", [&](const http::Request& request, http::Reply reply) {
    const std::string offset(request.parameter("offset").value());
    if (!request.parameter("follow")) return log_of("one\ntwo\nthree\n")(request, std::move(reply));
    const auto stream = reply.stream({.content_type = "text/plain"});
    EXPECT_EQ(offset, streams == 0 ? "0" : "4");
    stream->send(streams++ == 0 ? "one\n" : "two\n");
    if (streams == 2) server.on("GET /v1/jobs/12", job(12, ended_ok));
    stream->finish();
  });
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(logs({.job = "12", .follow = true}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(), "one\ntwo\nthree\n");
}

TEST(Run, ShowsOutputAndEndsAsTheJobDoes) {
  FakeServer server;
  server.on("POST /v1/jobs", R"({"jobs":[{"id":12,"count":1}],"sequence":5})", 201);
  server.on("GET /v1/jobs/12", job(12, ended_badly));
  server.on("GET /v1/jobs/12/logs", log_of("hello\n"));
  TestConsole screen;
  EXPECT_EQ(run({.words = {"false"}}, here, server.address(), screen.console).value(), 3);
  EXPECT_EQ(screen.out(), "hello\n");
  EXPECT_EQ(screen.err(), "submitted job 12\njob 12 failed with exit code 3\n");
}

TEST(Run, CancelsTheJobOnCtrlC) {
  FakeServer server;
  std::atomic<bool> has_begun = false;
  server.on("POST /v1/jobs", R"({"jobs":[{"id":12,"count":1}],"sequence":5})", 201);
  server.on("GET /v1/jobs/12", job(12, running));
  server.on("GET /v1/jobs/12/logs", [&](const http::Request& request, http::Reply reply) {
    if (!request.parameter("follow")) return log_of("begun\nend\n")(request, std::move(reply));
    if (has_begun.exchange(true)) return reply.stream({.content_type = "text/plain"})->finish();
    const auto stream = reply.stream({.content_type = "text/plain"});
    server.keep(stream);
    stream->send("begun\n");
    ::kill(::getpid(), SIGINT);
  });
  server.on("POST /v1/jobs/12/cancel", [&](const http::Request&, http::Reply reply) {
    server.on("GET /v1/jobs/12", job(12, R"("state":"ended","outcome":"cancelled","exit_code":143)"));
    reply.send({.content_type = "application/json", .body = R"({"sequence":9})"});
  });
  TestConsole screen;
  EXPECT_EQ(run({.words = {"sleep", "100"}}, here, server.address(), screen.console).value(), 130);
  EXPECT_EQ(server.changes().back(), "POST /v1/jobs/12/cancel");
  EXPECT_EQ(screen.out(), "begun\nend\n");
  EXPECT_EQ(screen.err(), "submitted job 12\ncancelling job 12; Ctrl-C again leaves it to itself\njob 12 cancelled\n");
}

TEST(Run, RefusesWhatItCannotDo) {
  TestConsole screen;
  const ServerAddress nowhere{.url = "http://127.0.0.1:1"};
  EXPECT_EQ(
      run({.job = {.terminal = true}, .words = {"bash"}, .json = true}, here, nowhere, screen.console).error().message,
      "--json: a terminal shows what the job writes alone; leave out one of the two");
  EXPECT_EQ(run({.job = {.array = "0-9"}, .words = {"a"}}, here, nowhere, screen.console).error().code,
            Code::invalid_argument);
  EXPECT_EQ(run({}, here, nowhere, screen.console).error().message,
            "found no command; write it behind `--`, such as: dure run -- python3 train.py");
}

TEST(Run, HasNoTerminalOnAnotherMachine) {
  FakeServer server;
  server.on("GET /v1/server", R"({"data":"/nowhere","pid":1,"sequence":5})");
  Connection connection = server.connection();
  EXPECT_EQ(check_is_here(connection).error().message,
            "-it: a terminal is for the machine and the account that the server runs on, and " + server.url() +
                " is elsewhere; leave out -it, and the output is shown as it comes");
}

TEST(Change, GoesOnAfterAJobThatIsNotThere) {
  FakeServer server;
  for (const char* id : {"1", "3"}) {
    server.on(std::string("GET /v1/jobs/") + id, job(std::stoi(id), running));
    server.on(std::string("POST /v1/jobs/") + id + "/cancel", R"({"sequence":9})");
  }
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(act_on_jobs({.act = JobAct::cancel, .jobs = {"1", "2", "3"}}, connection, screen.console).value(), 4);
  EXPECT_EQ(screen.out(), "cancelled job 1\ncancelled job 3\n");
  EXPECT_EQ(screen.err(), "there is no GET /v1/jobs/2\n");
}

TEST(Change, ReachesAWholeArray) {
  FakeServer server;
  server.on("GET /v1/jobs/10", job(10, R"("name":"s","tenant":"a","state":"pending","array":{"job":10,"index":0})"));
  server.on("GET /v1/jobs",
            R"({"jobs":[{"id":10,"array":{"job":10,"index":0}},{"id":11,"array":{"job":10,"index":1}}],)"
            R"("next":null})");
  server.on("POST /v1/jobs/10/hold", R"({"sequence":9})");
  server.on("POST /v1/jobs/11/hold", R"({"sequence":10})");
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(act_on_jobs({.act = JobAct::hold, .jobs = {"10"}}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(), "held 2 jobs of array 10\n");
  EXPECT_EQ(act_on_jobs({.act = JobAct::hold, .jobs = {"10_1"}}, connection, screen.console).value(), 0);
  EXPECT_EQ(server.changes(), (Changes{"POST /v1/jobs/10/hold", "POST /v1/jobs/11/hold", "POST /v1/jobs/11/hold"}));
}

TEST(Change, GoesOnWithinAnArray) {
  FakeServer server;
  server.on("GET /v1/jobs/10", job(10, R"("name":"s","tenant":"a","state":"running","array":{"job":10,"index":0})"));
  server.on("GET /v1/jobs",
            R"({"jobs":[{"id":10,"array":{"job":10,"index":0}},{"id":11,"array":{"job":10,"index":1}}],)"
            R"("next":null})");
  server.refuse("POST /v1/jobs/10/hold", 409, "job 10 is running");
  server.on("POST /v1/jobs/11/hold", R"({"sequence":10})");
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(act_on_jobs({.act = JobAct::hold, .jobs = {"10"}}, connection, screen.console).value(), 1);
  EXPECT_EQ(screen.out(), "held 1 jobs of array 10\n");
  EXPECT_EQ(screen.err(), "not held: 1 of array 10; the first: job 10 is running\n");
}

TEST(Change, UpdatesWhatWasGiven) {
  FakeServer server;
  server.on("GET /v1/jobs/1", job(1, running));
  server.on("PATCH /v1/jobs/1", R"({"sequence":9})");
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(
      update_jobs({.jobs = {"1"}, .time_limit = "2h", .priority = "-3", .name = "a\"b"}, connection, screen.console)
          .value(),
      0);
  EXPECT_EQ(server.changes(), Changes{R"(PATCH /v1/jobs/1 {"time_limit":"2h","priority":-3,"name":"a\"b"})"});
  EXPECT_EQ(update_jobs({.jobs = {"1"}}, connection, screen.console).error().code, Code::invalid_argument);
  EXPECT_EQ(update_jobs({.jobs = {"1"}, .time_limit = "x"}, connection, screen.console).error().message,
            "--time: 'x' is not a duration; write it as 90s, 30m, 72h or 7d");
}

constexpr const char* two_jobs =
    R"({"jobs":[)"
    R"({"id":12,"name":"train","tenant":"a/b","user":"kim","state":"running","tasks":{"min":2,"max":4},)"
    R"("per_task":{"gpus":8},"pool":"s/h200","where":"n[1-2]","submitted":"2026-11-23T11:00:00Z",)"
    R"("started":"2026-11-23T11:30:00Z","time_limit_s":7200},)"
    R"({"id":20,"array":{"job":20,"index":0},"name":"sweep","tenant":"a/b","user":"kim","state":"pending",)"
    R"("tasks":{"min":1,"max":1},"per_task":{"gpus":5E-1},"submitted":"2026-11-23T11:55:00Z","time_limit_s":60,)"
    R"("reasons":["the pool is full"]},)"
    R"({"id":21,"array":{"job":20,"index":1},"name":"sweep","tenant":"a/b","user":"kim","state":"pending",)"
    R"("tasks":{"min":1,"max":1},"per_task":{"gpus":5E-1},"submitted":"2026-11-23T11:55:00Z","time_limit_s":60,)"
    R"("reasons":["the pool is full"]},)"
    R"({"id":22,"name":"old","tenant":"a/b","user":"kim","state":"ended","outcome":"timed_out",)"
    R"("tasks":{"min":1,"max":1},"per_task":{"cpus":1},"started":"2026-11-23T10:00:00Z",)"
    R"("ended":"2026-11-23T11:00:00Z","reason":"its time was over"}],)"
    R"("next":null,"sequence":7,"now":"2026-11-23T12:00:00Z"})";

TEST(Queue, DrawsOneRowForJobsOfAnArrayThatWaitAlike) {
  FakeServer server;
  server.on("GET /v1/jobs", two_jobs);
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(queue({.filter = {.tenant = "a/b"}, .all = true}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(),
            "JOB       NAME   TENANT  USER  STATE      ASKS FOR      TIME  LIMIT  WHERE, OR WHY NOT\n"
            "12        train  a/b     kim   running    2-4 × 8 GPUs   30m     2h  n[1-2]\n"
            "20_[0-1]  sweep  a/b     kim   pending    0.5 GPUs        5m     1m  the pool is full\n"
            "22        old    a/b     kim   timed_out  1 CPU           1h         its time was over, 1h ago\n");
  EXPECT_EQ(server.requests().front().target,
            "/v1/jobs?state=pending%2Crunning%2Cheld%2Cstarting%2Cstopping%2Cended&tenant=a%2Fb&limit=1000");
}

TEST(Queue, SaysWhenThereIsMore) {
  FakeServer server;
  server.on("GET /v1/jobs", R"({"jobs":[{"id":1},{"id":2}],"next":"3","now":"2026-11-23T12:00:00Z"})");
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(queue({.limit = 2, .json = true}, connection, screen.console).value(), 0);
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(queue({.limit = 2}, connection, screen.console).value(), 0);
  EXPECT_NE(screen.err().find("more than 2 jobs"), std::string::npos);
  EXPECT_EQ(queue({.filter = {.states = "held"}, .all = true}, connection, screen.console).error().code,
            Code::invalid_argument);
}

TEST(Queue, IsDrawnAnewWhenSomethingHappens) {
  FakeServer server;
  std::atomic<int> drawn = 0;
  server.on("GET /v1/jobs", [&](const http::Request&, http::Reply reply) {
    if (++drawn == 3) return reply.refuse({.status = 403, .detail = "enough"});
    reply.send({.content_type = "application/json",
                .body = R"({"jobs":[],"next":null,"sequence":)" + std::to_string(drawn == 1 ? 7 : 9) + "}"});
  });
  server.on("GET /v1/events",
            sending(server, {event(8, "job_submitted", 1), event(9, "start_ordered", 1), event(10, "job_started", 1)}));
  TestConsole screen;
  Connection connection = server.connection();
  const auto watched = queue({.watch = true}, connection, screen.console);
  EXPECT_EQ(watched.error().message, "enough");
  EXPECT_EQ(drawn, 3) << "the second of the events showed already";
  EXPECT_EQ(screen.out(), "no jobs\n\nno jobs\n\n");
}

TEST(Show, TellsAllThereIsToKnow) {
  FakeServer server;
  server.on("GET /v1/jobs/12",
            job(12, R"("name":"train","tenant":"a/b","user":"kim","state":"pending","tasks":{"min":2,"max":2},)"
                    R"("per_task":{"gpus":8,"memory_mib":1024},"pools":["s/h200"],"time_limit_s":7200,"priority":5,)"
                    R"("within":"block","segments":{"of":2,"within":"rack"},)"
                    R"("reasons":["full"],"after":[{"kind":"ok","job":3}],"script":"#!/bin/sh\necho \u001b[2J\n")"));
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(show({.jobs = {"12"}}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(),
            "job         12\nname        train\ntenant      a/b\nuser        kim\nstate       pending\n"
            "reason      full\ntasks       2\neach task   8 GPUs, 1 GiB of memory\n"
            "tasks lie   within one block, in groups of 2 within one rack\npools       s/h200\n"
            "time limit  2h\npriority    5\nafter       3 (ok)\nscript\n  #!/bin/sh\n  echo ?[2J\n");
}

// The clock of `dure queue` is the server's; a job that was cut short at 11:45 ran for a quarter of an hour, whenever
// one asks.
TEST(Show, SaysOfOneThatWaitsAgainHowLongItRan) {
  const std::string job = R"({"id":12,"state":"pending","submitted":"2026-11-23T11:00:00Z","evictions":1,)"
                          R"("started":"2026-11-23T11:30:00Z","interrupted":"2026-11-23T11:45:00Z"})";
  FakeServer server;
  server.on("GET /v1/jobs/12", job);
  server.on("GET /v1/jobs/13", R"({"id":13,"state":"pending","started":"2026-11-23T11:30:00Z"})");
  server.on("GET /v1/jobs", R"({"jobs":[)" + job + R"(],"next":null,"now":"2026-11-23T12:05:00Z"})");
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(show({.jobs = {"12"}}, connection, screen.console).value(), 0);
  EXPECT_NE(screen.out().find("ran for     15m\n"), std::string::npos) << screen.out();
  TestConsole other;  // when it ended is not known
  EXPECT_EQ(show({.jobs = {"13"}}, connection, other.console).value(), 0);
  EXPECT_EQ(other.out().find("ran for"), std::string::npos) << other.out();
  TestConsole table;
  EXPECT_EQ(queue({}, connection, table.console).value(), 0);
  EXPECT_NE(table.out().find(" 20m\n"), std::string::npos) << table.out();  // waiting since then
}

TEST(Why, TellsBlockersAndWhatWouldHelp) {
  FakeServer server;
  server.on("GET /v1/jobs/12/why",
            R"({"id":12,"state":"pending","blockers":[{"code":"limit","pool":"s/h200","detail":"tenant a is full"},)"
            R"({"code":"order","detail":"job 3 is before it"}],)"
            R"("changes":[{"code":"fewer_tasks","tasks":2,"detail":"ask for 2 tasks"}]})");
  server.on("GET /v1/jobs/13/why", R"({"id":13,"state":"running","blockers":[],"changes":[]})");
  server.on("GET /v1/jobs/14/why",
            R"({"id":14,"state":"ended","outcome":"timed_out","reason":"it ran too long","blockers":[],"changes":[]})");
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(why({.jobs = {"12", "13", "14"}}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(),
            "job 12 is pending:\n- s/h200: tenant a is full\n- job 3 is before it\nwhat would change that:\n"
            "- ask for 2 tasks\n\njob 13 is running\n"
            "\njob 14 timed_out: it ran too long\n");
}

TEST(Fleet, DrawsPoolsNodesAndDevices) {
  FakeServer server;
  server.on("GET /v1/fleet",
            R"({"name":"f","pools":[{"path":"s/h200","engine":"local","gpu_model":"H200","unit":"GPUs",)"
            R"("nodes":2,"drained":1,"lost":0,"capacity":16,"held":4.5}]})");
  server.on("GET /v1/nodes",
            R"({"nodes":[{"name":"n1","pool":"s/h200","state":"drained","reason":"fan","gpus":8,"gpus_held":3.5,)"
            R"("cpus":64,"cpus_held":0,"memory_mib":524288,"memory_held_mib":1536,"jobs":[1,2],)"
            R"("devices":[{"index":0,"model":"H200","memory_mib":144384,"healthy":false,"why_not":"Xid 79",)"
            R"("power_w":71.6,"temperature_c":35,"utilization_percent":0}]}],"next":null})");
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(fleet({}, connection, screen.console).value(), 0);
  EXPECT_EQ(fleet({.nodes = true}, connection, screen.console).value(), 0);
  EXPECT_EQ(fleet({.devices = true, .pool = "s/h200"}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(),
            "POOL    GPU   NODES  DRAINED  HELD  OF  UNIT  BUSY  ENGINE\n"
            "s/h200  H200      2        1   4.5  16  GPUs   28%  local\n"
            "NODE  POOL    STATE        GPUS     CPUS          MEMORY  JOBS  REASON\n"
            "n1    s/h200  drained  3.5 of 8  0 of 64  1.5 of 512 GiB  1, 2  fan\n"
            "NODE  GPU  MODEL   MEMORY  STATE      BUSY  POWER   HEAT  WHY NOT\n"
            "n1      0  H200   141 GiB  unhealthy    0%   72 W  35 °C  Xid 79\n");
  EXPECT_EQ(server.requests().back().target, "/v1/nodes?pool=s%2Fh200");
}

TEST(Fleet, DrainsAndResumesNodes) {
  FakeServer server;
  server.on("POST /v1/nodes/n1/drain", R"({"sequence":9})");
  server.on("POST /v1/nodes/n1/resume", R"({"sequence":9})");
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(drain({.nodes = {"n1", "n2"}, .reason = "fan \"1\""}, connection, screen.console).value(), 4);
  EXPECT_EQ(resume({.nodes = {"n1"}}, connection, screen.console).value(), 0);
  EXPECT_EQ(server.changes(),
            (Changes{R"(POST /v1/nodes/n1/drain {"reason":"fan \"1\""})",
                     R"(POST /v1/nodes/n2/drain {"reason":"fan \"1\""})", "POST /v1/nodes/n1/resume"}));
  EXPECT_EQ(screen.out(), "drained n1\nresumed n1\n");
}

TEST(Tenants, DrawWhatIsTheirsAndWhatTheyUsed) {
  FakeServer server;
  server.on("GET /v1/tenants",
            R"({"tenants":[{"path":"a","weight":1,"pools":[]},{"path":"a/b","weight":3,"pools":[{"pool":"s/h200",)"
            R"("unit":"GPUs","guarantee":8,"limit":null,"held":12,"borrowed":4,"running":2,"pending":1}]}]})");
  server.on("GET /v1/usage", R"({"tenants":[{"path":"a/b","pools":[{"pool":"s/h200","unit":"GPUs","hours":12.345,)"
                             R"("jobs_ended":7,"jobs_running":2}]}]})");
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(tenants({}, connection, screen.console).value(), 0);
  EXPECT_EQ(usage({.tenant = "a/b"}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(),
            "TENANT  WEIGHT  POOL    GUARANTEE  HELD  BORROWED  UNIT  RUNNING  WAITING\n"
            "a            1\n"
            "a/b          3  s/h200          8    12         4  GPUs        2        1\n"
            "TENANT  POOL     USED  UNIT       JOBS ENDED  RUNNING\n"
            "a/b     s/h200  12.35  GPU-hours           7        2\n");
}

TEST(Tenants, DrawRacksWhereSomeAreKept) {
  FakeServer server;
  server.on("GET /v1/tenants",
            R"({"tenants":[{"path":"a","weight":1,"pools":[{"pool":"s/h200","unit":"GPUs","guarantee":16,"racks":2,)"
            R"("limit":null,"held":0,"borrowed":0,"running":0,"pending":0}]}]})");
  server.on("GET /v1/fleet",
            R"({"name":"f","pools":[{"path":"s/h200","unit":"GPUs","nodes":8,"capacity":64,"held":0,"racks":8,)"
            R"("kept_racks":2,"engine":"simulated"}]})");
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(tenants({}, connection, screen.console).value(), 0);
  EXPECT_EQ(fleet({}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(),
            "TENANT  WEIGHT  POOL    GUARANTEE  RACKS  HELD  UNIT  RUNNING  WAITING\n"
            "a            1  s/h200         16      2     0  GPUs        0        0\n"
            "POOL    NODES  RACKS KEPT  HELD  OF  UNIT  BUSY  ENGINE\n"
            "s/h200      8      2 of 8     0  64  GPUs    0%  simulated\n");
}

TEST(Usage, TellsWhatWasLostWhereAnythingWas) {
  FakeServer server;
  server.on(
      "GET /v1/usage",
      R"({"tenants":[{"path":"a","pools":[{"pool":"s/h200","unit":"GPUs","hours":12.345,"lost":{)"
      R"("evicted":{"hours":1.5,"times":2},"node_lost":{"hours":0,"times":0}},"jobs_ended":7,"jobs_running":2}]},)"
      R"({"path":"b","pools":[{"pool":"s/h200","unit":"GPUs","hours":3,"lost":{)"
      R"("evicted":{"hours":0,"times":0},"node_lost":{"hours":0,"times":0}},"jobs_ended":1,"jobs_running":0}]}]})");
  TestConsole screen;
  Connection connection = server.connection();
  EXPECT_EQ(usage({}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(),
            "TENANT  POOL     USED  UNIT       LOST TO EVICTION  JOBS ENDED  RUNNING\n"
            "a       s/h200  12.35  GPU-hours         1.50 (2×)           7        2\n"
            "b       s/h200   3.00  GPU-hours                             1        0\n");
}

TEST(Events, ArePrintedUpToNow) {
  FakeServer server;
  server.on("GET /v1/server", R"({"sequence":42})");
  server.on("GET /v1/events",
            sending(server, {event(41, "job_submitted", 7), event(42, "job_started", 7), event(43, "job_ended", 7)}));
  TestConsole screen;
  EXPECT_EQ(events({.last = 2, .json = true}, server.address(), screen.console).value(), 0);
  EXPECT_EQ(screen.out(), event(41, "job_submitted", 7).data + "\n" + event(42, "job_started", 7).data + "\n");
  EXPECT_EQ(server.requests().back().header("Last-Event-ID"), "40");
}

TEST(Events, AreFollowedFromTheLastOneSeen) {
  FakeServer server;
  std::atomic<int> streams = 0;
  server.on("GET /v1/server", R"({"sequence":42})");
  server.on("GET /v1/events", [&](const http::Request& request, http::Reply reply) {
    EXPECT_EQ(request.header("Last-Event-ID"), streams == 0 ? "42" : "43");
    if (++streams == 2) return reply.refuse({.status = 403, .detail = "enough"});
    const auto stream = reply.stream({});
    stream->send(http::to_frame(event(43, "job_submitted", 7)));
    stream->finish();
  });
  TestConsole screen;
  EXPECT_EQ(events({.follow = true, .last = 0}, server.address(), screen.console).error().message, "enough");
  EXPECT_NE(screen.out().find("job_submitted    job 7  tenant a\n"), std::string::npos);
}

TEST(Tokens, AreListedToTheLastPage) {
  FakeServer server;
  const std::string first = R"({"tokens":[{"id":"t1","subject":"kim"}],"next":"t2"})";
  const std::string last = R"({"tokens":[{"id":"t2","subject":"lee"}],"next":null})";
  server.on("GET /v1/tokens", [&](const http::Request& request, http::Reply reply) {
    reply.send({.content_type = "application/json", .body = request.parameter("cursor") == "t2" ? last : first});
  });
  Connection connection = server.connection();
  TestConsole screen;
  EXPECT_EQ(list_tokens({}, connection, screen.console).value(), 0);
  EXPECT_NE(screen.out().find("kim"), std::string::npos);
  EXPECT_NE(screen.out().find("lee"), std::string::npos);
  TestConsole pages;
  EXPECT_EQ(list_tokens({.json = true}, connection, pages.console).value(), 0);
  EXPECT_EQ(pages.out(), first + "\n" + last + "\n");
}

}  // namespace
}  // namespace dure::cli
