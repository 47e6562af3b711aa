// Who may see and do what: every role at every kind of route and object of a real server, against one table.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "events.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

namespace json = boost::json;

// The tenants are a/x, a/y and b/z. A job is the actor's own, of another in its tenant, of a sibling, of a stranger.
enum Object { own, peer, sibling, stranger, objects };
constexpr std::array object_names{"own", "peer", "sibling", "stranger"};

// What of a job: `-` nothing, `o` number, state and place, `s` names and outcome, `p` those and the place, `f` all but
// the place, `F` all. And what may be done to it: `-` nothing, `e` end it, `c` change and end it.
struct Row {
  const char* actor;
  const char* role;  // as POST /v1/tokens takes it
  const char* tenant;
  const char* sees;     // own, peer, sibling, stranger
  const char* does;     // likewise
  const char* submits;  // to a/x, a/y, b/z: `y` or `-`
  const char* routes;   // fleet, nodes, tenants and usage, tokens, audit, metrics, drain and declare: `y` or `-`
};
constexpr std::array rows{
    // "A tenant its own jobs, credits and data"
    Row{"member", "member", "a/x", "FF--", "c---", "y--", "y-y----"},
    // "an organisation its tenants and its loans"
    Row{"owner", "owner", "a/x", "FF--", "cc--", "y--", "y-yy---"},
    Row{"organisation", "owner", "a", "FFF-", "ccc-", "yy-", "y-yy---"},
    // "a programme office awards, use and results of its programme, not code, data or logs"
    Row{"office", "programme", "a", "sss-", "----", "---", "y-y----"},
    // "a site operator placement, health and opaque job ids"
    Row{"operator", "operator", "", "oooo", "eeee", "---", "yyyyyyy"},
    // "an auditor the log and nothing else"
    Row{"auditor", "auditor", "", "----", "----", "---", "----y--"},
    // "A guest on a company's site sees its own queue position and start time, never the host's names or load"
    Row{"guest", "guest", "a/x", "f---", "c---", "y--", "-------"},
};

constexpr std::array route_paths{"/v1/fleet", "/v1/nodes", "/v1/tenants", "/v1/tokens", "/v1/audit", "/metrics", ""};

constexpr const char* kims_token = R"({"subject":"kim","grants":[{"role":"member","tenant":"a/x"}]})";
constexpr const char* waiting_job = R"({{"name":"{}","tenant":"{}","per_task":{{"gpus":4}},"time_limit":"5m",)"
                                    R"("script":"echo secretscript"}})";

