// The commands and the API of a real server, from end to end.
#include "dure/api/route.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>
#include <tuple>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "dure/http/gzip.h"
#include "events.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

// A server of four devices for each case.
class Api : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(server_.start(), ""); }

  // A job on all devices that runs until `open_gate`.
  std::string submit_gate() {
    return cli_.submit({"-n", "gate", "--gpus", "4", "--time", "5m", "--", "sh", "-c",
                        fmt::format("while [ ! -e {} ]; do sleep 0.02; done", (folder_.path() / "gate").string())});
  }
  void open_gate() { cli_.write("gate", ""); }
  boost::json::value show(const std::string& job) { return cli_.json({"show", job}); }
  std::string state_of(const std::string& job) { return std::string(show(job).at("state").as_string()); }
  std::string outcome_of(const std::string& job) { return std::string(show(job).at("outcome").as_string()); }
  // With --json, the kinds of what keeps a job waiting.
  std::string why(const std::string& job) { return boost::json::serialize(cli_.json({"why", job}).at("blockers")); }

  TempFolder folder_;
  ServerProcess server_{folder_.path() / "data"};
  Cli cli_{server_, folder_.path()};
};

TEST_F(Api, AJobIsSubmittedWaitedForAndRead) {
  const std::string job = cli_.submit({"-n", "hello", "--gpus", "1", "--", "sh", "-c", "echo hi; echo no >&2; exit 3"});
  EXPECT_EQ(cli_.run({"wait", job}).code, 3);
  EXPECT_EQ(outcome_of(job), "failed");
  EXPECT_EQ(cli_.run({"logs", job}).output.substr(0, 3), "hi\n");
  EXPECT_EQ(cli_.run({"run", "--gpus", "1", "--", "sh", "-c", "echo now; exit 4"}).code, 4);
}

TEST_F(Api, AWaitingJobSaysWhyAndMayBeChangedHeldAndReleased) {
  const std::string gate = submit_gate();
  const std::string job = cli_.submit({"-n", "second", "--gpus", "1", "--", "true"});
  EXPECT_NE(why(job), "[]");
  EXPECT_EQ(cli_.run({"update", job, "--name", "third", "--priority", "7"}).code, 0);
  EXPECT_EQ(show(job).at("name").as_string(), "third");
  EXPECT_EQ(cli_.run({"hold", job}).code, 0);
  EXPECT_EQ(state_of(job), "held");
  EXPECT_EQ(cli_.json({"queue", "--state", "held"}).at("jobs").as_array().size(), 1u);
  EXPECT_EQ(cli_.run({"release", job}).code, 0);
  open_gate();
  EXPECT_EQ(cli_.run({"wait", gate, job}).code, 0);
  EXPECT_EQ(outcome_of(job), "completed");
}

TEST_F(Api, CancelEndsWhatRunsAndWhatWaits) {
  const std::string gate = submit_gate();
  const std::string job = cli_.submit({"--gpus", "1", "--", "true"});
  EXPECT_EQ(cli_.run({"cancel", job, gate}).code, 0);
  EXPECT_NE(cli_.run({"wait", gate, job}).code, 0);
  EXPECT_EQ(outcome_of(gate), "cancelled");
  EXPECT_EQ(outcome_of(job), "cancelled");
}

TEST_F(Api, AnArrayAndWhatComesAfter) {
  cli_.write("array.sh",
             "#!/bin/sh\n#SBATCH -J array\n#SBATCH --array=0-2\n#SBATCH --gres=gpu:1\n#SBATCH --time=5\n"
             "echo index $SLURM_ARRAY_TASK_ID\n[ $SLURM_ARRAY_TASK_ID != 1 ]\n");
  cli_.write("after.sh", "#!/bin/sh\n#SBATCH --gres=gpu:1\n#SBATCH --time=5\ntrue\n");
  const std::string gate = submit_gate();
  const std::string ok = cli_.submit({"after.sh", "-d", "afterok:" + gate});
  const std::string not_ok = cli_.submit({"after.sh", "-d", "afternotok:" + gate});
  EXPECT_EQ(state_of(ok), "held");
  open_gate();
  EXPECT_EQ(cli_.run({"wait", ok}).code, 0);
  EXPECT_EQ(state_of(not_ok), "held");
  EXPECT_NE(why(not_ok), "[]");
  EXPECT_EQ(cli_.run({"cancel", not_ok}).code, 0);
  const std::string array = cli_.submit({"array.sh"});
  EXPECT_EQ(cli_.run({"wait", array}).code, 1);
  EXPECT_EQ(cli_.run({"logs", array + "_2"}).output, "index 2\n");
}

