// A fleet that is not there, served: `rehearse: true`. docs/server.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <fstream>
#include <string>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "dure/base/time.h"
#include "events.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

namespace json = boost::json;

// 2,000 nodes, 16,000 GPUs; all of them are guaranteed to `a`.
std::string fleet_text(int blocks) {
  return fmt::format(
      "fleet: rehearsed\nsites:\n- name: hall\n  pools:\n  - name: gpu\n"
      "    gpu: {{model: B200, memory: 180Gi, per_node: 8}}\n    node: {{cpus: 192, memory: 2048Gi}}\n"
      "    topology: {{blocks: {}, racks_per_block: 20, nodes_per_rack: 10}}\n",
      blocks);
}

class Rehearsal : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_.path() / "fleet.yaml") << fleet_text(10);
    std::ofstream(folder_.path() / "server.yaml")
        << "rehearse: true\nfleet: fleet.yaml\ntenants: [{name: a, guarantee: {hall/gpu: 16000}}, {name: b}]\n";
    ASSERT_EQ(server_.start(), "");
  }

  // Returns the number of the first of the jobs, each of one task of 8 GPUs.
  std::uint64_t submit(const std::string& tenant, const std::string& run, const std::string& more = "") {
    http::Client client = server_.client();
    return post(client, "/v1/jobs",
                fmt::format(R"({{"name":"rehearsed","tenant":"{}","per_task":{{"gpus":8}},"time_limit":"1h",)"
                            R"("environment":{{"REHEARSED_RUN":"{}"}},"script":"exit 1"{}}})",
                            tenant, run, more),
                201)
        .at("jobs")
        .at(0)
        .at("id")
        .to_number<std::uint64_t>();
  }

  json::value show(std::uint64_t job) {
    http::Client client = server_.client();
    return get(client, fmt::format("/v1/jobs/{}", job));
  }
  std::string text(std::uint64_t job, const char* key) {
    const json::value shown = show(job);
    const json::value* value = shown.as_object().if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
  }
  Time time(std::uint64_t job, const char* key) { return parse_time(text(job, key)).value_or(Time{}); }
  std::size_t count(const std::string& state) {
    http::Client client = server_.client();
    const auto answer = client.send(http::Method::get, "/metrics");
    const std::string metrics = answer ? answer->body : "";
    const std::string line = "dure_jobs{state=\"" + state + "\"} ";
    const std::size_t found = metrics.find(line);
    EXPECT_NE(found, std::string::npos) << metrics.substr(0, 500);
    return found == std::string::npos ? 0 : std::stoul(metrics.substr(found + line.size()));
  }

  TempFolder folder_;
  ServerProcess server_{folder_.path() / "data", {"--config", (folder_.path() / "server.yaml").string()}};
  Cli cli_{server_, folder_.path()};
};

TEST_F(Rehearsal, SaysThatNothingRunsThere) {
  std::string greeting;
  while (const auto line = server_.process().read_line(in_seconds(10))) {
    greeting = *line;
    if (greeting.find("rehearsed") != std::string::npos) break;
  }
  EXPECT_EQ(greeting, "  rehearsed: sites hall (nothing runs there)");
}

TEST_F(Rehearsal, JobsEndWhenTheirRunsAreOver) {
  const std::uint64_t first = submit("a", "2s", R"(,"array":"1-2500")");
  const std::uint64_t last = first + 2499;
  ASSERT_TRUE(wait_until_started(server_, first));
  EXPECT_GE(count("pending"), 1U);
  ASSERT_TRUE(wait_until_idle(server_, in_seconds(120)));
  for (const std::uint64_t job : {first, last}) {
    EXPECT_EQ(text(job, "outcome"), "completed");
    EXPECT_EQ(time(job, "ended") - time(job, "started"), seconds(2));
  }
  // It began when one of the 2,000 that fit had ended.
  EXPECT_GE(time(last, "started"), time(first, "ended"));
  EXPECT_EQ(cli_.run({"logs", std::to_string(first)}).output, "");
}