// A server on which nothing starts any more, and a client for every row.
class AccessMatrix : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_.path() / "server.yaml")
        << "devices: {emulated: 4}\ntrust_jobs: true\n"
           "tenants:\n- name: a\n  children: [{name: x}, {name: y}]\n- name: b\n  children: [{name: z}]\n";
    server_.emplace(folder_.path() / "data",
                    std::vector<std::string>{"--config", (folder_.path() / "server.yaml").string()});
    ASSERT_EQ(server_->start(), "");
    chief_.emplace(server_->client());
    for (const Row& row : rows) {
      clients_.emplace(row.actor, client(row.actor, row.role, row.tenant));
      workers_.emplace(row.actor, client(row.actor, "member", "a/x"));  // the same person at work
    }
    workers_.emplace("peeruser", client("peeruser", "member", "a/x"));
    workers_.emplace("siblinguser", client("siblinguser", "member", "a/y"));
    workers_.emplace("strangeruser", client("strangeruser", "member", "b/z"));
    const std::string gate =
        R"({"name":"gate","tenant":"b/z","per_task":{"gpus":4},"time_limit":"5m","script":"sleep 300"})";
    ASSERT_TRUE(wait_until_started(*server_, submitted(workers_.at("strangeruser"), gate)));
  }

  http::Client client(const std::string& subject, const std::string& role, const std::string& tenant) {
    json::object grant{{"role", role}};
    if (!tenant.empty()) grant["tenant"] = tenant;
    const json::object wish{{"subject", subject}, {"grants", json::array{grant}}};
    const json::value made = post(*chief_, "/v1/tokens", json::serialize(wish), 201);
    return http::Client({.url = server_->address(), .token = std::string(made.at("secret").as_string())});
  }

  static std::uint64_t submitted(http::Client& client, const std::string& body) {
    const json::value answer = post(client, "/v1/jobs", body, 201);
    return answer.is_null() ? 0 : answer.at("jobs").at(0).at("id").to_number<std::uint64_t>();
  }

  // A new job that waits.
  std::uint64_t job_for(const Row& row, int object) {
    static constexpr std::array users{"", "peeruser", "siblinguser", "strangeruser"};
    static constexpr std::array tenants{"a/x", "a/x", "a/y", "b/z"};
    http::Client& worker = workers_.at(object == own ? row.actor : users[static_cast<std::size_t>(object)]);
    return submitted(worker,
                     fmt::format(waiting_job, std::string(object_names[static_cast<std::size_t>(object)]) + "name",
                                 tenants[static_cast<std::size_t>(object)]));
  }

  http::Response ask(const Row& row, http::Method method, const std::string& path, const std::string& body = "") {
    auto response = clients_.at(row.actor).send(method, path, body);
    EXPECT_TRUE(response) << path;
    return response ? *std::move(response) : http::Response{};
  }

  // What an absent job is answered with, at the same route: a job that may not be seen must not differ.
  void expect_absent(const Row& row, const http::Response& response, http::Method method, const std::string& path,
                     std::uint64_t id, const std::string& body) {
    const std::string number = std::to_string(id);
    std::string other = path;
    other.replace(other.find(number), number.size(), "4000000");
    const http::Response absent = ask(row, method, other, body);
    std::string expected = absent.body;
    for (std::size_t at = expected.find("4000000"); at != std::string::npos; at = expected.find("4000000")) {
      expected.replace(at, 7, number);
    }
    EXPECT_EQ(response.status, 404u) << row.actor << " " << path << " " << response.body;
    EXPECT_EQ(response.body, expected) << row.actor << " " << path;
  }

  TempFolder folder_;
  std::optional<ServerProcess> server_;
  std::optional<http::Client> chief_;
  std::map<std::string, http::Client> clients_;
  std::map<std::string, http::Client> workers_;
};

void expect_members(const json::object& job, const char* members, bool are_there, const std::string& where) {
  std::string_view left = members;
  while (!left.empty()) {
    const std::string_view name = left.substr(0, left.find(' '));
    left.remove_prefix(std::min(left.size(), name.size() + 1));
    EXPECT_EQ(job.contains(name), are_there) << where << " " << name;
  }
}

TEST_F(AccessMatrix, OfEachJobARoleSeesWhatTheTableSays) {
  for (const Row& row : rows) {
    for (int object = 0; object < objects; ++object) {
      const char sight = row.sees[object];
      const std::uint64_t id = job_for(row, object);
      const std::string at = fmt::format("/v1/jobs/{}", id);
      const std::string where = fmt::format("{} of {}", row.actor, object_names[static_cast<std::size_t>(object)]);
      for (const std::string& path : {at, at + "/why", at + "/logs"}) {
        const http::Response response = ask(row, http::Method::get, path);
        const bool is_log = path.ends_with("logs");
        if (sight == '-') {
          expect_absent(row, response, http::Method::get, path, id, "");
          continue;
        }
        EXPECT_EQ(response.status, is_log && sight != 'f' && sight != 'F' ? 403u : 200u) << where << " " << path;
        if (is_log) continue;
        const json::object job = json::parse(response.body).as_object();
        if (path.ends_with("why")) {
          EXPECT_EQ(job.at("blockers").as_array().empty(), sight == 's' || sight == 'f') << where;
          EXPECT_EQ(job.contains("position"), sight == 's' || sight == 'f') << where;
          continue;
        }
        expect_members(job, "id state submitted", true, where);
        expect_members(job, "name tenant user", sight != 'o', where);
        expect_members(job, "script", sight == 'f' || sight == 'F', where);
        expect_members(job, "reasons", sight == 'F', where);
      }
    }
  }
}