// As fast as a machine can ask: the job may end in the very turn in which somebody wants to come after it.
TEST_F(Api, WhoComesAfterAJobThatIsJustEndingIsNotRefused) {
  http::Client client = server_.client();
  for (int i = 0; i < 40; ++i) {
    const std::string job = R"("per_task":{"gpus":0.1},"time_limit":"5m","script":"true")";
    std::uint64_t last = post(client, "/v1/jobs", fmt::format(R"({{"name":"first",{}}})", job), 201)
                             .at("jobs")
                             .at(0)
                             .at("id")
                             .to_number<std::uint64_t>();
    for (int follower = 0; follower < 5; ++follower) {
      const auto answer =
          post(client, "/v1/jobs", fmt::format(R"({{"name":"next",{},"after":[{{"kind":"ok","job":{}}}]}})", job, last),
               201);
      if (answer.is_null()) return;
    }
  }
  EXPECT_TRUE(wait_until_idle(server_, in_seconds(60)));
}

TEST_F(Api, OnlyOneSingletonRunsAtATime) {
  http::Client client = server_.client();
  const std::string job =
      R"({"name":"only","per_task":{"gpus":1},"time_limit":"5m","singleton":true,"script":"sleep 0.2"})";
  post(client, "/v1/jobs", fmt::format(R"({{"jobs":[{},{},{}]}})", job, job, job), 201);
  int running = 0;
  int most = 0;
  int ended = 0;
  EXPECT_TRUE(wait_for(server_, 0, [&](const Event& event) {
    running += event.at("kind").as_string() == "job_started" ? 1 : 0;
    most = std::max(most, running);
    if (event.at("kind").as_string() != "job_ended") return false;
    --running;
    return ++ended == 3;
  }));
  EXPECT_EQ(most, 1);
}

TEST_F(Api, ADrainedNodeGetsNothingNewUntilItIsResumed) {
  const boost::json::value nodes = cli_.json({"fleet", "--nodes"});
  const std::string node(nodes.at("nodes").at(0).at("name").as_string());
  EXPECT_EQ(cli_.run({"drain", node, "--reason", "fan"}).code, 0);
  const std::string job = cli_.submit({"--gpus", "1", "--", "true"});
  EXPECT_EQ(state_of(job), "pending");
  EXPECT_NE(why(job).find("drain"), std::string::npos) << why(job);
  EXPECT_EQ(cli_.run({"resume", node}).code, 0);
  EXPECT_EQ(cli_.run({"wait", job}).code, 0);
}

TEST_F(Api, AWindowKeepsANodeFreeUntilItIsWithdrawn) {
  const auto opened = cli_.run({"window", "open", "cables", "--pool", "local/gpu", "--from", "1h", "--for", "2h"});
  EXPECT_EQ(opened.code, 0) << opened.output;
  EXPECT_NE(opened.output.find("nobody who runs there"), std::string::npos) << opened.output;
  EXPECT_EQ(cli_.run({"run", "--gpus", "1", "--time", "30m", "--", "true"}).code, 0);
  const std::string job = cli_.submit({"--gpus", "1", "--time", "2h", "--", "true"});
  EXPECT_EQ(state_of(job), "pending");
  EXPECT_NE(why(job).find("window cables"), std::string::npos) << why(job);
  EXPECT_NE(boost::json::serialize(cli_.json({"why", job}).at("changes")).find("shorter"), std::string::npos);
  EXPECT_EQ(cli_.json({"window", "list"}).at("windows").at(0).at("name").as_string(), "cables");
  EXPECT_NE(cli_.run({"fleet"}).output.find("cables"), std::string::npos);
  EXPECT_EQ(cli_.run({"window", "close", "cables"}).code, 0);
  EXPECT_EQ(cli_.run({"wait", job}).code, 0);
  EXPECT_EQ(cli_.run({"window", "close", "cables"}).code, 4);
}

TEST_F(Api, AJobThatIsOfNoUseLaterExpiresAndSaysWhy) {
  submit_gate();
  const std::string late = cli_.submit({"--gpus", "1", "--time", "1m", "--start-by", "1s", "--", "true"});
  EXPECT_TRUE(wait_until_ended(server_, std::stoull(late)));
  EXPECT_EQ(outcome_of(late), "expired");
  EXPECT_TRUE(show(late).at("reason").as_string().starts_with("it had not begun by 20"));
  open_gate();
}

