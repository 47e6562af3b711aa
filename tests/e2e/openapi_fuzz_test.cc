// Requests made of /openapi.json, right ones and wrong ones, sent to a real server: whatever comes back is described.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dure/base/test_folder.h"
#include "dure/http/test_socket.h"
#include "process.h"
#include "raw_answer.h"
#include "request_fuzzer.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

namespace json = boost::json;

constexpr const char* configuration =
    "devices: {emulated: 4}\n"
    "trust_jobs: true\n"
    "public: true\n"
    "requests: {per_second: 1000000, burst: 1000000}\n"
    "limits: {body: 1Mi, array: 50}\n"
    "fleet:\n"
    "  fleet: here\n"
    "  sites:\n"
    "  - name: local\n"
    "    engine: {kind: local}\n"
    "    pools:\n"
    "    - {name: gpu, gpu: {model: emulated, per_node: 4}, nodes: 1, node: {cpus: 2, memory: 2Gi}}\n"
    "tenants:\n- name: a\n  children: [{name: x}, {name: y}]\n- name: b\n  children: [{name: z}]\n";

// What comes with a connection that the server closes: no request that it could read, or none that it would.
constexpr std::array closing{"400", "401", "408", "413", "414", "415", "417", "431", "501", "503"};

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text.substr(0, most)) {
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out + (text.size() > most ? "..." : "");
}