TEST_F(AccessMatrix, ToEachJobARoleDoesWhatTheTableSays) {
  struct Act {
    http::Method method;
    const char* path;
    const char* body;
    bool ends;
  };
  const std::array acts{Act{http::Method::patch, "", R"({"priority":1})", false},
                        Act{http::Method::post, "/hold", "", false}, Act{http::Method::post, "/release", "", false},
                        Act{http::Method::post, "/cancel", "", true}};
  for (const Row& row : rows) {
    for (int object = 0; object < objects; ++object) {
      const std::uint64_t id = job_for(row, object);
      for (const Act& act : acts) {
        const std::string path = fmt::format("/v1/jobs/{}{}", id, act.path);
        const http::Response response = ask(row, act.method, path, act.body);
        const bool may = row.does[object] == 'c' || (row.does[object] == 'e' && act.ends);
        if (row.sees[object] == '-') {
          expect_absent(row, response, act.method, path, id, act.body);
        } else {
          EXPECT_EQ(response.status, may ? 200u : 403u)
              << row.actor << " " << object_names[static_cast<std::size_t>(object)] << " " << path << " "
              << response.body;
        }
      }
      const json::value after = get(*chief_, fmt::format("/v1/jobs/{}", id));
      const bool has_ended = after.at("state").as_string() == "ended";
      EXPECT_EQ(has_ended, row.does[object] != '-') << row.actor << " " << object;
    }
  }
}

TEST_F(AccessMatrix, ListsAndEventsHoldWhatMayBeSeenAndNoWordOfTheRest) {
  std::map<std::string, std::array<std::uint64_t, objects>> jobs;
  for (const Row& row : rows) {
    for (int object = 0; object < objects; ++object)
      jobs[row.actor][static_cast<std::size_t>(object)] = job_for(row, object);
  }
  for (const Row& row : rows) {
    std::set<std::uint64_t> listed;
    std::string said;
    for (std::string cursor = "0"; !cursor.empty();) {  // pages of one, so that cursors are many
      const http::Response page = ask(row, http::Method::get, "/v1/jobs?limit=1&cursor=" + cursor);
      ASSERT_EQ(page.status, 200u) << page.body;
      said += page.body;
      const json::value value = json::parse(page.body);
      for (const json::value& job : value.at("jobs").as_array()) listed.insert(job.at("id").to_number<std::uint64_t>());
      EXPECT_TRUE(value.at("jobs").as_array().size() == 1 || value.at("next").is_null()) << row.actor;
      cursor = value.at("next").is_null() ? "" : std::string(value.at("next").as_string());
      if (!cursor.empty() && row.sees[stranger] == '-') {
        EXPECT_NE(cursor, std::to_string(jobs.at(row.actor)[stranger])) << "a cursor that tells of a job";
      }
    }
    std::set<std::uint64_t> told;
    const std::uint64_t last = get(*chief_, "/v1/server").at("sequence").to_number<std::uint64_t>();
    const std::uint64_t own_job = job_for(row, row.sees[own] == '-' ? stranger : own);  // the end of what is looked at
    if (row.sees[own] != '-') {
      (void)clients_.at(row.actor).stream("/v1/events?since=0", [&](const http::Event& event) {
        said += event.data;
        const json::value value = json::parse(event.data);
        const json::value* job = value.as_object().if_contains("job");
        if (job != nullptr && job->to_number<std::uint64_t>() == own_job) return http::Next::stop;
        if (job != nullptr) told.insert(job->to_number<std::uint64_t>());
        return http::Next::go_on;
      });
      EXPECT_GT(last, 0u);
    }
    for (int object = 0; object < objects; ++object) {
      const std::uint64_t id = jobs.at(row.actor)[static_cast<std::size_t>(object)];
      EXPECT_EQ(listed.contains(id), row.sees[object] != '-') << row.actor << " lists " << object;
      EXPECT_EQ(told.contains(id), row.sees[object] != '-') << row.actor << " hears of " << object;
    }
    for (const char* path : {"/v1/tenants", "/v1/usage", "/v1/fleet", "/v1/server"}) {
      said += ask(row, http::Method::get, path).body;
    }
    const bool is_operator = row.sees[stranger] == 'o';
    EXPECT_EQ(said.find("strangername"), std::string::npos) << row.actor;
    EXPECT_EQ(said.find("b/z"), is_operator ? said.find("b/z") : std::string::npos) << row.actor;
    if (!is_operator) {
      EXPECT_EQ(said.find("strangeruser"), std::string::npos) << row.actor << said;
    }
    EXPECT_EQ(said.find("secretscript"), std::string::npos) << row.actor;
  }
}