TEST_F(Api, AReservedWindowIsForJobsThatNameIt) {
  EXPECT_EQ(cli_.run({"window", "open", "lesson", "--pool", "local/gpu", "--for", "2h", "--tenant", "default"}).code,
            0);
  EXPECT_EQ(cli_.run({"run", "--gpus", "1", "--time", "30m", "--window", "lesson", "--", "true"}).code, 0);
  const std::string other = cli_.submit({"--gpus", "1", "--time", "1m", "--", "true"});
  EXPECT_EQ(state_of(other), "pending");
  EXPECT_NE(cli_.run({"submit", "--gpus", "1", "--time", "3h", "--window", "lesson", "--", "true"}).code, 0);
  EXPECT_NE(cli_.run({"submit", "--gpus", "1", "--window", "exam", "--", "true"}).code, 0);
  const std::string gate = cli_.submit({"--gpus", "4", "--time", "5m", "--window", "lesson", "--", "sleep", "300"});
  const std::string late = cli_.submit({"--gpus", "4", "--time", "5m", "--window", "lesson", "--", "true"});
  EXPECT_EQ(cli_.run({"window", "close", "lesson"}).code, 0);
  EXPECT_TRUE(wait_until_ended(server_, std::stoull(late)));
  EXPECT_EQ(outcome_of(late), "expired");
  EXPECT_EQ(show(late).at("reason"), "its window was over before it could run");
  EXPECT_EQ(cli_.run({"cancel", gate}).code, 0);
  EXPECT_EQ(cli_.run({"wait", other}).code, 0);
}

// Who still runs when it begins goes back to the queue, and starts again when it is withdrawn.
TEST_F(Api, AWindowEvictsWhoIsInItsWay) {
  const std::string job = cli_.submit({"--gpus", "1", "--time", "5m", "--", "sleep", "300"});
  ASSERT_TRUE(wait_until_started(server_, std::stoull(job)));
  const auto opened = cli_.json({"window", "open", "now", "--pool", "local/gpu", "--for", "1h"});
  EXPECT_EQ(opened.at("evicts").to_number<int>(), 1);
  EXPECT_EQ(opened.at("shortest_notice_s").to_number<int>(), 0);
  EXPECT_TRUE(wait_for(server_, 0, [&](const Event& event) {
    return event.at("kind").as_string() == "job_ended" && event.at("outcome").as_string() == "evicted";
  }));
  EXPECT_EQ(state_of(job), "pending");
  EXPECT_EQ(cli_.run({"window", "close", "now"}).code, 0);
  EXPECT_EQ(cli_.run({"cancel", job}).code, 0);
}

TEST_F(Api, TenantsAreAppliedAndUsageIsTheirs) {
  cli_.write("tenants.yaml", "tenants:\n- {name: a, guarantee: {local/gpu: 3}}\n- {name: b}\n");
  EXPECT_EQ(cli_.run({"apply", "tenants.yaml", "--dry-run"}).code, 0);
  EXPECT_EQ(cli_.json({"tenants"}).at("tenants").as_array().size(), 1u);
  EXPECT_EQ(cli_.run({"apply", "tenants.yaml"}).code, 0);
  EXPECT_EQ(cli_.json({"tenants"}).at("tenants").as_array().size(), 2u);
  EXPECT_EQ(cli_.run({"run", "--tenant", "b", "--gpus", "2", "--", "sleep", "0.1"}).code, 0);
  const boost::json::value usage = cli_.json({"usage", "b"});
  EXPECT_GT(usage.at("tenants").at(0).at("pools").at(0).at("hours").to_number<double>(), 0.0);
  EXPECT_NE(cli_.run({"submit", "--tenant", "default", "--gpus", "1", "--", "true"}).code, 0);
}

// Whoever submits while the tree changes is charged to whom he named, or told to try again.
TEST_F(Api, AChangeOfTenantsNeverChargesAnother) {
  std::atomic<bool> is_over = false;
  std::vector<std::thread> users;
  for (int user = 0; user < 4; ++user) {
    users.emplace_back([&, client = std::make_shared<http::Client>(server_.client())] {
      while (!is_over) {
        const auto response = client->send(
            http::Method::post, "/v1/jobs",
            R"({"name":"mine","tenant":"default","per_task":{"gpus":1},"time_limit":"5m","hold":true,"script":"true"})");
        EXPECT_TRUE(response && (response->status == 201 || response->status == 503)) << response->body;
      }
    });
  }
  http::Client client = server_.client();
  for (int i = 0; i < 100; ++i) {
    const char* tree = i % 2 == 0 ? "tenants:\n- {name: a}\n- {name: default}\n"
                                  : "tenants:\n- {name: default}\n- {name: b}\n- {name: c}\n";
    const auto changed = client.send(http::Method::put, "/v1/tenants", tree);
    EXPECT_TRUE(changed && changed->status == 200) << changed->body;
  }
  is_over = true;
  for (std::thread& user : users) user.join();
  const boost::json::value others = get(client, "/v1/tenants");
  for (const boost::json::value& tenant : others.at("tenants").as_array()) {
    const std::string path(tenant.at("path").as_string());
    const std::size_t jobs = get(client, "/v1/jobs?tenant=" + path).at("jobs").as_array().size();
    EXPECT_EQ(jobs > 0, path == "default") << jobs << " jobs of " << path;
  }
}