TEST_F(Rehearsal, ATimeLimitEndsALongerRun) {
  const std::uint64_t job = submit("a", "1h", R"(,"array":"1-2")");
  ASSERT_TRUE(wait_until_started(server_, job + 1));
  const std::string limited =
      cli_.submit({"--tenant", "a", "--gpus", "1", "--time", "1s", "--env", "REHEARSED_RUN=10s", "--", "true"});
  ASSERT_TRUE(wait_until_ended(server_, std::stoull(limited)));
  EXPECT_EQ(text(std::stoull(limited), "outcome"), "timed_out");
  EXPECT_EQ(text(job, "state"), "running");
}

TEST_F(Rehearsal, RunsGoOnWhileTheServerIsKilled) {
  const std::uint64_t brief = submit("a", "2s");
  const std::uint64_t longer = submit("a", "5s");
  const std::uint64_t endless = submit("a", "1h");
  ASSERT_TRUE(wait_until_started(server_, endless));
  server_.kill();
  ASSERT_EQ(server_.start(), "");
  EXPECT_EQ(text(endless, "state"), "running");
  ASSERT_TRUE(wait_until_ended(server_, brief));
  ASSERT_TRUE(wait_until_ended(server_, longer));
  for (const auto& [job, run] : {std::pair(brief, seconds(2)), std::pair(longer, seconds(5))}) {
    EXPECT_EQ(text(job, "outcome"), "completed");
    EXPECT_EQ(time(job, "ended") - time(job, "started"), run);
  }
  EXPECT_EQ(text(endless, "state"), "running");
}

TEST_F(Rehearsal, WhatIsCancelledIsStopped) {
  const std::uint64_t running = submit("a", "1h");
  ASSERT_TRUE(wait_until_started(server_, running));
  EXPECT_EQ(cli_.run({"cancel", std::to_string(running)}).code, 0);
  server_.kill();  // the order may be known to the journal alone
  ASSERT_EQ(server_.start(), "");
  ASSERT_TRUE(wait_until_ended(server_, running));
  EXPECT_EQ(text(running, "outcome"), "cancelled");
}

TEST_F(Rehearsal, BorrowersAreEvictedForAGuarantee) {
  const std::uint64_t borrower = submit("b", "1h", R"(,"array":"1-2000")");
  ASSERT_TRUE(wait_until_started(server_, borrower + 1999));
  const std::uint64_t owner = submit("a", "1h", R"(,"array":"1-3")");
  ASSERT_TRUE(wait_until_started(server_, owner + 2));
  EXPECT_EQ(count("running"), 2000U);
  EXPECT_EQ(count("pending"), 3U);
  http::Client client = server_.client();
  const json::value pending = get(client, "/v1/jobs?limit=10&state=pending");
  for (const json::value& job : pending.at("jobs").as_array()) {
    EXPECT_EQ(job.at("tenant").as_string(), "b");
    EXPECT_EQ(job.at("evictions").to_number<int>(), 1);
  }
}

TEST_F(Rehearsal, TheFleetGrowsByApply) {
  cli_.write("more.yaml", fleet_text(15));
  const Ran applied = cli_.run({"apply", "more.yaml"});
  EXPECT_EQ(applied.code, 0) << applied.errors;
  const std::uint64_t jobs = submit("b", "1h", R"(,"array":"1-3000")");
  EXPECT_TRUE(wait_until_started(server_, jobs + 2999));
}

TEST(RehearsalOff, IsNamedWhereASiteIsNotThere) {
  const TempFolder folder;
  ServerProcess server(folder.path() / "data");
  ASSERT_EQ(server.start(), "");
  const Cli cli(server, folder.path());
  cli.write("fleet.yaml", fleet_text(10));
  const Ran applied = cli.run({"apply", "fleet.yaml"});
  EXPECT_EQ(applied.code, 2);
  EXPECT_NE(applied.errors.find("rehearse: true"), std::string::npos) << applied.errors;
}

}  // namespace
}  // namespace dure::e2e
