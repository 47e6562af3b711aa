#include "dure/server/event_log.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <string>
#include <thread>
#include <vector>

#include "dure/http/client.h"
#include "dure/http/test_server.h"
#include "dure/journal/test_story.h"

namespace dure::server {
namespace {

// What happens in a story, as the loop would tell it.
class Happening final : public Journal {
 public:
  explicit Happening(EventLog& events) : events_(events) {}

  void append(const Fact& fact) override { fact_ = fact; }
  void commit() override {}
  void go_on(std::uint64_t facts) {
    for (std::uint64_t i = 0; i < facts; ++i) {
      story_.tell(*this);
      events_.on_fact(story_.state, fact_);
    }
    events_.send();
  }
  std::uint64_t sequence() const { return story_.state.fact_count(); }

 private:
  EventLog& events_;
  Story story_{1};
  Fact fact_;
};

// A server where an operator watches all events after `since`.
class Watching : public testing::Test {
 protected:
  // The sequences in the order in which they come, up to that one; those of gaps negated.
  std::vector<std::int64_t> watched(std::uint64_t since, std::uint64_t last) {
    std::vector<std::int64_t> seen;
    http::Client client({.url = "http://127.0.0.1:" + std::to_string(server_.port())});
    (void)client.stream("/?since=" + std::to_string(since), [&](const http::Event& event) {
      const auto sequence = boost::json::parse(event.data).at("sequence").to_number<std::int64_t>();
      seen.push_back(event.name == "gap" ? -sequence : sequence);
      return sequence >= static_cast<std::int64_t>(last) ? http::Next::stop : http::Next::go_on;
    });
    return seen;
  }

  EventLog events_{5000};
  Happening happening_{events_};
  std::shared_ptr<const api::Actor> operator_ = std::make_shared<const api::Actor>(
      api::Actor{.subject = "op", .token = "t0", .grants = {{.role = Role::operator_, .tenant = ""}}});
  http::TestServer server_{[this](const http::Request& request, http::Reply reply) {
    const auto since = std::stoull(std::string(request.parameter("since").value_or("0")));
    events_.watch(std::move(reply), {operator_, std::nullopt, std::nullopt}, since);
  }};
};

std::vector<std::int64_t> numbers(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = first; i <= last; ++i) all.push_back(i);
  return all;
}

TEST_F(Watching, TellsWhatWasAndThenOfAGap) {
  happening_.go_on(4000);
  EXPECT_EQ(watched(3, 4000), numbers(4, 4000));
  happening_.go_on(3000);
  std::vector<std::int64_t> expected = numbers(2001, 7000);
  expected.insert(expected.begin(), -2000);
  EXPECT_EQ(watched(3, 7000), expected);
}

// While events go on, whoever comes is told of each after `since` once and in order.
TEST_F(Watching, MissesNothingAndSeesNothingTwiceWhileEventsGoOn) {
  happening_.go_on(1000);
  constexpr std::uint64_t last = 4900;  // within what is kept
  std::vector<std::vector<std::int64_t>> seen(4);
  std::vector<std::thread> watchers;
  for (auto& one : seen) watchers.emplace_back([&one, this] { one = watched(0, last); });
  while (happening_.sequence() < last) happening_.go_on(20);
  // What waits for a broadcast goes out with one of the next turns.
  while (events_.send()) std::this_thread::yield();
  for (std::thread& watcher : watchers) watcher.join();
  for (const auto& one : seen) EXPECT_EQ(one, numbers(1, last));
}

// Job 1 of tenant `lab` makes room for job 2 of tenant `other`. Returns what an actor with these grants is told of it.
// The last of what happens to job 1 of lab, which holds a GPU.
std::string last_as_seen_by(std::vector<Grant> grants, const std::vector<Change>& happens) {
  EventLog events;
  State state;
  const auto tell = [&](Change change) {
    const Fact fact{Time{}, std::move(change)};
    state.apply(fact);
    events.on_fact(state, fact);
  };
  const PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8, .nodes_per_rack = 2};
  tell(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}});
  tell(TenantsDeclared{{.roots = {{.name = "lab"}, {.name = "other"}}}});
  tell(UserDeclared{UserId{0}, "kim"});
  for (std::uint32_t job = 1; job <= 2; ++job) {
    tell(JobSubmitted{JobId{job}, {.tenant = TenantId{job - 1}, .shape = {.per_task = {.gpu_milli = 1000}}}});
  }
  tell(StartOrdered{JobId{1}, PoolId{0}, {{.node = NodeId{0}, .tasks = 1, .gpus = 1, .gpu_milli = 1000}}});
  for (const Change& change : happens) tell(change);
  const std::uint64_t last = state.fact_count();
  events.send();
  const auto actor = std::make_shared<const api::Actor>(api::Actor{.subject = "lee", .token = "t0", .grants = grants});
  http::TestServer server([&](const http::Request&, http::Reply reply) {
    events.watch(std::move(reply), {actor, std::nullopt, std::nullopt}, 0);
  });
  std::string seen;
  http::Client client({.url = "http://127.0.0.1:" + std::to_string(server.port())});
  (void)client.stream("/", [&](const http::Event& event) {
    seen = event.data;
    return event.id == std::to_string(last) ? http::Next::stop : http::Next::go_on;
  });
  return seen;
}