TEST_F(Api, AJobShowsWhereItsTasksMayLie) {
  http::Client client = server_.client();
  const auto submit = [&](const char* keys) {
    return client.send(
        http::Method::post, "/v1/jobs",
        fmt::format(R"({{"name":"apart","per_task":{{"gpus":1}},"hold":true,"script":"true",{}}})", keys));
  };
  const auto groups = submit(R"("tasks":4,"within":"rack","segments":{"of":2,"within":"node"})");
  ASSERT_TRUE(groups && groups->status == 201) << groups->body;
  const auto id = boost::json::parse(groups->body).at("jobs").at(0).at("id").as_int64();
  const boost::json::value job = get(client, fmt::format("/v1/jobs/{}", id));
  EXPECT_EQ(job.at("within"), "rack");
  EXPECT_EQ(job.at("segments"), boost::json::parse(R"({"of":2,"within":"node"})"));
  EXPECT_FALSE(job.as_object().contains("spread"));
  EXPECT_NE(cli_.run({"show", std::to_string(id)}).output.find("in groups of 2 within one node"), std::string::npos);
  const auto apart = submit(R"("tasks":2,"spread":{"most":1,"over":"node"})");
  ASSERT_TRUE(apart && apart->status == 400) << apart->body;
  EXPECT_NE(apart->body.find("at most 1 to one node; ask for at most 1"), std::string::npos) << apart->body;
}

TEST_F(Api, EventsTellAllOfAJob) {
  const std::string job = cli_.submit({"--gpus", "1", "--", "true"});
  EXPECT_EQ(cli_.run({"wait", job}).code, 0);
  const std::string told = cli_.run({"events", "--json", "--job", job}).output;
  for (const char* kind : {"job_submitted", "start_ordered", "job_started", "job_ended"}) {
    EXPECT_NE(told.find(fmt::format(R"("kind":"{}")", kind)), std::string::npos) << told;
  }
}

TEST_F(Api, AKeyMakesARequestHappenOnce) {
  http::Client client = server_.client();
  const std::string body = R"({"name":"once","per_task":{"gpus":1},"time_limit":"5m","script":"true"})";
  const std::vector<http::Header> key{{"Idempotency-Key", "k1"}};
  const auto first = client.send(http::Method::post, "/v1/jobs", body, key);
  const auto second = client.send(http::Method::post, "/v1/jobs", body, key);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->status, 201u);
  EXPECT_EQ(second->body, first->body);
  const auto other = client.send(http::Method::post, "/v1/jobs", R"({"name":"other"})", key);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->status / 100, 4u);
}

TEST_F(Api, NobodyGetsInWithoutTheToken) {
  for (const std::string& token : {std::string(), std::string("wrong"), server_.token() + "x"}) {
    http::Client client({.url = server_.address(), .token = token});
    for (const api::Route& route : api::routes()) {
      const auto response = client.send(route.method, route.path, route.method == http::Method::get ? "" : "{}");
      ASSERT_TRUE(response);
      EXPECT_EQ(response->status, 401u) << route.path;
    }
  }
}

TEST_F(Api, TheDescriptionListsEveryRoute) {
  http::Client client = server_.client();
  const boost::json::value openapi = get(client, "/openapi.json");
  for (const api::Route& route : api::routes()) {
    const auto* path = openapi.at("paths").as_object().if_contains(route.path);
    ASSERT_NE(path, nullptr) << route.path;
    std::string method(to_text(route.method));
    std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return std::tolower(c); });
    EXPECT_TRUE(path->as_object().contains(method)) << method << " " << route.path;
  }
}

TEST_F(Api, RequestsAndAnswersMayBePacked) {
  http::Client client = server_.client();
  http::GzipPacker packer;
  const std::string job = R"({"name":"packed","per_task":{"gpus":1},"time_limit":"5m","script":"true"})";
  const auto response = client.send(http::Method::post, "/v1/jobs", packer.pack(job), {{"Content-Encoding", "gzip"}});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 201u) << response->body;
  EXPECT_EQ(get(client, "/v1/jobs/1").at("name").as_string(), "packed");
}

