#include "dure/core/state.h"

#include <gtest/gtest.h>

#include "dure/core/invariants.h"

namespace dure {
namespace {

struct World {
  State state;
  std::vector<Fact> facts;

  World() {
    PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8, .cpu_milli = 64'000, .nodes_per_rack = 2};
    say(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}});
    const TenantSpec child{.name = "b", .quotas = {{.pool = "s/p", .limit_milli = 8000}}};
    say(TenantsDeclared{{.roots = {{.name = "a", .children = {child}}}}});
    say(UserDeclared{UserId{0}, "kim"});
  }

  void say(Change change, Time time = {}) {
    ASSERT_TRUE(state.check(change)) << state.check(change).error().message;
    facts.push_back({std::max(time, state.now()), std::move(change)});
    state.apply(facts.back());
  }
  void submit(std::uint32_t id, std::uint32_t gpus) { say(JobSubmitted{JobId{id}, job(gpus)}); }
  void start(std::uint32_t id, std::uint32_t node, std::uint64_t gpus) {
    say(StartOrdered{JobId{id}, PoolId{0}, {{.node = NodeId{node}, .tasks = 1, .gpus = gpus, .gpu_milli = whole}}});
    say(Started{JobId{id}});
  }
  static JobSpec job(std::uint32_t gpus) {
    return {.tenant = TenantId{1}, .shape = {.per_task = {.gpu_milli = gpus * whole}}, .time_limit = hours(1)};
  }
};

TEST(State, AJobLivesThroughItsStates) {
  World world;
  world.submit(1, 2);
  EXPECT_EQ(world.state.jobs()[JobId{1}].state, JobState::pending);
  world.say(JobHeld{JobId{1}});
  EXPECT_EQ(world.state.jobs()[JobId{1}].state, JobState::held);
  world.say(JobReleased{JobId{1}});
  world.start(1, 0, 3);
  EXPECT_EQ(world.state.jobs()[JobId{1}].state, JobState::running);
  EXPECT_EQ(world.state.usage(TenantId{0}, PoolId{0}).held_milli, 2000);
  EXPECT_EQ(world.state.occupancy().tasks_that_fit(NodeId{0}, {.gpu_milli = 1000}), 6u);
  world.say(Ended{JobId{1}, Outcome::completed});
  EXPECT_EQ(world.state.jobs().size(), 0u);
  EXPECT_EQ(world.state.usage(TenantId{0}, PoolId{0}).held_milli, 0);
}

TEST(State, AnEvictedJobIsPendingAgainAndKeepsItsPlaceInTime) {
  World world;
  world.submit(1, 2);
  world.start(1, 0, 3);
  world.say(StopOrdered{JobId{1}, Outcome::evicted}, Time{} + hours(1));
  EXPECT_EQ(world.state.jobs()[JobId{1}].state, JobState::stopping);
  world.say(Ended{JobId{1}, Outcome::evicted}, Time{} + hours(1));
  const Job& job = world.state.jobs()[JobId{1}];
  EXPECT_EQ(job.state, JobState::pending);
  EXPECT_EQ(job.evictions, 1u);
  EXPECT_EQ(job.submitted, Time{});
  EXPECT_FALSE(job.holds_devices());
}

TEST(State, RefusesWhatCannotHappen) {
  World world;
  world.submit(1, 2);
  const auto refusal = [&](const Change& change) {
    const auto result = world.state.check(change);
    return result ? std::string("accepted") : result.error().message;
  };
  EXPECT_EQ(refusal(JobSubmitted{JobId{1}, World::job(1)}), "job id 1 has been given out already");
  EXPECT_EQ(refusal(JobSubmitted{JobId{2}, World::job(9)}), "larger than the fleet");
  JobSpec wide = World::job(8);
  wide.shape.tasks_min = wide.shape.tasks_max = 2;
  EXPECT_EQ(refusal(JobSubmitted{JobId{2}, wide}), "larger than the tenant's limit");
  JobSpec inner = World::job(1);
  inner.tenant = TenantId{0};
  EXPECT_EQ(refusal(JobSubmitted{JobId{2}, inner}), "tenant a has tenants below it; submit to one of those");
  JobSpec twice = World::job(1);
  twice.shape.pools = {PoolId{0}, PoolId{0}};
  EXPECT_EQ(refusal(JobSubmitted{JobId{2}, twice}), "the pools of a job must be named in order, each once");
  twice.shape.pools = {PoolId{1}};
  EXPECT_EQ(refusal(JobSubmitted{JobId{2}, twice}), "the job names a pool that does not exist");
  EXPECT_EQ(refusal(Ended{JobId{1}, Outcome::completed}), "job 1 is pending");
  EXPECT_EQ(refusal(JobReleased{JobId{7}}), "job 7 does not exist or has ended");
  EXPECT_EQ(refusal(NodeLost{NodeId{2}}), "node 2 does not exist");
}

TEST(State, AReplayOfTheFactsHasTheSameDigest) {
  World world;
  world.submit(1, 2);
  world.submit(2, 8);
  world.start(1, 0, 3);
  world.say(ReservationMade{JobId{2}, PoolId{0}, Time{} + hours(1), {NodeId{0}}});
  world.say(NodeLost{NodeId{1}}, Time{} + minutes(5));
  State replayed;
  for (const Fact& fact : world.facts) replayed.apply(fact);
  EXPECT_EQ(replayed.digest(), world.state.digest());
}

TEST(State, TheDigestSeesEveryFieldOfAnAllocation) {
  World world;
  world.submit(1, 2);
  world.start(1, 0, 3);
  const auto digest_with = [&](auto&& tamper) {
    State tampered;
    for (Fact fact : world.facts) {
      if (auto* start = std::get_if<StartOrdered>(&fact.change)) tamper(*start);
      tampered.apply(fact);
    }
    return tampered.digest();
  };
  EXPECT_EQ(digest_with([](StartOrdered&) {}), world.state.digest());
  EXPECT_NE(digest_with([](StartOrdered& start) { start.allocation[0].node = NodeId{1}; }), world.state.digest());
  EXPECT_NE(digest_with([](StartOrdered& start) { start.allocation[0].tasks = 2; }), world.state.digest());
  EXPECT_NE(digest_with([](StartOrdered& start) { start.allocation[0].gpus = 5; }), world.state.digest());
  EXPECT_NE(digest_with([](StartOrdered& start) { start.allocation[0].gpu_milli = 500; }), world.state.digest());
  EXPECT_NE(digest_with([](StartOrdered& start) {
              start.allocation = {{.node = NodeId{0}, .tasks = 1, .gpus = 1, .gpu_milli = whole},
                                  {.node = NodeId{0}, .tasks = 0, .gpus = 2, .gpu_milli = whole}};
            }),
            world.state.digest());
}

TEST(State, TheDigestSeesEveryDifference) {
  World one;
  World two;
  EXPECT_EQ(one.state.digest(), two.state.digest());
  one.submit(1, 2);
  two.submit(1, 3);
  EXPECT_NE(one.state.digest(), two.state.digest());
}

}  // namespace
}  // namespace dure