// "results of its programme, not code, data or logs": why a job failed names its files.
TEST_F(AccessMatrix, WhereAJobRanAndWhyItFailedAreForThoseWhoMayKnow) {
  static constexpr const char* failing =
      R"({"name":"failing","tenant":"a/x","per_task":{"cpus":1},"script":"true","output":"/nowhere/at-all"})";
  for (const Row& row : rows) {
    if (std::string_view(row.role) == "auditor") continue;
    const std::uint64_t id = submitted(workers_.at(row.actor), failing);
    ASSERT_TRUE(wait_until_ended(*server_, id));
    const char sight = row.sees[own];
    const auto expect = [&](std::string_view said, bool has_pool, bool has_reason, std::string_view where) {
      EXPECT_EQ(said.find("local/gpu") != said.npos, has_pool) << row.actor << " " << where << " " << said;
      EXPECT_EQ(said.find("/nowhere/at-all") != said.npos, has_reason) << row.actor << " " << where << " " << said;
    };
    const bool sees_all = sight == 'f' || sight == 'F';
    json::object job = json::parse(ask(row, http::Method::get, fmt::format("/v1/jobs/{}", id)).body).as_object();
    job.erase("output");  // which is what was asked for
    expect(json::serialize(job), sight == 'F' || sight == 'o', sees_all, "show");
    expect(ask(row, http::Method::get, fmt::format("/v1/jobs/{}/why", id)).body, false, sees_all, "why");
    std::string events;
    (void)clients_.at(row.actor).stream(fmt::format("/v1/events?since=0&job={}", id), [&](const http::Event& event) {
      events += event.data;
      return event.name == "job_ended" ? http::Next::stop : http::Next::go_on;
    });
    expect(events, sight == 'F', sees_all, "events");
  }
}

TEST_F(AccessMatrix, ARoleSubmitsWhereTheTableSaysAndElsewhereThereIsNothing) {
  static constexpr std::array tenants{"a/x", "a/y", "b/z"};
  static constexpr std::array not_there{"a/q", "a/q", "c/z"};  // as like what is there, so that as much is suggested
  for (const Row& row : rows) {
    for (std::size_t t = 0; t < tenants.size(); ++t) {
      const auto to = [&](const std::string& tenant) {
        return ask(row, http::Method::post, "/v1/jobs", fmt::format(waiting_job, "new", tenant));
      };
      const http::Response response = to(tenants[t]);
      if (row.submits[t] == 'y') {
        EXPECT_EQ(response.status, 201u) << row.actor << " " << tenants[t] << " " << response.body;
        continue;
      }
      const std::string absent_tenant = not_there[t];
      const http::Response absent = to(absent_tenant);
      EXPECT_EQ(response.status, absent.status) << row.actor << " " << tenants[t];
      std::string expected = absent.body;
      for (std::size_t at = 0; (at = expected.find(absent_tenant, at)) != std::string::npos; at += 3) {
        expected.replace(at, 3, tenants[t]);
      }
      EXPECT_EQ(response.body, expected) << row.actor << " " << tenants[t];
    }
    // What it may not see it cannot wait for: neither a stranger's job nor one that is not there.
    if (row.submits[0] != 'y') continue;
    for (int object = 0; object < objects; ++object) {
      const std::uint64_t id = job_for(row, object);
      const auto after = [&](std::uint64_t job) {
        return ask(
            row, http::Method::post, "/v1/jobs",
            fmt::format(R"({{"name":"next","tenant":"a/x","script":"true","after":[{{"kind":"ok","job":{}}}]}})", job));
      };
      const http::Response response = after(id);
      EXPECT_EQ(response.status, row.sees[object] == '-' ? 404u : 201u) << row.actor << " " << object << response.body;
      if (row.sees[object] != '-') continue;
      std::string absent = after(4000000).body;
      absent.replace(absent.find("4000000"), 7, std::to_string(id));
      EXPECT_EQ(response.body, absent);
    }
  }
}