TEST_F(Api, AnArrayOfTenThousandAndAScriptOfAMebibyte) {
  http::Client client = server_.client();
  const std::string gate = submit_gate();
  std::string script = "exit 0\n";
  script += std::string((1 << 20) - script.size(), '#');
  const std::string body = fmt::format(
      R"({{"name":"many","per_task":{{"gpus":1}},"time_limit":"5m","array":"0-9999","hold":true,"script":{}}})",
      boost::json::serialize(boost::json::value(script)));
  const auto answer = client.send(http::Method::post, "/v1/jobs", body);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->status, 201u) << answer->body.substr(0, 300);
  const boost::json::value listed = get(client, "/v1/jobs?name=many&limit=1000");
  EXPECT_EQ(listed.at("jobs").as_array().size(), 1000u);
  ASSERT_EQ(server_.stop(), 0);
  ASSERT_EQ(server_.start(), "");
  EXPECT_EQ(state_of("10001"), "held");
  EXPECT_EQ(cli_.run({"cancel", "2"}).code, 0) << "the whole array";
  EXPECT_EQ(get(client = server_.client(), "/v1/jobs?name=many").at("jobs").as_array().size(), 0u);
  open_gate();
  EXPECT_EQ(cli_.run({"wait", gate}).code, 0);
}

TEST_F(Api, ManyFollowOneLogToItsEnd) {
  const std::string job = cli_.submit({"--gpus", "1", "--time", "5m", "--", "sh", "-c",
                                       "for i in $(seq 200); do echo line $i; done; sleep 0.3; echo last"});
  std::vector<std::string> texts(50);
  std::vector<std::thread> followers;
  for (std::string& text : texts) {
    followers.emplace_back([&, client = std::make_shared<http::Client>(server_.client())] {
      const auto read = client->download("/v1/jobs/" + job + "/logs?follow=true", [&](std::string_view bytes) {
        text += bytes;
        return http::Next::go_on;
      });
      EXPECT_TRUE(read) << read.error().message;
    });
  }
  for (std::thread& follower : followers) follower.join();
  for (const std::string& text : texts) {
    EXPECT_TRUE(text.starts_with("line 1\n"));
    EXPECT_TRUE(text.ends_with("line 200\nlast\n"));
  }
}

// What has ended is found by the next server too: alone, as an array, and in lists.
TEST_F(Api, WhatHasEndedIsKnownToTheNextServer) {
  cli_.write("array.sh",
             "#!/bin/sh\n#SBATCH -J array\n#SBATCH --array=0-2\n#SBATCH --gres=gpu:1\n#SBATCH --time=5\n"
             "echo index $SLURM_ARRAY_TASK_ID\nexit $SLURM_ARRAY_TASK_ID\n");
  const std::string array = cli_.submit({"array.sh"});
  EXPECT_EQ(cli_.run({"wait", array}).code, 2);
  const std::size_t listed = cli_.json({"queue", "--all"}).at("jobs").as_array().size();
  EXPECT_EQ(server_.stop(), 0);
  ASSERT_EQ(server_.start(), "");
  EXPECT_EQ(cli_.json({"queue", "--all"}).at("jobs").as_array().size(), listed);
  EXPECT_EQ(cli_.run({"wait", array}).code, 2);
  EXPECT_EQ(cli_.run({"logs", array + "_2"}).output, "index 2\n");
}

// The first job of an array stands for all of it, also for those that have ended before.
TEST_F(Api, WhatComesAfterAnArrayWaitsForAllOfIt) {
  cli_.write("array.sh", fmt::format("#!/bin/sh\n#SBATCH --array=0-1\n#SBATCH --gres=gpu:1\n#SBATCH --time=5\n"
                                     "[ $SLURM_ARRAY_TASK_ID = 0 ] || while [ ! -e {} ]; do sleep 0.02; done\n",
                                     (folder_.path() / "gate").string()));
  cli_.write("after.sh", "#!/bin/sh\n#SBATCH --gres=gpu:1\n#SBATCH --time=5\ntrue\n");
  const std::string array = cli_.submit({"array.sh"});
  const std::string before = cli_.submit({"after.sh", "-d", "afterok:" + array});
  EXPECT_EQ(cli_.run({"wait", array + "_0"}).code, 0);
  const std::string ok = cli_.submit({"after.sh", "-d", "afterok:" + array});
  const std::string not_ok = cli_.submit({"after.sh", "-d", "afternotok:" + array});
  for (const std::string& job : {before, ok, not_ok}) EXPECT_EQ(state_of(job), "held");
  EXPECT_NE(why(ok).find("all jobs of array " + array + " complete"), std::string::npos) << why(ok);
  open_gate();
  EXPECT_EQ(cli_.run({"wait", before, ok}).code, 0);
  EXPECT_EQ(state_of(not_ok), "held");
  EXPECT_EQ(cli_.run({"cancel", not_ok}).code, 0);
  EXPECT_EQ(cli_.run({"wait", cli_.submit({"after.sh", "-d", "afterok:" + array})}).code, 0);
  const Ran late = cli_.run({"submit", "after.sh", "-d", "afternotok:" + array});
  EXPECT_NE(late.code, 0);
  EXPECT_NE(late.errors.find("array " + array + " has ended, and all of it completed"), std::string::npos)
      << late.errors;
}

