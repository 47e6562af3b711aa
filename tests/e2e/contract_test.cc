// What the server says of itself, held against what it does.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "dure/journal/tools.h"
#include "events.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// As much of JSON Schema as the document uses. `where` is told with what does not agree.
class Schemas {
 public:
  explicit Schemas(const json::value& document) : all_(document.at("components").at("schemas").as_object()) {}

  void check(const json::value& value, const json::object& schema, const std::string& where) const {
    if (const json::value* to = schema.if_contains("$ref")) {
      const std::string path(to->as_string());
      return check(value, all_.at(path.substr(path.rfind('/') + 1)).as_object(), where);
    }
    if (const json::value* one_of = schema.if_contains("enum")) {
      const json::array& values = one_of->as_array();
      EXPECT_NE(std::find(values.begin(), values.end(), value), values.end()) << where << ": " << value;
    }
    if (const json::value* type = schema.if_contains("type")) check_type(value, *type, where);
    if (value.is_object() && schema.contains("properties")) check_members(value.as_object(), schema, where);
    if (!value.is_array() || !schema.contains("items")) return;
    for (const json::value& item : value.as_array()) check(item, schema.at("items").as_object(), where + "[]");
  }

 private:
  static bool is_of(const json::value& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "null") return value.is_null();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    return type == "number" && value.is_number();
  }
  static void check_type(const json::value& value, const json::value& type, const std::string& where) {
    const json::array types = type.is_array() ? type.as_array() : json::array{type};
    EXPECT_TRUE(std::any_of(types.begin(), types.end(),
                            [&](const json::value& each) { return is_of(value, each.as_string()); }))
        << where << ": " << value << " is no " << type;
  }
  void check_members(const json::object& value, const json::object& schema, const std::string& where) const {
    const json::object& properties = schema.at("properties").as_object();
    for (const auto& [key, member] : value) {
      const std::string at = where + "." + std::string(key);
      const json::value* described = properties.if_contains(key);
      EXPECT_NE(described, nullptr) << at << " is not described";
      if (described != nullptr) check(member, described->as_object(), at);
    }
    const json::value* required = schema.if_contains("required");
    if (required == nullptr) return;
    for (const json::value& key : required->as_array()) {
      EXPECT_TRUE(value.contains(key.as_string())) << where << " lacks " << key;
    }
  }

  json::object all_;
};

class Contract : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(server_.start(), ""); }

  // Checks what a GET of `target` answers against what the document says of `route`.
  void check_answer(const json::value& document, const std::string& route, const std::string& target) {
    http::Client client = server_.client();
    const json::value answer = get(client, target);
    const json::value& described = document.at("paths").at(route).at("get").at("responses").at("200").at("content");
    Schemas(document).check(answer, described.at("application/json").at("schema").as_object(), target);
  }

  // The same of what is sent to plan a job.
  void check_plan(const json::value& document, const std::string& job) {
    http::Client client = server_.client();
    const auto answer = client.send(http::Method::post, "/v1/plans", job);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200u) << answer->body;
    const json::value& described = document.at("paths").at("/v1/plans").at("post").at("responses").at("200");
    const json::value& schema = described.at("content").at("application/json").at("schema");
    Schemas(document).check(json::parse(answer->body), schema.as_object(), "/v1/plans");
  }

  TempFolder folder_;
  fs::path data_ = folder_.path() / "data";
  ServerProcess server_{data_};
  Cli cli_{server_, folder_.path()};
};

TEST_F(Contract, WhatIsAnsweredIsWhatTheDocumentSays) {
  http::Client client = server_.client();
  const json::value document = get(client, "/openapi.json");
  const std::string ended = cli_.submit({"-n", "ended", "--gpus", "1", "--", "sh", "-c", "exit 3"});
  ASSERT_TRUE(wait_until_ended(server_, std::stoull(ended)));
  const std::string running = cli_.submit({"-n", "running", "--gpus", "4", "--time", "5m", "--", "sleep", "300"});
  ASSERT_TRUE(wait_until_started(server_, std::stoull(running)));
  const std::string waiting = cli_.submit({"-n", "waiting", "--gpus", "1", "--array", "0-2", "--", "true"});
  const std::string held = cli_.submit({"-n", "held", "--after", "ok:" + running, "--", "true"});
  check_plan(document,
             R"({"name":"a","array":"0-9","per_task":{"gpus":2},"time_limit":"1h","start_by":"1h","script":"true"})");
  check_plan(document, R"({"name":"a","per_task":{"cpus":0.1},"time_limit":"1m","script":"true"})");
  ASSERT_EQ(cli_.run({"drain", "local-gpu-b01-r01-n1", "--reason", "fan"}).code, 0);
  ASSERT_EQ(cli_.run({"window", "open", "w", "--pool", "local/gpu", "--from", "1h", "--for", "1h"}).code, 0);
  check_answer(document, "/v1/jobs", "/v1/jobs?state=held,pending,running,ended");
  for (const std::string& job : {ended, running, waiting, held}) {
    check_answer(document, "/v1/jobs/{id}", "/v1/jobs/" + job);
    check_answer(document, "/v1/jobs/{id}/why", fmt::format("/v1/jobs/{}/why", job));
  }
  for (const char* path : {"/v1/fleet", "/v1/nodes", "/v1/windows", "/v1/tenants", "/v1/usage", "/v1/server"}) {
    check_answer(document, path, path);
  }
  EXPECT_EQ(cli_.run({"cancel", running, waiting, held}).code, 0);
}