class OpenApiFuzz : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_.path() / "server.yaml") << configuration;
    server_.emplace(folder_.path() / "data",
                    std::vector<std::string>{"--config", (folder_.path() / "server.yaml").string()});
    ASSERT_EQ(server_->start(), "");
    chief_.emplace(server_->client());
    document_ = get(*chief_, "/openapi.json").as_object();
    known_ = {.jobs = {"1", "4000000"},
              .tokens = {"t000000000000"},
              .nodes = {"local-gpu-b01-r01-n1", "n1"},
              .tenants = {"a/x", "a/x", "a/x", "a/x", "a/x", "a/x", "a/x", "a/y", "b/z", "a", "c"},
              .pools = {"local/gpu", "local/gpu", "local/gpu", "local/gpu", "local/cpu"},
              .windows = {"w0"}};
  }

  std::vector<Asker> askers() {
    std::vector<Asker> all{{"the first token", server_->token()}};
    const auto add = [&](const std::string& subject, const std::string& role, const std::string& tenant) {
      json::object grant{{"role", role}};
      if (!tenant.empty()) grant["tenant"] = tenant;
      const json::object wish{{"subject", subject}, {"grants", json::array{grant}}};
      const json::value made = post(*chief_, "/v1/tokens", json::serialize(wish), 201);
      all.push_back({subject, std::string(made.at("secret").as_string())});
      return std::string(made.at("id").as_string());
    };
    add("member", "member", "a/x");
    add("neighbour", "member", "b/z");
    add("owner", "owner", "a");
    add("office", "programme", "a");
    add("guest", "guest", "a/x");
    add("auditor", "auditor", "");
    add("second", "operator", "");
    add("bursar", "programme", "b");
    EXPECT_TRUE(chief_->send(http::Method::del, "/v1/tokens/" + add("gone", "operator", "")));
    all.back().is_known = false;
    all.push_back({"somebody", "dure_nonsense", false});
    all.push_back({"nobody", "", false});
    return all;
  }

  json::value submit(const std::string& job) {
    http::Client owner({.url = server_->address(), .token = askers_.at(1).token});
    return post(owner, "/v1/jobs", job, 201);
  }

  // What nobody guesses: a programme from its rates to a grant and its end, so that others meet what is there.
  void run_a_programme() {
    const auto as_bursar =
        std::find_if(askers_.begin(), askers_.end(), [](const Asker& asker) { return asker.name == "bursar"; });
    http::Client bursar({.url = server_->address(), .token = as_bursar->token});
    const auto done = [&](const char* name, http::Client& client, const std::string& path, const std::string& body) {
      const auto answer = client.send(http::Method::post, path, body);
      ASSERT_TRUE(answer) << name;
      ASSERT_LT(answer->status, 300u) << name << ": " << answer->body;
      ++statuses_[name][answer->status];
    };
    done("declareLedger", *chief_, "/v1/ledger",
         R"({"rates": {"emulated": 1, "cpu": 0.01}, "programmes": [{"name": "p", "tenant": "b"}]})");
    done("openCall", bursar, "/v1/calls?programme=p",
         R"({"call": "c", "kinds": [{"name": "emulated", "cards": 4}], "classes": ["any"], "months": 3})");
    done("fileApplication", *chief_, "/v1/calls/c/applications?tenant=b/z",
         R"({"name": "z", "organisation": "o", "class": "any", "asks": ["emulated:2"], "months": 3})");
    done("reviewApplication", bursar, "/v1/calls/c/applications/z/review", R"({"score": "90", "why": "good"})");
    done("decideCall", bursar, "/v1/calls/c/decision",
         R"({"awarded": [{"application": "z", "kind": "emulated", "cards": 2}], "waiting": []})");
    done("declareLedger", bursar, "/v1/ledger",
         R"({"grants": [{"programme": "p", "tenant": "b/z", "credits": 1000, "for": "90d"}]})");
    done("closeGrant", bursar, "/v1/grants/0/close", R"({"why": "over"})");
    for (const auto& [name, path] : {std::pair("showGrant", "/v1/grants/1"), std::pair("showCall", "/v1/calls/c"),
                                     std::pair("showPublic", "/v1/public")}) {
      get(bursar, path);
      ++statuses_[name][200];
    }
  }

  // A job on all GPUs until the folder is gone, so that those after it wait. Nobody asks for its number, but whoever
  // cancels what has a state, or opens a window where it is, may end it.
  void close_gate() {
    const std::string file = (folder_.path() / "gate").string();
    std::ofstream(file) << "";
    const json::value made = submit(fmt::format(R"({{"name":"gate","tenant":"a/x","per_task":{{"gpus":4,"cpus":0.1}},)"
                                                R"("script":"while [ -e {} ]; do sleep 0.1; done"}})",
                                                file));
    gate_ = json::serialize(made.at("jobs").at(0).at("id"));
  }

  void keep_gate_closed() {
    if (get(*chief_, "/v1/jobs/" + gate_).at("state").as_string() == "ended") close_gate();
  }

  std::vector<std::string> never_done() {
    // These come after months, or after a job that cost something: tests/e2e/programmes_test.cc has the latter.
    static const std::set<std::string> later{"refundGrant", "appealForGrant", "decideAppeal"};
    std::vector<std::string> names;
    for (const Operation& operation : fuzzer_->operations()) {
      if (later.contains(operation.name)) continue;
      const std::map<unsigned, std::uint64_t>& seen = statuses_[operation.name];
      if (!seen.contains(200) && !seen.contains(201)) names.push_back(operation.name);
    }
    return names;
  }

  std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoi(server_->address().substr(server_->address().rfind(':') + 1)));
  }

  // Sends it on the connection that is there, or on a new one.
  RawAnswer ask(const FuzzedRequest& request) {
    if (!connection_) connection_.emplace(port());
    connection_->send(request.bytes);
    RawAnswer answer = read_raw_answer(
        *connection_,
        {.is_head = request.method == "HEAD", .may_be_endless = request.target.find("follow") != std::string::npos});
    if (answer.has_more || answer.status == 0) {
      connection_.reset();
    } else if (answer.says_close) {
      if (!connection_->read_all().empty()) found(request, answer, "sends more after its last answer");
      connection_.reset();
    }
    return answer;
  }

  // A request and what is wrong with its answer; one of each kind is kept, and counted.
  void found(const FuzzedRequest& request, const RawAnswer& answer, const std::string& what) {
    Finding& finding = findings_[fmt::format("{} {}: {}", request.operation->name, answer.status, what)];
    if (finding.times++ > 0) return;
    finding.example =
        fmt::format("request {} by {}: {} {}\n    {}\n  answer: {}", sent_, request.asker, request.method,
                    printable(request.target, 200), printable(request.bytes, 1200), printable(answer.body, 400));
  }

  void check(const FuzzedRequest& request, const RawAnswer& answer) {
    if (answer.status == 0) return found(request, answer, "no answer, or no HTTP");
    if (request.must_be_refused && answer.status < 400) found(request, answer, "was to be refused");
    if (!request.is_of_operation) return check_problem(request, answer);
    const std::string status = std::to_string(answer.status);
    const json::object& responses = request.operation->description.at("responses").as_object();
    const json::value* described = responses.if_contains(status);
    if (described == nullptr) return found(request, answer, "the status is not described");
    const json::object& media = described->at("content").as_object();
    const json::value* content = media.if_contains(answer.media);
    if (content == nullptr) return found(request, answer, "the content type is not described: " + answer.media);
    check_closing(request, answer);
    if (request.method == "HEAD" || answer.has_more) return;
    if (answer.status >= 400 && answer.media != "text/plain") return check_problem(request, answer);
    if (answer.media == "application/json") check_body(request, answer, content->at("schema").as_object());
  }

  void check_body(const FuzzedRequest& request, const RawAnswer& answer, const json::object& schema) {
    json::error_code error;
    const json::value value = json::parse(answer.body, error);
    if (error) return found(request, answer, "the body is no JSON");
    const std::string mismatch = fuzzer_->schemas().mismatch(value, schema, "body");
    if (!mismatch.empty()) found(request, answer, printable(mismatch, 100));
    learn(request, value);
  }

  void check_problem(const FuzzedRequest& request, const RawAnswer& answer) {
    if (request.method == "HEAD") return;
    json::error_code error;
    const json::value value = json::parse(answer.body, error);
    if (error || answer.media != "application/problem+json") return found(request, answer, "is no problem");
    const json::object& schema = document_.at("components").at("schemas").at("Problem").as_object();
    const std::string mismatch = fuzzer_->schemas().mismatch(value, schema, "problem");
    if (!mismatch.empty()) return found(request, answer, mismatch);
    if (value.at("status") != json::value(answer.status)) found(request, answer, "the problem has another status");
    if (value.at("detail").as_string().empty()) found(request, answer, "the problem has no detail");
    if (answer.status == 401 && !answer.has("www-authenticate")) found(request, answer, "has no WWW-Authenticate");
    if (answer.status == 429 && !answer.has("retry-after")) found(request, answer, "has no Retry-After");
    if (answer.status == 405 && !answer.has("allow")) found(request, answer, "has no Allow");
  }

  void check_closing(const FuzzedRequest& request, const RawAnswer& answer) {
    const bool is_asked = request.asks_to_close || request.is_http10;
    if (!answer.says_close || is_asked || answer.is_stream) return;
    if (std::ranges::find(closing, std::to_string(answer.status)) == closing.end())
      found(request, answer, "closes the connection");
  }

  // What is there now, so that later requests hit it.
  void learn(const FuzzedRequest& request, const json::value& value) {
    const auto keep = [](std::vector<std::string>& names, std::string name) {
      if (names.size() == 40) names.erase(names.begin());
      names.push_back(std::move(name));
    };
    if (request.operation->name == "submitJobs") {
      for (const json::value& job : value.at("jobs").as_array()) {
        if (job.as_object().contains("id")) keep(known_.jobs, json::serialize(job.at("id")));
      }
    }
    if (request.operation->name == "openWindow") {
      keep(known_.windows, std::string(value.at("window").at("name").as_string()));
    }
    if (request.operation->name == "createToken") keep(known_.tokens, std::string(value.at("id").as_string()));
  }

  // Somebody else, meanwhile.
  void expect_alive() {
    http::Client other = server_->client();
    const json::value server = get(other, "/v1/server");
    ASSERT_FALSE(server.is_null()) << "after " << sent_ << " requests: " << server_->process().errors();
  }

  // Everything that has happened, as the first token sees it, against its schema.
  void check_events() {
    const std::uint64_t last = get(*chief_, "/v1/server").at("sequence").to_number<std::uint64_t>();
    std::uint64_t events = 0;
    const json::object schema{{"$ref", "#/components/schemas/Event"}};
    (void)chief_->stream("/v1/events?since=0", [&](const http::Event& event) {
      const json::value value = json::parse(event.data);
      const std::string mismatch = fuzzer_->schemas().mismatch(value, schema, "event");
      if (!mismatch.empty()) ADD_FAILURE() << mismatch << ": " << event.data;
      ++events;
      return value.at("sequence").to_number<std::uint64_t>() >= last || testing::Test::HasFailure() ? http::Next::stop
                                                                                                    : http::Next::go_on;
    });
    EXPECT_GT(events, 0u);
  }

  void expect_whole_journal() {
    const std::string data = (folder_.path() / "data").string();
    for (const char* what : {"journal", "audit"}) {
      const Ran ran = run({DURE_PROGRAM, what, "verify", "--data", data}, {{"LC_ALL", "C"}});
      EXPECT_EQ(ran.code, 0) << what << ran.output << ran.errors;
    }
  }

  struct Finding {
    std::uint64_t times = 0;
    std::string example;
  };

  TempFolder folder_;
  std::optional<ServerProcess> server_;
  std::optional<http::Client> chief_;
  std::optional<RequestFuzzer> fuzzer_;
  std::optional<http::TestSocket> connection_;
  json::object document_;
  std::vector<Asker> askers_;
  Known known_;
  std::string gate_;  // its number
  std::uint64_t sent_ = 0;
  std::map<std::string, Finding> findings_;
  std::map<std::string, std::map<unsigned, std::uint64_t>> statuses_;  // by operation
};