// The jobs of a tenant that is gone are no longer in the view; the journal knows them all the same.
TEST_F(Api, WhatHasLeftTheViewIsStillAnArrayAndSaysWhyItEnded) {
  cli_.write("both.yaml", "tenants:\n- {name: default}\n- {name: gone}\n");
  cli_.write("one.yaml", "tenants:\n- {name: default}\n");
  cli_.write("array.sh",
             fmt::format("#!/bin/sh\n#SBATCH -A gone\n#SBATCH --array=3-5\n#SBATCH --gres=gpu:1\n#SBATCH --time=5\n"
                         "#SBATCH -o {}/%A-%a.out\necho index $SLURM_ARRAY_TASK_ID\n[ $SLURM_ARRAY_TASK_ID != 4 ]\n",
                         folder_.path().string()));
  EXPECT_EQ(cli_.run({"apply", "both.yaml"}).code, 0);
  const std::string array = cli_.submit({"array.sh"});
  EXPECT_EQ(cli_.run({"wait", array}).code, 1);
  const boost::json::value reason = show(array + "_4").at("reason");
  EXPECT_NE(reason, "");
  EXPECT_EQ(cli_.run({"apply", "one.yaml"}).code, 0);
  for (int server = 0; server < 2; ++server) {
    EXPECT_FALSE(show(array).as_object().contains("per_task")) << "it is still in the view";
    EXPECT_EQ(cli_.run({"logs", array + "_5"}).output, "index 5\n");
    EXPECT_EQ(cli_.run({"wait", array}).code, 1);
    EXPECT_EQ(show(array + "_4").at("reason"), reason);
    EXPECT_EQ(cli_.json({"why", array + "_4"}).at("reason"), reason);
    EXPECT_NE(cli_.run({"submit", "--after", "ok:" + array, "--gpus", "1", "--", "true"}).code, 0);
    EXPECT_EQ(cli_.run({"run", "--after", "not_ok:" + array, "--gpus", "1", "--", "true"}).code, 0);
    ASSERT_EQ(server_.stop(), 0);
    ASSERT_EQ(server_.start(), "");
  }
}

// The server takes all the descriptors it may have; jobs get the number that it was started with.
TEST(OpenFiles, OfAJobAreThoseTheServerWasStartedWith) {
  TempFolder folder;
  ServerProcess server(folder.path() / "data");
  Cli cli(server, folder.path());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit fewer{.rlim_cur = 300, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &fewer), 0);
  const std::string error = server.start();
  ::setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_EQ(error, "");
  rlimit raised{};
  ASSERT_EQ(::prlimit(server.process().pid(), RLIMIT_NOFILE, nullptr, &raised), 0);
  EXPECT_EQ(raised.rlim_cur, before.rlim_max);
  EXPECT_EQ(cli.run({"run", "--gpus", "1", "--", "sh", "-c", "ulimit -Sn"}).output.substr(0, 4), "300\n");
}

// A server of four devices that is set up by a file.
class Configured : public testing::Test {
 protected:
  // Returns what it wrote as errors; empty when it is up.
  std::string start_with(const std::string& configuration) {
    std::ofstream(folder_.path() / "server.yaml") << "devices: {emulated: 4}\n" << configuration;
    server_.emplace(folder_.path() / "data",
                    std::vector<std::string>{"--config", (folder_.path() / "server.yaml").string()});
    std::string error = server_->start();
    if (error.empty()) client_.emplace(server_->client());
    return error;
  }
  http::Response ask(http::Method method, const std::string& path, const std::string& body,
                     const std::vector<http::Header>& headers = {}) {
    auto response = client_->send(method, path, body, headers);
    EXPECT_TRUE(response) << path;
    return response ? *std::move(response) : http::Response{};
  }

  TempFolder folder_;
  std::optional<ServerProcess> server_;
  std::optional<http::Client> client_;
};