// That nodes are kept free everybody may know who waits for them; for whom, and which nodes, those who see these.
TEST_F(AccessMatrix, OfWindowsARoleSeesWhatItKnowsAndOperatorsOpenThem) {
  const std::string node = "local-gpu-b01-r01-n1";
  const auto wish = [&](const char* name, const char* from, const char* more) {
    return fmt::format(R"({{"name":"{}","nodes":["{}"],"from":"{}","for":"30m"{}}})", name, node, from, more);
  };
  post(*chief_, "/v1/windows", wish("cables", "10h", ""), 201);
  post(*chief_, "/v1/windows", wish("lessonx", "12h", R"(,"tenant":"a/x","reason":"secretreason")"), 201);
  post(*chief_, "/v1/windows", wish("lessonz", "14h", R"(,"tenant":"b/z","reason":"strangereason")"), 201);
  for (const Row& row : rows) {
    const bool is_operator = row.sees[stranger] == 'o';
    const http::Response list = ask(row, http::Method::get, "/v1/windows");
    const auto says = [&](const std::string& word) { return list.body.find(word) != std::string::npos; };
    if (row.routes[0] != 'y') {
      EXPECT_EQ(list.status, 403u) << row.actor;
    } else {
      EXPECT_EQ(list.status, 200u) << row.actor << list.body;
      EXPECT_TRUE(says("cables") && says("lessonx") && says("secretreason")) << row.actor << list.body;
      EXPECT_EQ(says("lessonz") || says("strangereason") || says("b/z"), is_operator) << row.actor << list.body;
      EXPECT_EQ(says(node), is_operator) << row.actor << list.body;
    }
    if (is_operator) continue;
    EXPECT_EQ(ask(row, http::Method::post, "/v1/windows", wish("mine", "16h", "")).status, 403u) << row.actor;
    EXPECT_EQ(ask(row, http::Method::del, "/v1/windows/lessonx").status, 403u) << row.actor;
  }
  post(*chief_, "/v1/windows", wish("cables", "20h", ""), 400);
}

TEST_F(AccessMatrix, ARoleReachesTheRoutesThatTheTableSays) {
  for (const Row& row : rows) {
    for (std::size_t r = 0; r < route_paths.size(); ++r) {
      const bool is_change = std::string_view(route_paths[r]).empty();
      const http::Response response = is_change ? ask(row, http::Method::put, "/v1/fleet?dry_run=true", "{}")
                                                : ask(row, http::Method::get, route_paths[r]);
      const unsigned expected = row.routes[r] != 'y' ? 403u : is_change ? 400u : 200u;
      EXPECT_EQ(response.status, expected) << row.actor << " " << route_paths[r] << " " << response.body;
    }
    EXPECT_EQ(ask(row, http::Method::get, "/v1/server").status, 200u);
    EXPECT_EQ(ask(row, http::Method::get, "/v1/tenants?tenant=b/z").status, row.routes[2] != 'y'        ? 403u
                                                                            : row.sees[stranger] == 'o' ? 200u
                                                                                                        : 404u)
        << row.actor;
  }
}

// Tokens.

