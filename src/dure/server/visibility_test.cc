// Who sees what by default, all roles and all objects: each cell of these tables is asked for and must be exactly so.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dure/api/live_json.h"
#include "dure/api/route.h"
#include "dure/api/secret.h"
#include "dure/base/test_folder.h"
#include "dure/core/state.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/server/publisher.h"
#include "dure/server/token_book.h"

namespace dure::server {
namespace {

namespace json = boost::json;

using http::Method;

struct Actor {
  const char* name;
  Role role;
  const char* tenant;
};

// Two organisations that share a pool. `a` has the programme `large`, with the call `call-a`; `b` has `other`, with
// `call-b`. Four jobs run: of the actor itself and of a peer in a/x, of a/y, and of b/z, on what `a` leaves idle. a/x,
// a/y and b/z have a grant and an application each.
class Visibility : public testing::Test {
 protected:
  static constexpr std::array jobs{1u, 2u, 3u, 4u};

  Visibility() {
    const PoolSpec pool{.name = "p",
                        .gpu_model = "X",
                        .gpus_per_node = 8,
                        .cpu_milli = 64'000,
                        .nodes_per_rack = 2,
                        .owners = {{"a", 12'000}, {"b", 4'000}}};
    say(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}});
    say(TenantsDeclared{{.roots = {{.name = "a", .children = {{.name = "x"}, {.name = "y"}}},
                                   {.name = "b", .children = {{.name = "z"}}}}}});
    for (const char* name : {"me", "peer", "sibling", "stranger", "officer"})
      say(UserDeclared{id_of<UserTag>(users_++), name});
    const auto book = [&](ledger::Change change) { say(Booked{std::move(change)}); };
    book(ledger::RatesDeclared{now_, {}, {{"X", ledger::credit}}});
    for (const auto& [name, tenant] : {std::pair("large", "a"), std::pair("other", "b")})
      book(ledger::ProgrammeDeclared{{.name = name, .tenant = tenant, .use = {}, .hours = {}}, officer});
    const std::string rules = "call: {}\nkinds: [{{name: X, cards: 8}}]\nclasses: [any]\n";
    book(ledger::CallOpened{CallId{0}, "call-a", "large", now_, fmt::format(fmt::runtime(rules), "call-a"), officer});
    book(ledger::CallOpened{CallId{1}, "call-b", "other", now_, fmt::format(fmt::runtime(rules), "call-b"), officer});
    std::uint32_t grant = 0;
    for (const auto& [path, name] : {std::pair("a/x", "A1"), std::pair("a/y", "A2"), std::pair("b/z", "B1")}) {
      const std::string programme = path[0] == 'a' ? "large" : "other";
      const ApplicationId id{grant};
      book(ledger::ApplicationFiled{
          id, CallId{path[0] == 'a' ? 0u : 1u}, name, path, {{"X", 4}}, 1, text_of(name), UserId{0}});
      book(ledger::ApplicationReviewed{id, 8750, "secretreview", officer});
      book(ledger::GrantAwarded{.grant = GrantId{grant},
                                .programme = programme,
                                .tenant = path,
                                .kinds = {"X"},
                                .cards = 0,
                                .lots = {{now_, now_ + days(30), 100 * ledger::credit}},
                                .application = {},
                                .why = "",
                                .by = officer});
      book(ledger::LotOpened{GrantId{grant}, 0});
      ++grant;
    }
    const std::array tenants{"a/x", "a/x", "a/y", "b/z"};
    for (std::uint32_t i = 0; i < 4; ++i) {
      const JobSpec spec{.name = fmt::format("job{}", jobs[i]),
                         .tenant = *state_.tenants().find(tenants[i]),
                         .user = UserId{i},
                         .shape = {.per_task = {.gpu_milli = (i == 3 ? 8 : 1) * whole}},
                         .time_limit = hours(1)};
      say(JobSubmitted{JobId{jobs[i]}, spec});
      const std::uint64_t gpus = i == 3 ? 0xff : std::uint64_t{1} << i;
      say(StartOrdered{JobId{jobs[i]},
                       PoolId{0},
                       {{.node = NodeId{i == 3 ? 1u : 0u}, .tasks = 1, .gpus = gpus, .gpu_milli = whole}}});
      say(Started{JobId{jobs[i]}});
    }
    now_ = now_ + minutes(30);
    publisher_.publish(state_);
    for (const auto& [subject, tenant] : {std::pair("me", "a/x"), std::pair("stranger", "b/z")}) {
      StoredToken token{.hash = api::hash_of_secret(subject),
                        .subject = subject,
                        .grants = {{.role = Role::member, .tenant = tenant}},
                        .by = "chief"};
      token.id = api::token_id(token.hash);
      tokens_.put(std::move(token));
    }
  }