TEST_F(Configured, ArraysAreAsLargeAsTheFileSays) {
  EXPECT_NE(start_with("limits: {array: 0}\n").find("limits.array: found 0"), std::string::npos);
  EXPECT_NE(start_with("limits: {array: 100001}\n").find("limits.array: found 100001"), std::string::npos);
  ASSERT_EQ(start_with("limits: {array: 3}\n"), "");
  const auto submit = [&](const std::string& first, const std::string& second) {
    constexpr const char* job = R"({{"name":"a","hold":true,"script":"true","array":"{}"}})";
    return ask(http::Method::post, "/v1/jobs",
               R"({"jobs":[)" + fmt::format(job, first) + "," + fmt::format(job, second) + "]}");
  };
  EXPECT_EQ(submit("0-1", "7").status, 201u);
  const http::Response refused = submit("0-1", "7,9");
  EXPECT_EQ(refused.status, 400u);
  EXPECT_NE(refused.body.find("found 4 jobs; this server takes at most 3"), std::string::npos) << refused.body;
  EXPECT_EQ(get(*client_, "/v1/jobs").at("jobs").as_array().size(), 3u);
}

TEST_F(Configured, BodiesAreAsLargeAsTheFileSays) {
  ASSERT_EQ(start_with("limits: {body: 1Mi}\n"), "");
  const std::string fits(1U << 20U, ' ');
  const auto status = [&](const std::string& body, const std::vector<http::Header>& headers) {
    return ask(http::Method::post, "/v1/jobs", body, headers).status;
  };
  EXPECT_EQ(status(fits, {}), 400u);  // it is read, and holds no job
  EXPECT_EQ(status(fits + " ", {}), 413u);
  http::GzipPacker packer;
  EXPECT_EQ(status(packer.pack(fits), {{"Content-Encoding", "gzip"}}), 400u);
  EXPECT_EQ(status(packer.pack(fits + " "), {{"Content-Encoding", "gzip"}}), 413u);
}

TEST_F(Configured, AWordThatIsNeitherTrueNorFalseIsNotTakenForOne) {
  ASSERT_EQ(start_with(""), "");
  const std::string tenants = R"({"tenants":[{"name":"default","weight":7}]})";
  for (const char* word : {"1", "True", "yes", ""}) {
    const http::Response response = ask(http::Method::put, "/v1/tenants?dry_run=" + std::string(word), tenants);
    EXPECT_EQ(response.status, 400u) << word << response.body;
  }
  EXPECT_EQ(ask(http::Method::put, "/v1/tenants?dry_run=true", tenants).status, 200u);
  EXPECT_EQ(get(*client_, "/v1/tenants").at("tenants").at(0).at("weight").to_number<int>(), 1);
  EXPECT_EQ(ask(http::Method::get, "/v1/events?since=x", "").status, 400u);
  EXPECT_EQ(ask(http::Method::get, "/v1/events", "", {{"Last-Event-ID", "x"}}).status, 400u);
}

TEST_F(Configured, AMethodThatAPathDoesNotTakeIsRefusedWithThoseItTakes) {
  ASSERT_EQ(start_with(""), "");
  for (const auto& [path, allowed] :
       {std::pair{"/healthz", "GET, HEAD"}, std::pair{"/readyz", "GET, HEAD"}, std::pair{"/metrics", "GET, HEAD"},
        std::pair{"/v1/jobs", "POST, GET, HEAD"}, std::pair{"/v1/fleet", "GET, HEAD, PUT"}}) {
    const http::Response response = ask(http::Method::del, path, "");
    EXPECT_EQ(response.status, 405u) << path;
    EXPECT_EQ(response.header("Allow").value_or(""), allowed) << path;
  }
}

// A fleet of one machine, as a file says it.
std::string fleet_text(const std::string& pool, int cpus, int gpus) {
  return fmt::format(
      "fleet: here\nsites:\n- name: local\n  engine: {{kind: local}}\n  pools:\n  - name: {}\n"
      "    gpu: {{model: emulated, per_node: {}}}\n    nodes: 1\n    node: {{cpus: {}, memory: 4Gi}}\n",
      pool, gpus, cpus);
}

class Fleet : public testing::Test {
 protected:
  // Returns what it wrote as errors; empty when it is up.
  std::string start(const std::string& pool, int cpus, int gpus) {
    std::ofstream(folder_.path() / "fleet.yaml") << fleet_text(pool, cpus, gpus);
    return start_with("devices: {emulated: 4}\nfleet: fleet.yaml\n");
  }
  std::string start_with(const std::string& configuration) {
    std::ofstream(folder_.path() / "server.yaml") << configuration;
    server_.emplace(folder_.path() / "data",
                    std::vector<std::string>{"--config", (folder_.path() / "server.yaml").string()});
    return server_->start();
  }
  boost::json::value node() {
    http::Client client = server_->client();
    return get(client, "/v1/nodes").at("nodes").at(0);
  }
  // What has been acknowledged has a journal behind it.
  void submit_held(int gpus) {
    http::Client client = server_->client();
    post(client, "/v1/jobs",
         fmt::format(R"({{"name":"held","per_task":{{"gpus":{}}},"time_limit":"5m","hold":true,"script":"true"}})",
                     gpus),
         201);
  }