TEST_F(AccessMatrix, OwnersMakeTokensForTheirPartAndForNamesThatAreFree) {
  const Row& owner = rows[2];  // of a
  const auto make = [&](const char* subject, const char* grants) {
    return ask(owner, http::Method::post, "/v1/tokens",
               fmt::format(R"({{"subject":"{}","grants":[{}]}})", subject, grants))
        .status;
  };
  EXPECT_EQ(make("newcomer", R"({"role":"member","tenant":"a/y"})"), 201u);
  EXPECT_EQ(make("newcomer", R"({"role":"owner","tenant":"a"})"), 201u);
  EXPECT_EQ(make("newcomer", R"({"role":"member","tenant":"b/z"})"), 404u);
  EXPECT_EQ(make("newcomer", R"({"role":"member","tenant":"b/q"})"), 404u);
  EXPECT_EQ(make("newcomer", R"({"role":"member"})"), 403u);
  EXPECT_EQ(make("newcomer", R"({"role":"operator"})"), 403u);
  EXPECT_EQ(make("strangeruser", R"({"role":"member","tenant":"a/y"})"), 403u);
  const std::string list = ask(owner, http::Method::get, "/v1/tokens").body;
  EXPECT_NE(list.find("newcomer"), std::string::npos);
  EXPECT_EQ(list.find("strangeruser"), std::string::npos) << list;
  EXPECT_EQ(list.find("secret"), std::string::npos) << list;
  const json::value all = get(*chief_, "/v1/tokens");
  for (const json::value& token : all.at("tokens").as_array()) {
    const std::string id(token.at("id").as_string());
    if (token.at("subject").as_string() != "strangeruser") continue;
    EXPECT_EQ(ask(owner, http::Method::del, "/v1/tokens/" + id).status, 404u);
  }
}

TEST_F(AccessMatrix, TokensAreListedByPagesWhoseCursorsTellOfNoOthers) {
  const Row& owner = rows[2];  // of a
  std::set<std::string> known;
  const json::value all = get(*chief_, "/v1/tokens?limit=1000");
  for (const json::value& token : all.at("tokens").as_array()) {
    const std::string_view tenant = token.at("grants").at(0).as_object().contains("tenant")
                                        ? std::string_view(token.at("grants").at(0).at("tenant").as_string())
                                        : "";
    // An office's tokens are not its owner's to give.
    const bool is_an_offices = token.at("grants").at(0).at("role").as_string() == "programme";
    if (tenant.starts_with("a") && !is_an_offices) known.insert(std::string(token.at("id").as_string()));
  }
  ASSERT_GT(known.size(), 5u);
  std::set<std::string> listed;
  std::string cursor;
  do {
    const http::Response response = ask(owner, http::Method::get, "/v1/tokens?limit=2&cursor=" + cursor);
    ASSERT_EQ(response.status, 200u) << response.body;
    const json::value page = json::parse(response.body);
    EXPECT_LE(page.at("tokens").as_array().size(), 2u);
    for (const json::value& token : page.at("tokens").as_array()) {
      EXPECT_TRUE(listed.insert(std::string(token.at("id").as_string())).second) << "a token twice";
    }
    cursor = page.at("next").is_null() ? "" : std::string(page.at("next").as_string());
    EXPECT_TRUE(cursor.empty() || known.contains(cursor)) << cursor;
  } while (!cursor.empty());
  EXPECT_EQ(listed, known);
  for (const char* wrong : {"limit=0", "limit=1001", "limit=x", "cursor=t000000000000"}) {
    EXPECT_EQ(ask(owner, http::Method::get, fmt::format("/v1/tokens?{}", wrong)).status, 400u) << wrong;
  }
}

TEST_F(AccessMatrix, ARevokedTokenIsWorthlessAtOnceAndStaysSo) {
  const json::value made = post(*chief_, "/v1/tokens", kims_token, 201);
  const std::string secret(made.at("secret").as_string());
  http::Client kim({.url = server_->address(), .token = secret});
  EXPECT_EQ(kim.send(http::Method::get, "/v1/jobs")->status, 200u);
  const std::string path = "/v1/tokens/" + std::string(made.at("id").as_string());
  const std::uint64_t job = submitted(kim, fmt::format(waiting_job, "kims", "a/x"));
  // Whoever follows with it is shown out by what happens next.
  http::Client follower({.url = server_->address(), .token = secret});
  bool is_revoked = false;
  const auto followed = follower.stream(fmt::format("/v1/events?since=0&job={}", job), [&](const http::Event&) {
    if (std::exchange(is_revoked, true)) return http::Next::go_on;
    EXPECT_EQ(chief_->send(http::Method::del, path)->status, 200u);
    EXPECT_EQ(chief_->send(http::Method::post, fmt::format("/v1/jobs/{}/cancel", job))->status, 200u);
    return http::Next::go_on;
  });
  EXPECT_TRUE(followed) << followed.error().message;
  EXPECT_EQ(kim.send(http::Method::get, "/v1/jobs")->status, 401u);
  EXPECT_EQ(server_->stop(), 0);
  ASSERT_EQ(server_->start(), "");
  EXPECT_EQ(http::Client({.url = server_->address(), .token = secret}).send(http::Method::get, "/v1/jobs")->status,
            401u);
  EXPECT_EQ(server_->client().send(http::Method::get, "/v1/jobs")->status, 200u);
}

