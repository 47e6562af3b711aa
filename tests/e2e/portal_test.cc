// What a browser needs of the server, by the requests that it sends: the pages themselves are tried in portal/e2e.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <vector>

#include "dure/base/test_folder.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

namespace json = boost::json;

class Portal : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(server_.start(), ""); }

  http::Client nobody() const { return http::Client({.url = server_.address()}); }
  // `name=value`, as a browser sends it back.
  std::string session_of(http::Client&& client) {
    const auto begun = client.send(http::Method::post, "/v1/session");
    if (!begun || begun->status != 200) return "";
    const std::string cookie(begun->header("set-cookie").value_or(""));
    return cookie.substr(0, cookie.find(';'));
  }
  unsigned status(http::Method method, const std::string& path, const std::vector<http::Header>& headers,
                  const std::string& body = "") {
    const auto answer = nobody().send(method, path, body, headers);
    return answer ? answer->status : 0;
  }

  TempFolder folder_;
  ServerProcess server_{folder_.path() / "data"};
  const std::string job_ = R"({"name":"j","script":"true"})";
};

using enum http::Method;

TEST_F(Portal, ASessionStandsForItsToken) {
  const http::Header cookie{"Cookie", session_of(server_.client())};
  ASSERT_NE(cookie.value, "");
  EXPECT_EQ(status(get, "/v1/server", {cookie}), 200u);
  EXPECT_EQ(status(get, "/v1/server", {}), 401u);
  EXPECT_EQ(status(get, "/v1/server", {{"Authorization", "Bearer dure_wrong"}, cookie}), 401u);
  server_.kill();
  ASSERT_EQ(server_.start_again(), "");
  EXPECT_EQ(status(get, "/v1/server", {cookie}), 200u) << "after a restart";
  EXPECT_EQ(status(post, "/v1/session", {cookie, {"Dure-Portal", "1"}}), 403u) << "a session makes no session";
}

TEST_F(Portal, ASessionEndsWithItsToken) {
  http::Client chief = server_.client();
  const json::value made =
      e2e::post(chief, "/v1/tokens", R"({"subject":"kim","grants":[{"role":"member","tenant":"default"}]})", 201);
  const http::Header cookie{
      "Cookie",
      session_of(http::Client({.url = server_.address(), .token = std::string(made.at("secret").as_string())}))};
  EXPECT_EQ(status(get, "/v1/server", {cookie}), 200u);
  const auto revoked = chief.send(del, "/v1/tokens/" + std::string(made.at("id").as_string()));
  ASSERT_TRUE(revoked && revoked->status == 200u);
  EXPECT_EQ(status(get, "/v1/server", {cookie}), 401u);
}

TEST_F(Portal, AnotherSiteCanChangeNothing) {
  const http::Header cookie{"Cookie", session_of(server_.client())};
  EXPECT_EQ(status(post, "/v1/jobs", {cookie}, job_), 403u);
  EXPECT_EQ(status(post, "/v1/jobs", {cookie, {"Content-Type", "text/plain"}, {"Origin", "https://evil"}}, job_), 403u);
  EXPECT_EQ(status(del, "/v1/session", {cookie}), 403u);
  EXPECT_EQ(status(post, "/v1/jobs", {cookie, {"Dure-Portal", "1"}}, job_), 201u);
  http::Client chief = server_.client();
  EXPECT_EQ(e2e::get(chief, "/v1/jobs?state=pending,starting,running,ended").at("jobs").as_array().size(), 1u);
}