  static std::string text_of(const std::string& name) {
    return fmt::format(R"({{"name":"{}","organisation":"firm of {}","class":"any","asks":{{"X":4}}}})", name, name);
  }

  void say(Change change) {
    const auto checked = state_.check(change);
    ASSERT_TRUE(checked) << checked.error().message;
    const Fact fact{now_, std::move(change)};
    state_.apply(fact);
    publisher_.on_fact(state_, fact);
  }

  // The status, and the body; 0 is what the loop would be asked to do, or a log that would be read.
  struct Said {
    unsigned status = 0;
    std::string body = {};
    bool has(std::string_view word) const { return body.find(word) != std::string::npos; }
  };
  Said ask(const Actor& who, Method method, const std::string& target, const std::string& body = "") {
    const api::Actor actor{.subject = who.role == Role::programme ? "officer" : "me",
                           .token = "t",
                           .grants = {{.role = who.role, .tenant = who.tenant}}};
    const auto view = publisher_.view();
    http::Request request{.method = method, .target = target, .body = body};
    request.path = target.substr(0, target.find('?'));
    for (std::size_t at = target.find('?'); at != std::string::npos; at = target.find('&', at + 1)) {
      const std::size_t equals = target.find('=', at);
      const std::size_t end = std::min(target.find('&', at + 1), target.size());
      request.query.push_back({target.substr(at + 1, equals - at - 1), target.substr(equals + 1, end - equals - 1)});
    }
    const api::Access access(actor, *view->tenants);
    const api::ServerFacts facts{.version = "1", .started = now_, .is_public = true};
    api::Call call{.request = request,
                   .view = *view,
                   .parameters = {},
                   .access = access,
                   .now = now_,
                   .server = facts,
                   .archive = &archive_,
                   .tokens = &tokens_};
    const api::Answer answer = api::dispatch(call);
    const auto* response = std::get_if<http::Response>(&answer);
    return response == nullptr ? Said{} : Said{response->status, response->body};
  }
  // `y` it is there or would be done; `3` not for that role; `-` as if it were not there; else the status.
  std::string mark(const Said& said) {
    if (said.status == 0 || said.status == 200) return "y";
    if (said.status == 403) return "3";
    if (said.status == 404) return "-";
    return fmt::format("{}:{}", said.status, said.body);
  }
  // Of a list, which of those words it holds, a letter each; `3` where the list itself is not for that role.
  std::string marks(const Said& said, const std::vector<std::string>& words) {
    if (said.status == 403) return "3";
    EXPECT_EQ(said.status, 200u) << said.body;
    std::string out;
    for (const std::string& word : words) out += said.has(word) ? 'y' : '-';
    return out;
  }

  // Of each job: `o` its number and place, `n` its names and no place, `P` both.
  std::string jobs_seen(const Actor& who) {
    const json::value list = json::parse(ask(who, Method::get, "/v1/jobs").body);
    std::map<std::uint64_t, char> found;
    for (const json::value& one : list.at("jobs").as_array()) {
      const json::object& job = one.as_object();
      const bool has_name = job.contains("name");
      EXPECT_EQ(has_name, job.contains("tenant"));
      found[job.at("id").to_number<std::uint64_t>()] = !has_name ? 'o' : job.contains("pool") ? 'P' : 'n';
    }
    std::string out;
    for (const std::uint64_t id : jobs) out += found.contains(id) ? found[id] : '-';
    return out;
  }
  // The same by what a browser is told: where a job has a name and where it has a pool.
  std::string live_seen(const Actor& who) {
    const auto view = publisher_.view();
    const api::Actor actor{.subject = "me", .token = "t", .grants = {{.role = who.role, .tenant = who.tenant}}};
    const json::value state = json::parse(api::whole_state_json(*view, api::Access(actor, *view->tenants)));
    std::map<std::int64_t, char> found;
    for (const json::value& one : state.at("jobs").as_array()) {
      const json::array& row = one.as_array();
      EXPECT_EQ(row.size(), row.at(1).as_int64() < 0 ? 4u : 6u);
      found[row.at(0).as_int64()] = row.size() == 4 ? 'o' : row.at(2).as_int64() >= 0 ? 'P' : 'n';
    }
    for (const json::value& node : state.at("nodes").as_array()) {
      for (std::size_t at = 3; at < node.as_array().size(); at += 3) {
        const char mark = found[node.at(at).as_int64()];
        EXPECT_TRUE(mark == 'o' || mark == 'P') << "where it runs is told of job " << node.at(at).as_int64();
      }
    }
    std::string out;
    for (const std::int64_t id : jobs) out += found.contains(id) ? found[id] : '-';
    return out;
  }
  template <class Target>
  std::string each(const Actor& who, const std::vector<std::string>& names, const Target& target) {
    std::string out;
    for (const std::string& name : names) out += mark(ask(who, Method::get, target(name)));
    return out;
  }