TEST_F(AccessMatrix, SecretsAreNowhereInTheDataFolderButForTheFirst) {
  const json::value made = post(*chief_, "/v1/tokens", kims_token, 201);
  const std::string secret(made.at("secret").as_string());
  EXPECT_EQ(server_->stop(), 0);
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder_.path() / "data")) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    EXPECT_EQ(bytes.find(secret), std::string::npos) << file.path();
  }
}

// Keys of one are not those of another.
TEST_F(AccessMatrix, IdempotencyKeysAreEachUsersOwn) {
  const std::vector<http::Header> key{{"Idempotency-Key", "same"}};
  const auto send = [&](const char* who, const char* tenant) {
    return workers_.at(who).send(http::Method::post, "/v1/jobs", fmt::format(waiting_job, "keyed", tenant), key)->body;
  };
  const std::string first = send("peeruser", "a/x");
  EXPECT_EQ(send("peeruser", "a/x"), first);
  EXPECT_NE(send("strangeruser", "b/z"), first);
  EXPECT_NE(send("member", "a/x"), first);
}

// The audit log.

TEST_F(AccessMatrix, TheLogTellsWhatWasDoneAndWhatWasRefused) {
  const std::uint64_t job = job_for(rows[0], peer);
  EXPECT_EQ(ask(rows[0], http::Method::post, fmt::format("/v1/jobs/{}/cancel", job)).status, 403u);
  EXPECT_EQ(ask(rows[0], http::Method::get, "/v1/nodes").status, 403u);
  http::Client nobody({.url = server_->address(), .token = "dure_wrong"});
  EXPECT_EQ(nobody.send(http::Method::get, "/v1/jobs")->status, 401u);
  (void)job_for(rows[0], own);  // what was refused before is durable by now
  const std::string log = json::serialize(get(*chief_, "/v1/audit?limit=10000"));
  for (const std::string& part :
       {fmt::format(R"(\"action\":\"cancelJob\",\"target\":\"/v1/jobs/{}/cancel\",\"outcome\":\"refused: 403)", job),
        std::string(R"(\"actor\":\"member\")"), std::string(R"(\"action\":\"listNodes\")"),
        std::string(R"(\"outcome\":\"refused: 401 from 127.0.0.1)"), fmt::format(R"(\"outcome\":\"jobs {}\")", job),
        std::string("of siblinguser: member:a/y")}) {
    EXPECT_NE(log.find(part), std::string::npos) << part << "\n" << log;
  }
  EXPECT_EQ(log.find("dure_"), std::string::npos) << "a secret";
}

TEST_F(AccessMatrix, AFloodOfRefusalsIsCounted) {
  http::Client nobody({.url = server_->address(), .token = "dure_wrong"});
  for (int i = 0; i < 500; ++i) EXPECT_EQ(nobody.send(http::Method::get, "/v1/jobs")->status, 401u);
  (void)job_for(rows[0], own);
  std::size_t rows_of_it = 0;
  const json::value log = get(*chief_, "/v1/audit?limit=10000");
  for (const json::value& row : log.at("rows").as_array()) {
    rows_of_it += std::string(row.at("line").as_string()).find("refused: 401") != std::string::npos ? 1u : 0u;
  }
  EXPECT_EQ(rows_of_it, 10u);
}