TEST_F(Portal, JobsAreSortedAndSearched) {
  http::Client chief = server_.client();
  const auto submit = [&](const std::string& name, int gpus, int priority) {
    e2e::post(chief, "/v1/jobs",
              fmt::format(R"({{"name":"{}","per_task":{{"gpus":{}}},"priority":{},"hold":true,"script":"true"}})", name,
                          gpus, priority),
              201);
  };
  submit("Alpha", 1, 0);
  submit("beta", 4, 5);
  submit("gamma", 2, 5);
  const auto names = [&](const std::string& query) {
    std::string out;
    std::string cursor;
    do {
      const json::value page =
          e2e::get(chief, "/v1/jobs?limit=1&" + query + (cursor.empty() ? "" : "&cursor=" + cursor));
      for (const json::value& job : page.at("jobs").as_array()) out += std::string(job.at("name").as_string()) + " ";
      cursor = page.at("next").is_string() ? std::string(page.at("next").as_string()) : "";
    } while (!cursor.empty());
    return out;
  };
  EXPECT_EQ(names("sort=oldest"), "Alpha beta gamma ");
  EXPECT_EQ(names("sort=newest"), "gamma beta Alpha ");
  EXPECT_EQ(names("sort=largest"), "beta gamma Alpha ");
  EXPECT_EQ(names("sort=priority"), "beta gamma Alpha ");
  EXPECT_EQ(names("sort=soonest"), "Alpha beta gamma ");
  EXPECT_EQ(names("search=ALPH"), "Alpha ");
  EXPECT_EQ(names("search=3&sort=largest"), "gamma ");
  EXPECT_EQ(names("search=3"), "gamma ");
  EXPECT_EQ(names("search=nothing"), "");
  EXPECT_EQ(names("search=default&sort=newest"), "gamma beta Alpha ");
  for (const char* wrong : {"sort=best", "sort=newest&cursor=1", "sort=newest&cursor=x.1", "sort=newest&limit=0"}) {
    const auto answer = chief.send(get, std::string("/v1/jobs?") + wrong);
    EXPECT_TRUE(answer && answer->status == 400u) << wrong;
  }
}

TEST_F(Portal, NodesAreSearchedAndShownOneByOne) {
  http::Client chief = server_.client();
  const json::value all = e2e::get(chief, "/v1/nodes");
  const std::string name(all.at("nodes").at(0).at("name").as_string());
  EXPECT_EQ(json::serialize(e2e::get(chief, "/v1/nodes/" + name).at("pool")),
            json::serialize(all.at("nodes").at(0).at("pool")));
  const auto found = [&](const std::string& query) {
    return e2e::get(chief, "/v1/nodes?" + query).at("nodes").as_array().size();
  };
  EXPECT_EQ(found("state=ok"), 1u);
  EXPECT_EQ(found("state=drained,lost"), 0u);
  EXPECT_EQ(found("search=" + name.substr(2, 5)), 1u);
  EXPECT_EQ(found("search=nothing"), 0u);
  EXPECT_EQ(found("cursor=1"), 0u);
  for (const char* wrong : {"state=well", "limit=0", "cursor=x", "pool=none"}) {
    const auto answer = chief.send(get, std::string("/v1/nodes?") + wrong);
    EXPECT_TRUE(answer && (answer->status == 400u || answer->status == 404u)) << wrong;
  }
  EXPECT_EQ(status(get, "/v1/nodes/none", {{"Authorization", "Bearer " + server_.token()}}), 404u);
}

TEST_F(Portal, AJobTellsWhatHasHappenedToIt) {
  http::Client chief = server_.client();
  e2e::post(chief, "/v1/jobs", R"({"name":"j","hold":true,"script":"true"})", 201);
  e2e::post(chief, "/v1/jobs/1/cancel", "", 200);
  const json::value told = e2e::get(chief, "/v1/jobs/1/events");
  EXPECT_TRUE(told.at("is_whole").as_bool());
  std::string kinds;
  for (const json::value& event : told.at("events").as_array())
    kinds += std::string(event.at("kind").as_string()) + " ";
  EXPECT_EQ(kinds, "job_submitted job_ended ");
  server_.kill();
  ASSERT_EQ(server_.start_again(), "");
  http::Client again = server_.client();
  EXPECT_FALSE(e2e::get(again, "/v1/jobs/1/events").at("is_whole").as_bool()) << "it was before the restart";
}

TEST_F(Portal, PagesAndApiDoNotMix) {
  EXPECT_NE(status(get, "/", {}), 401u);
  EXPECT_NE(status(get, "/jobs/1", {}), 401u);
  EXPECT_EQ(status(get, "/v1/nothing", {}), 401u);
  EXPECT_EQ(status(post, "/jobs/1", {}), 401u);
}

}  // namespace
}  // namespace dure::e2e