  static constexpr UserId officer{4};
  TempFolder folder_;
  State state_;
  Time now_ = *parse_time("2026-03-10T00:00:00Z");
  std::uint32_t users_ = 0;
  Publisher publisher_;
  TokenBook tokens_;
  std::unique_ptr<SqliteJournal> journal_ = *SqliteJournal::open(folder_.path());
  SharedReader archive_{*JournalReader::open(folder_.path())};
};

const std::vector<std::string> tenant_paths{R"("a")", R"("a/x")", R"("a/y")", R"("b")", R"("b/z")"};

struct Row {
  Actor who;
  const char* jobs;          // own, peer's, of a/y, of b/z
  const char* logs;          // likewise
  const char* costs;         // of these jobs
  const char* pools;         // the fleet; its nodes
  const char* use;           // tenants, and what they used: a, a/x, a/y, b, b/z
  const char* grants;        // listed: of a/x, a/y, b/z
  const char* grant;         // one by one
  const char* applications;  // A1, A2, B1, in their calls
  const char* review;        // of A1, undecided
  const char* statements;    // of accounts: a, a/x, a/y, b, b/z
  const char* balances;      // likewise
  const char* loans;         // of b/z from a; the sums of a, of b
  const char* programmes;    // large, other
  const char* calls;         // call-a, call-b
  const char* rest;          // the audit log; tokens
};

