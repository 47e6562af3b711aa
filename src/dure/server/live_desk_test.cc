#include "dure/server/live_desk.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dure/core/state.h"
#include "dure/http/client.h"
#include "dure/http/test_server.h"
#include "dure/server/wall_clock.h"

namespace dure::server {
namespace {

namespace json = boost::json;

// A desk over a publisher that the test feeds, behind a server.
class LiveDeskTest : public testing::Test {
 protected:
  LiveDeskTest() {
    const PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8, .nodes_per_rack = 4};
    say(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}});
    say(TenantsDeclared{{.roots = {{.name = "lab"}}}});
    say(UserDeclared{UserId{0}, "kim"});
    publish();
    desk_.emplace(publisher_, history_);
  }

  void say(Change change) {
    const auto checked = state_.check(change);
    ASSERT_TRUE(checked) << checked.error().message;
    const Fact fact{*parse_time("2026-03-10T00:00:00Z"), std::move(change)};
    state_.apply(fact);
    publisher_.on_fact(state_, fact);
  }
  void publish() { publisher_.publish(state_); }
  void submit(std::uint32_t id) {
    say(JobSubmitted{JobId{id},
                     {.name = "j",
                      .tenant = TenantId{0},
                      .user = UserId{0},
                      .shape = {.per_task = {.gpu_milli = whole}},
                      .time_limit = hours(1)}});
  }

  // Hands each event to `take` until it says that it has seen enough.
  void watch(const std::string& query,
             const std::function<http::Next(const std::string& name, const json::object& data)>& take) {
    http::Client client({.url = server_.url()});
    const auto watched = client.stream("/v1/live" + query, [&](const http::Event& event) {
      return take(event.name, json::parse(event.data).as_object());
    });
    EXPECT_TRUE(watched) << watched.error().message;
  }

  State state_;
  Publisher publisher_;
  UseHistory history_;
  std::optional<LiveDesk> desk_;
  std::shared_ptr<std::atomic<std::int64_t>> good_until_ =
      std::make_shared<std::atomic<std::int64_t>>(std::numeric_limits<std::int64_t>::max());
  std::shared_ptr<const api::Actor> actor_ =
      std::make_shared<const api::Actor>(api::Actor{.subject = "op",
                                                    .token = "t0",
                                                    .grants = {{.role = Role::operator_, .tenant = ""}},
                                                    .good_until_ns = good_until_});
  http::TestServer server_{[this](const http::Request& request, http::Reply reply) {
    std::optional<std::uint64_t> since;
    if (const auto text = request.parameter("since")) since = std::stoull(std::string(*text));
    desk_->watch(std::move(reply), actor_, [this](Time now) { return actor_->is_good(now); }, since);
  }};
};

TEST_F(LiveDeskTest, TellsTheEstateThenItsStateThenWhatChanges) {
  std::vector<std::string> names;
  json::object changed;
  watch("", [&](const std::string& name, const json::object& data) {
    names.push_back(name);
    if (names.size() == 2) {
      EXPECT_TRUE(data.contains("whole"));
      submit(1);
      say(StartOrdered{JobId{1}, PoolId{0}, {{.node = NodeId{2}, .tasks = 1, .gpus = 4, .gpu_milli = whole}}});
      publish();
    }
    changed = data;
    return names.size() < 3 ? http::Next::go_on : http::Next::stop;
  });
  EXPECT_EQ(names, (std::vector<std::string>{"estate", "state", "state"}));
  EXPECT_FALSE(changed.contains("whole"));
  EXPECT_EQ(json::serialize(changed.at("nodes")), "[[2,0,0,1,4,1000]]");
  EXPECT_EQ(json::serialize(changed.at("jobs")), "[[1,-1,0,2]]");
}

// Whoever has seen the newest gets no state again; whoever has not, all of it.
TEST_F(LiveDeskTest, GoesOnWhereSomebodyWas) {
  const std::string now = std::to_string(publisher_.view()->sequence);
  bool is_first = true;
  watch("?since=" + now, [&](const std::string& name, const json::object& data) {
    if (std::exchange(is_first, false)) {
      EXPECT_EQ(name, "estate");
      submit(1);
      publish();
      return http::Next::go_on;
    }
    EXPECT_FALSE(data.contains("whole"));
    EXPECT_EQ(data.at("pending").to_number<int>(), 1);
    return http::Next::stop;
  });
  int events = 0;
  watch("?since=" + now, [&](const std::string&, const json::object& data) {
    EXPECT_EQ(data.contains("whole"), events == 1);
    return ++events < 2 ? http::Next::go_on : http::Next::stop;
  });
}

TEST_F(LiveDeskTest, TellsAllAnewWhenTheEstateIsDeclaredAnew) {
  std::vector<std::string> names;
  watch("", [&](const std::string& name, const json::object& data) {
    names.push_back(name);
    if (names.size() == 2) {
      say(TenantsDeclared{{.roots = {{.name = "lab"}, {.name = "other"}}}});
      publish();
    }
    if (names.size() == 3) {
      EXPECT_EQ(data.at("tenants").as_array().size(), 2u);
    }
    return names.size() < 4 ? http::Next::go_on : http::Next::stop;
  });
  EXPECT_EQ(names, (std::vector<std::string>{"estate", "state", "estate", "state"}));
}

TEST_F(LiveDeskTest, EndsWithTheToken) {
  int events = 0;
  watch("", [&](const std::string&, const json::object&) {
    if (++events == 2) *good_until_ = 0;
    return http::Next::go_on;
  });
  EXPECT_EQ(events, 2);
}

TEST(UseHistory, KeepsWhatWasHeldOnceAMinute) {
  api::View view;
  const PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8};
  view.fleet = std::make_shared<const Fleet>(FleetSpec{.name = "f", .sites = {{.name = "s", .pools = {pool}}}});
  view.tenants = std::make_shared<const Tenants>(TenantsSpec{.roots = {{.name = "lab"}, {.name = "other"}}},
                                                 view.fleet->pool_paths());
  const api::Actor kim{.subject = "kim", .token = "t", .grants = {{.role = Role::member, .tenant = "lab"}}};
  UseHistory history;
  const auto add = [&](std::int64_t lab, std::int64_t other) {
    view.use = std::make_shared<const std::vector<api::TenantUse>>(
        std::vector<api::TenantUse>{{.held_milli = lab}, {.held_milli = other}});
    history.add(view, *parse_time("2026-03-10T00:00:00Z"));
  };
  const auto held = [&] {
    const json::value told = json::parse(history.json(view, api::Access(kim, *view.tenants), std::nullopt));
    const json::array& tenants = told.at("tenants").as_array();
    EXPECT_LE(tenants.size(), 1u);
    return tenants.empty() ? "" : json::serialize(tenants.at(0).at("pools").at(0).at("held"));
  };
  add(0, 1000);
  EXPECT_EQ(held(), "");
  add(2000, 1000);
  add(0, 0);
  EXPECT_EQ(held(), "[0,2,0]");
  for (std::size_t i = 0; i < UseHistory::most_samples; ++i) add(0, 1000);
  EXPECT_EQ(held(), "");  // the last of it is a day ago
}

}  // namespace
}  // namespace dure::server