  TempFolder folder_;
  std::optional<ServerProcess> server_;
};

TEST_F(Fleet, BecomesWhatTheFileSaysIfWorkAllows) {
  ASSERT_EQ(start("gpu", 8, 2), "");
  submit_held(2);
  EXPECT_EQ(server_->stop(), 0);
  ASSERT_EQ(start("gpu", 7, 2), "");
  EXPECT_EQ(node().at("cpus").to_number<int>(), 7);
  EXPECT_EQ(server_->stop(), 0);
  ASSERT_EQ(start("gpu", 8, 3), "");
  EXPECT_EQ(node().at("gpus").to_number<int>(), 3);
  EXPECT_EQ(server_->stop(), 0);
  for (const auto& [pool, gpus, reason] :
       {std::tuple{"gpu", 1, "job 1 would fit nowhere any more"}, std::tuple{"other", 3, "pool local/gpu must stay"}}) {
    const std::string error = start(pool, 8, gpus);
    EXPECT_NE(error.find("local/gpu: 1 node, 3 x emulated"), std::string::npos) << error;
    EXPECT_NE(error.find(fmt::format("local/{}: 1 node, {} x emulated", pool, gpus)), std::string::npos) << error;
    EXPECT_NE(error.find(reason), std::string::npos) << error;
  }
}

TEST_F(Fleet, OfTheMachineMayChangeOnceNoJobRunsOnItsGpus) {
  ASSERT_EQ(start_with("devices: {emulated: 2}\n"), "");
  Cli cli(*server_, folder_.path());
  const std::string gate = (folder_.path() / "gate").string();
  const std::string job =
      cli.submit({"--gpus", "1", "--", "sh", "-c", fmt::format("while [ ! -e {} ]; do sleep 0.02; done", gate)});
  EXPECT_EQ(server_->stop(), 0);
  const std::string error = start_with("devices: {emulated: 3}\n");
  EXPECT_NE(error.find("job 1 runs on GPUs that may have other numbers now"), std::string::npos) << error;
  ASSERT_EQ(start_with("devices: {emulated: 2}\n"), "");
  cli.write("gate", "");
  EXPECT_EQ(cli.run({"wait", job}).code, 0);
  EXPECT_EQ(server_->stop(), 0);
  ASSERT_EQ(start_with("devices: {emulated: 3}\n"), "");
  EXPECT_EQ(node().at("gpus").to_number<int>(), 3);
}

TEST_F(Fleet, IsAppliedWhileJobsRunOnIt) {
  ASSERT_EQ(start("gpu", 8, 2), "");
  Cli cli(*server_, folder_.path());
  cli.write("more.yaml", fleet_text("gpu", 8, 4));
  cli.write("fewer.yaml", fleet_text("gpu", 8, 1));
  const std::string gate = (folder_.path() / "gate").string();
  const std::string running =
      cli.submit({"--gpus", "2", "--", "sh", "-c", fmt::format("while [ ! -e {} ]; do sleep 0.02; done", gate)});
  const std::string waiting = cli.submit({"--gpus", "2", "--", "true"});
  EXPECT_EQ(cli.run({"apply", "fewer.yaml", "--dry-run"}).code, 2);
  EXPECT_EQ(cli.run({"apply", "more.yaml", "--dry-run"}).output,
            "~ local/gpu: GPUs of a node 2 -> 4\nnothing was changed; leave out --dry-run to do it\n");
  EXPECT_EQ(node().at("gpus").to_number<int>(), 2);
  EXPECT_EQ(cli.run({"apply", "more.yaml"}).code, 0);
  EXPECT_EQ(cli.run({"wait", waiting}).code, 0);
  EXPECT_EQ(node().at("gpus").to_number<int>(), 4);
  EXPECT_EQ(cli.run({"apply", "more.yaml"}).output, "nothing changes\n");
  cli.write("named.yaml", fleet_text("gpu", 8, 4) + "    hosts: box[07]\n");
  EXPECT_EQ(cli.run({"apply", "named.yaml"}).output, "~ local/gpu: names of nodes generated -> box07\n");
  EXPECT_EQ(node().at("name"), "box07");
  EXPECT_EQ(cli.run({"drain", "box07", "--reason", "fan"}).code, 0);
  EXPECT_EQ(node().at("state"), "drained");
  EXPECT_EQ(cli.run({"apply", "more.yaml"}).code, 2);
  cli.write("gate", "");
  EXPECT_EQ(cli.run({"wait", running}).code, 0);
}

}  // namespace
}  // namespace dure::e2e