TEST_F(Visibility, EachRoleSeesOfEachObjectWhatTheTableSays) {
  const std::array rows{
      // clang-format off
      // "A tenant its own jobs, credits and data"
      Row{{"member", Role::member, "a/x"},
          "PP--", "yy--", "yy--", "y3", "-y---", "y--", "y--", "y--", "-", "-y---", "-y---", "3", "y-", "y-", "33"},
      Row{{"owner", Role::owner, "a/x"},
          "PP--", "yy--", "yy--", "y3", "-y---", "y--", "y--", "y--", "-", "-y---", "-y---", "---", "y-", "y-", "3y"},
      // "an organisation its tenants and its loans"
      Row{{"organisation", Role::owner, "a"},
          "PPP-", "yyy-", "yyy-", "y3", "yyy--", "yy-", "yy-", "yy-", "-", "yyy--", "yyy--", "yy-", "y-", "y-", "3y"},
      Row{{"lender's peer", Role::owner, "b"},
          "---P", "---y", "---y", "y3", "---yy", "--y", "--y", "--y", "-", "---yy", "---yy", "y-y", "-y", "-y", "3y"},
      // "a programme office awards, use and results of its programme, not code, data or logs"
      Row{{"office", Role::programme, "a"},
          "nnn-", "333-", "yyy-", "y3", "yyy--", "yy-", "yy-", "yy-", "y", "yyy--", "yyy--", "3", "y-", "y-", "33"},
      // "a site operator placement, health and opaque job ids"
      Row{{"operator", Role::operator_, ""},
          "oooo", "3333", "----", "yy", "yyyyy", "3", "333", "333", "-", "3", "3", "3", "yy", "3", "yy"},
      // "an auditor the log and nothing else"
      Row{{"auditor", Role::auditor, ""},
          "----", "----", "----", "33", "3", "3", "333", "333", "-", "3", "3", "3", "3", "3", "y3"},
      // "A guest on a company's site sees its own queue position and start time, never the host's names or load"
      Row{{"guest", Role::guest, "a/x"},
          "n---", "y---", "y---", "33", "3", "3", "333", "333", "-", "3", "-y---", "3", "3", "3", "33"},
      // clang-format on
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.who.name);
    const auto get = [&](const std::string& target) { return ask(row.who, Method::get, target); };
    EXPECT_EQ(jobs_seen(row.who), row.jobs);
    EXPECT_EQ(live_seen(row.who), row.jobs);
    const std::vector<std::string> ids{"1", "2", "3", "4"};
    EXPECT_EQ(each(row.who, ids, [](const std::string& id) { return "/v1/jobs/" + id + "/logs"; }), row.logs);
    std::string costs;
    for (const std::string& id : ids) {
      const Said job = get("/v1/jobs/" + id);
      costs += job.has(R"("credits":{"held":")") ? 'y' : '-';
      EXPECT_EQ(job.has("credits"), costs.back() == 'y') << job.body;
    }
    EXPECT_EQ(costs, row.costs);
    EXPECT_EQ(mark(get("/v1/fleet")) + mark(get("/v1/nodes")), row.pools);
    EXPECT_EQ(marks(get("/v1/tenants"), tenant_paths), row.use);
    EXPECT_EQ(marks(get("/v1/usage"), tenant_paths), row.use);
    EXPECT_EQ(marks(get("/v1/grants"), {R"("id":0)", R"("id":1)", R"("id":2)"}), row.grants);
    EXPECT_EQ(each(row.who, {"0", "1", "2"}, [](const std::string& id) { return "/v1/grants/" + id; }), row.grant);
    const Said call_a = get("/v1/calls/call-a");
    const Said call_b = get("/v1/calls/call-b");
    if (call_a.status == 403) {
      EXPECT_STREQ(row.applications, "333");
      EXPECT_EQ(call_b.status, 403u);
    } else {
      const std::string both = call_a.body + call_b.body;
      std::string found;
      for (const char* name : {"A1", "A2", "B1"}) {
        found += both.find(fmt::format("firm of {}", name)) != std::string::npos ? 'y' : '-';
        EXPECT_EQ(both.find(fmt::format(R"("name":"{}")", name)) != std::string::npos, found.back() == 'y');
      }
      EXPECT_EQ(found, row.applications);
    }
    EXPECT_EQ(call_a.has("secretreview") ? "y" : "-", std::string(row.review));
    EXPECT_EQ(call_a.has("87.5") ? "y" : "-", std::string(row.review));
    EXPECT_EQ(marks(get("/v1/statements"), tenant_paths), row.statements);
    EXPECT_EQ(marks(get("/v1/balances"), tenant_paths), row.balances);
    EXPECT_EQ(marks(get("/v1/loans"), {R"("borrower":"b")", R"("owner":"a")", R"("owner":"b")"}), row.loans);
    EXPECT_EQ(marks(get("/v1/programmes"), {R"("large")", R"("other")"}), row.programmes);
    EXPECT_EQ(marks(get("/v1/calls"), {R"("call-a")", R"("call-b")"}), row.calls);
    EXPECT_EQ(mark(get("/v1/audit?after=0&limit=10")) + mark(get("/v1/tokens")), row.rest);
    // Aggregates are for everybody.
    const Said open = get("/v1/public");
    EXPECT_EQ(open.status, 200u);
    for (const char* word : {"a/x", "b/z", "stranger", "me", "s/p"})
      EXPECT_FALSE(open.has(fmt::format("\"{}\"", word))) << open.body;
    // What is above is found by words; and nothing else tells of what is a stranger's.
    if (row.jobs[3] != '-') continue;
    for (const char* target : {"/v1/jobs", "/v1/tenants", "/v1/usage", "/v1/grants", "/v1/statements", "/v1/balances",
                               "/v1/calls", "/v1/programmes", "/v1/tokens"}) {
      const Said said = get(target);
      EXPECT_FALSE(said.has("b/z") || said.has("stranger")) << target << said.body;
    }
  }
}

// A statement is asked for by a name that one may not know.
TEST_F(Visibility, ATenantThatOneMayNotSeeIsAsIfItWereNotThere) {
  const Actor member{"member", Role::member, "a/x"};
  for (const char* target : {"/v1/statements?tenant=", "/v1/balances?tenant=", "/v1/grants?tenant="}) {
    EXPECT_EQ(ask(member, Method::get, target + std::string("a/x")).status, 200u) << target;
    const Said stranger = ask(member, Method::get, target + std::string("b/z"));
    EXPECT_EQ(stranger.status, 404u) << target;
    EXPECT_EQ(stranger.body,
              R"({"type":"about:blank","title":"Not Found","status":404,"detail":"there is no tenant b/z"})");
  }
}

struct Changes {
  Actor who;
  const char* declares;  // rates; a programme of a; one of b; a grant of large; one of other
  const char* closes;    // or refunds, or decides the appeal of grants of a/x, a/y, b/z
  const char* appeals;   // likewise
  const char* opens;     // a call of large, of other
  const char* applies;   // to call-a for a/x, for a/y; to call-b for b/z
  const char* reviews;   // A1, B1
  const char* decides;   // call-a, call-b
};