TEST_F(AccessMatrix, ATokenThatAsksTooOftenIsToldToWait) {
  EXPECT_EQ(server_->stop(), 0);
  std::ofstream(folder_.path() / "server.yaml", std::ios::app) << "requests: {per_second: 1, burst: 5}\n";
  ASSERT_EQ(server_->start(), "");
  chief_.emplace(server_->client());
  http::Client kim = client("kim", "member", "a/x");
  http::Client lee = client("lee", "member", "a/x");
  unsigned refused = 0;
  for (int i = 0; i < 50; ++i) {
    const auto response = kim.send(http::Method::get, "/v1/jobs");
    if (response->status != 429) continue;
    ++refused;
    EXPECT_NE(response->header("retry-after"), std::nullopt);
  }
  EXPECT_GT(refused, 0u);
  EXPECT_EQ(lee.send(http::Method::get, "/v1/jobs")->status, 200u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(chief_->send(http::Method::get, "/v1/jobs")->status, 200u);
}

// What a job names.

TEST(JobFiles, OfTheServerAreNeitherWrittenNorRead) {
  TempFolder folder;
  ServerProcess server(folder.path() / "data");
  ASSERT_EQ(server.start(), "");
  Cli cli(server, folder.path());
  http::Client client = server.client();
  const std::string token = server.token();
  const auto submit = [&](const std::string& output, const std::string& script) {
    const json::object body{
        {"name", "x"}, {"per_task", {{"gpus", 1}}}, {"time_limit", "5m"}, {"script", script}, {"output", output}};
    const json::value answer = post(client, "/v1/jobs", json::serialize(body), 201);
    return std::to_string(answer.at("jobs").at(0).at("id").to_number<std::uint64_t>());
  };
  const std::string data = (folder.path() / "data").string();
  const std::string work = data + "/work";
  for (const std::string& output : {data + "/token", work + "/../token", std::string("../../../token"),
                                    work + "/jobs/77/out", folder.path().string() + "/data/journal.db"}) {
    const std::string job = submit(output, "true");
    EXPECT_NE(cli.run({"wait", job}).code, 0) << output;
    EXPECT_EQ(server.token(), token);
    EXPECT_EQ(cli.run({"logs", job}).output.find(token), std::string::npos) << output;
  }
  // A job that puts a link in the place of its output is not followed either.
  const std::string job = submit("out", fmt::format("rm -f out && ln -s {}/token out", data));
  EXPECT_EQ(cli.run({"wait", job}).code, 0);
  EXPECT_EQ(cli.run({"logs", job}).output.find(token), std::string::npos);
}

// Several tenants where jobs share an account.

TEST(SecondTenant, IsRefusedUnlessJobsAreTrusted) {
  TempFolder folder;
  const auto write = [&](const std::string& text) { std::ofstream(folder.path() / "server.yaml") << text; };
  const std::string two = "devices: {emulated: 1}\ntenants: [{name: a}, {name: b}]\n";
  const std::vector<std::string> arguments{"--config", (folder.path() / "server.yaml").string()};
  ServerProcess server(folder.path() / "data", arguments);
  write(two);
  EXPECT_NE(server.start().find("trust_jobs: true"), std::string::npos);
  write("devices: {emulated: 1}\n");
  ASSERT_EQ(server.start(), "");
  Cli cli(server, folder.path());
  cli.write("two.yaml", "tenants: [{name: default}, {name: b}]\n");
  cli.write("nested.yaml", "tenants: [{name: a, children: [{name: default}]}]\n");
  const Ran refused = cli.run({"apply", "two.yaml"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.errors.find("trust_jobs: true"), std::string::npos) << refused.errors;
  EXPECT_EQ(cli.run({"apply", "nested.yaml"}).code, 0);
  EXPECT_EQ(server.stop(), 0);
  write("devices: {emulated: 1}\ntrust_jobs: true\n");
  ASSERT_EQ(server.start(), "");
  EXPECT_EQ(cli.run({"apply", "two.yaml"}).code, 0);
  EXPECT_EQ(server.stop(), 0);
  write("devices: {emulated: 1}\n");
  EXPECT_NE(server.start().find("trust_jobs: true"), std::string::npos);
}

}  // namespace
}  // namespace dure::e2e