std::string eviction_as_seen_by(std::vector<Grant> grants) {
  const StopReason why{.cost_s = 1800, .beneficiary = JobId{2}, .cause = StopCause::reclaim};
  return last_as_seen_by(std::move(grants), {StopOrdered{JobId{1}, Outcome::evicted, why}});
}

TEST(SwapEvents, NameTheNodesToThoseWhoMaySeeWhereAJobRuns) {
  const std::vector<Change> swap{
      Started{JobId{1}}, NodeLost{NodeId{0}},
      NodesSwapped{JobId{1}, {NodeId{0}}, {{.node = NodeId{1}, .tasks = 1, .gpus = 1, .gpu_milli = 1000}}}};
  const std::string of_own = last_as_seen_by({{.role = Role::member, .tenant = "lab"}}, swap);
  EXPECT_NE(of_own.find(R"("kind":"nodes_swapped")"), std::string::npos) << of_own;
  EXPECT_NE(of_own.find(R"("from":"s-p-b01-r01-n1","to":"s-p-b01-r01-n2")"), std::string::npos) << of_own;
  const std::string of_office = last_as_seen_by({{.role = Role::programme, .tenant = "lab"}}, swap);
  EXPECT_NE(of_office.find(R"("kind":"nodes_swapped")"), std::string::npos) << of_office;
  EXPECT_EQ(of_office.find("r01"), std::string::npos) << of_office;
}

TEST(EndEvents, HaveNoExitCodeOfAJobThatNeverRan) {
  const std::vector<Grant> own{{.role = Role::member, .tenant = "lab"}};
  const std::string expired =
      last_as_seen_by(own, {StopOrdered{JobId{1}, Outcome::expired}, Ended{JobId{1}, Outcome::expired}});
  EXPECT_NE(expired.find(R"("outcome":"expired","final":true)"), std::string::npos) << expired;
  const std::string ended = last_as_seen_by(own, {Started{JobId{1}}, Ended{JobId{1}, Outcome::failed, 3}});
  EXPECT_NE(ended.find(R"("outcome":"failed","exit_code":3,"final":true)"), std::string::npos) << ended;
}

TEST(EvictionEvents, NameTheBeneficiaryToThoseWhoMaySeeIt) {
  const Grant own{.role = Role::member, .tenant = "lab"};
  const std::string of_one = eviction_as_seen_by({own});
  EXPECT_NE(of_one.find(R"("outcome":"evicted","cause":"reclaim","at_stake_hours":0.5)"), std::string::npos) << of_one;
  EXPECT_EQ(of_one.find("beneficiary"), std::string::npos) << of_one;
  const std::string of_both = eviction_as_seen_by({own, {.role = Role::programme, .tenant = "other"}});
  EXPECT_NE(of_both.find(R"("beneficiary":2,"beneficiary_tenant":"other")"), std::string::npos) << of_both;
}

}  // namespace
}  // namespace dure::server