TEST_F(Visibility, EachRoleDoesToEachObjectWhatTheTableSays) {
  const std::array rows{
      Changes{{"member", Role::member, "a/x"}, "33333", "333", "y--", "33", "y--", "33", "33"},
      Changes{{"owner", Role::owner, "a/x"}, "33333", "333", "y--", "33", "y--", "33", "33"},
      Changes{{"organisation", Role::owner, "a"}, "33333", "333", "yy-", "33", "yy-", "33", "33"},
      Changes{{"office", Role::programme, "a"}, "3y-y-", "yy-", "333", "y-", "333", "y-", "y-"},
      Changes{{"operator", Role::operator_, ""}, "yyy33", "333", "333", "33", "333", "33", "33"},
      Changes{{"auditor", Role::auditor, ""}, "33333", "333", "333", "33", "333", "33", "33"},
      Changes{{"guest", Role::guest, "a/x"}, "33333", "333", "333", "33", "333", "33", "33"},
  };
  const std::string why = R"({"why":"so"})";
  for (const Changes& row : rows) {
    SCOPED_TRACE(row.who.name);
    const auto post = [&](const std::string& target, const std::string& body) {
      const Said said = ask(row.who, Method::post, target, body);
      // A tenant that one may not know is a word that means nothing.
      return said.status == 400 && said.has("found the unknown tenant") ? std::string("-") : mark(said);
    };
    EXPECT_EQ(post("/v1/ledger", "rates: {X: 2}") + post("/v1/ledger", "programmes: [{name: new, tenant: a}]") +
                  post("/v1/ledger", "programmes: [{name: newer, tenant: b}]") +
                  post("/v1/ledger", "grants: [{programme: large, tenant: a/x, credits: 1, for: 1d}]") +
                  post("/v1/ledger", "grants: [{programme: other, tenant: b/z, credits: 1, for: 1d}]"),
              row.declares);
    std::array<std::string, 4> found;
    for (const char* id : {"0", "1", "2"}) {
      const std::string grant = std::string("/v1/grants/") + id;
      found[0] += post(grant + "/close", why);
      found[1] += post(grant + "/refund", R"({"credits":"1","why":"so"})");
      found[2] += post(grant + "/appeal/decision", R"({"granted":true,"why":"so"})");
      found[3] += post(grant + "/appeal", why);
    }
    EXPECT_EQ(found, (std::array<std::string, 4>{row.closes, row.closes, row.closes, row.appeals}));
    const std::string rules = "call: new\nkinds: [{name: X, cards: 8}]\nclasses: [any]\n";
    EXPECT_EQ(post("/v1/calls?programme=large", rules) + post("/v1/calls?programme=other", rules), row.opens);
    EXPECT_EQ(post("/v1/calls/call-a/applications?tenant=a/x", text_of("N1")) +
                  post("/v1/calls/call-a/applications?tenant=a/y", text_of("N2")) +
                  post("/v1/calls/call-b/applications?tenant=b/z", text_of("N3")),
              row.applies);
    const std::string review = R"({"score":"90","why":"so"})";
    EXPECT_EQ(post("/v1/calls/call-a/applications/A1/review", review) +
                  post("/v1/calls/call-b/applications/B1/review", review),
              row.reviews);
    EXPECT_EQ(
        post("/v1/calls/call-a/decision",
             R"({"awarded":[{"application":"A1","kind":"X","cards":4}],"waiting":[{"application":"A2","why":"so"}]})") +
            post("/v1/calls/call-b/decision",
                 R"({"awarded":[{"application":"B1","kind":"X","cards":4}],"waiting":[]})"),
        row.decides);
  }
}

// The server holds a decision against the rules of the call, whoever sends it.
TEST_F(Visibility, ADecisionThatBreaksARuleIsRefusedWithItsSentence) {
  const Actor office{"office", Role::programme, "a"};
  const auto decide = [&](const std::string& body) {
    return ask(office, Method::post, "/v1/calls/call-a/decision", body);
  };
  const Said too_many =
      decide(R"({"awarded":[{"application":"A1","kind":"X","cards":9}],"waiting":[{"application":"A2","why":"so"}]})");
  EXPECT_EQ(too_many.status, 400u);
  EXPECT_TRUE(too_many.has("the decision breaks rules of call call-a:")) << too_many.body;
  EXPECT_TRUE(
      decide(R"({"awarded":[{"application":"A1","kind":"Y","cards":4}],"waiting":[]})").has("does not ask for Y"));
  EXPECT_TRUE(
      decide(R"({"awarded":[{"application":"A9","kind":"X","cards":4}],"waiting":[]})").has("no application A9"));
}

}  // namespace
}  // namespace dure::server