TEST_F(Contract, AParameterThatNobodyReadsIsRefused) {
  http::Client client = server_.client();
  const auto answer = client.send(http::Method::get, "/v1/jobs?stat=running");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 400u);
  EXPECT_NE(answer->body.find("found the unknown parameter 'stat'; did you mean 'state'?"), std::string::npos)
      << answer->body;
}

TEST_F(Contract, FiguresForgetATenantThatIsGone) {
  http::Client client = server_.client();
  const auto figures_of_guest = [&] {
    const auto answer = client.send(http::Method::get, "/metrics");
    return answer && answer->body.find(R"(dure_tenant_held{pool="local/gpu",tenant="guest"} 0)") != std::string::npos;
  };
  cli_.write("more.yaml", "tenants: [{name: default}, {name: guest}]");
  cli_.write("less.yaml", "tenants: [{name: default}]");
  ASSERT_EQ(cli_.run({"apply", "more.yaml"}).code, 0);
  EXPECT_TRUE(figures_of_guest());
  ASSERT_EQ(cli_.run({"apply", "less.yaml"}).code, 0);
  EXPECT_FALSE(figures_of_guest());
}

// Where GPUs are counted no guarantee covers such jobs, and they fill the machine's CPUs.
TEST_F(Contract, JobsWithoutGpusDoNotEvictEachOther) {
  const std::string array = cli_.submit({"-n", "cpus", "--array", "0-7", "--time", "5m", "--", "true"});
  ASSERT_EQ(cli_.run({"wait", array}).code, 0);
  const json::value jobs = cli_.json({"queue", "--all"}).at("jobs");
  EXPECT_EQ(jobs.as_array().size(), 8u);
  for (const json::value& job : jobs.as_array()) EXPECT_FALSE(job.as_object().contains("evictions")) << job;
}

TEST_F(Contract, AJournalThatWasPackedForgetsNothing) {
  for (int i = 0; i < 5; ++i) cli_.submit({"-n", fmt::format("job{}", i), "--gpus", "1", "--", "sh", "-c", "exit 2"});
  ASSERT_TRUE(wait_until_idle(server_, in_seconds(60)));
  const json::value jobs = cli_.json({"queue", "--all"}).at("jobs");
  const json::value usage = cli_.json({"usage"});
  ASSERT_EQ(server_.stop(), 0);
  const auto compacted = journal::compact(data_, 2);
  ASSERT_TRUE(compacted) << compacted.error().message;
  EXPECT_GT(compacted->facts, 0u);
  ASSERT_EQ(server_.start(), "");
  EXPECT_EQ(cli_.json({"queue", "--all"}).at("jobs"), jobs);
  EXPECT_EQ(cli_.json({"usage"}), usage);
}

// No fact says so: it is nothing but time that passes.
TEST_F(Contract, UsageCountsWhatRunsUpToNow) {
  const std::string job = cli_.submit({"-n", "long", "--gpus", "4", "--time", "5m", "--", "sleep", "300"});
  ASSERT_TRUE(wait_until_started(server_, std::stoull(job)));
  // An event may be heard before it is in what is shown; what was acknowledged is there.
  cli_.submit({"--hold", "--", "true"});
  http::Client client = server_.client();
  const auto hours = [&] {
    const json::value usage = get(client, "/v1/usage");
    return usage.at("tenants").at(0).at("pools").at(0).at("hours").to_number<double>();
  };
  const double before = hours();
  EXPECT_GT(before, 0);
  EXPECT_GT(hours(), before);
  EXPECT_EQ(cli_.run({"cancel", job}).code, 0);
}

// Nothing happens after a restart: the last fact is from before.
TEST_F(Contract, ListsTellTheTimeByTheClock) {
  ASSERT_EQ(server_.stop(), 0);
  ASSERT_EQ(server_.start(), "");
  http::Client client = server_.client();
  const std::string started(get(client, "/v1/server").at("started").as_string());
  EXPECT_GE(std::string(get(client, "/v1/jobs").at("now").as_string()), started);
}

TEST_F(Contract, NobodyElseReadsWhatJobsRun) {
  for (const char* name : {"journal.db", "journal.db-wal", "head", "token"}) {
    EXPECT_EQ(fs::status(data_ / name).permissions() & (fs::perms::group_all | fs::perms::others_all), fs::perms::none)
        << name;
  }
}

}  // namespace
}  // namespace dure::e2e