TEST_F(OpenApiFuzz, WhateverIsAskedTheAnswerIsAsDescribedAndTheServerLives) {
  const std::uint64_t requests = setting("DURE_FUZZ_REQUESTS", 10'000);
  const std::uint64_t seed = setting("DURE_FUZZ_SEED", 1);
  const std::string again =
      fmt::format("DURE_FUZZ_SEED={} DURE_FUZZ_REQUESTS={} ./test -R e2e.OpenApiFuzz", seed, requests);
  askers_ = askers();
  submit(R"({"name":"first","tenant":"a/x","hold":true,"script":"true","array":"1-20"})");
  close_gate();
  ASSERT_NO_FATAL_FAILURE(run_a_programme());
  fuzzer_.emplace(document_, askers_, seed);
  // A generator that is always refused would find nothing: it goes on for a while until each was done.
  while (sent_ < requests || (!never_done().empty() && sent_ < 3 * requests)) {
    const FuzzedRequest request = fuzzer_->next(known_);
    const RawAnswer answer = ask(request);
    ++sent_;
    ++statuses_[request.operation->name][answer.status];
    check(request, answer);
    if (sent_ % 500 != 0 && answer.status != 0) continue;
    ASSERT_NO_FATAL_FAILURE(expect_alive()) << again;
    keep_gate_closed();
  }
  fmt::print("{} requests, seed {}\n", sent_, seed);
  for (const auto& [operation, statuses] : statuses_) {
    fmt::print("  {:<15}", operation);
    for (const auto& [status, times] : statuses) fmt::print(" {}: {},", status, times);
    fmt::print("\n");
  }
  for (const auto& [what, finding] : findings_)
    ADD_FAILURE() << what << " (" << finding.times << " times)\n  " << finding.example << "\n  " << again;
  for (const std::string& operation : never_done()) ADD_FAILURE() << operation << " was never done; " << again;
  check_events();
  EXPECT_EQ(server_->stop(), 0) << server_->process().errors();
  EXPECT_EQ(server_->process().errors().find("Sanitizer"), std::string::npos) << server_->process().errors();
  expect_whole_journal();
  ASSERT_EQ(server_->start_again(), "") << again;
  expect_alive();
  EXPECT_EQ(server_->stop(), 0) << server_->process().errors();
}

}  // namespace
}  // namespace dure::e2e
