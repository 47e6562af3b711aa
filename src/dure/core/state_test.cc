#include "dure/core/state.h"

#include <gtest/gtest.h>

#include "dure/core/invariants.h"

namespace dure {
namespace {

struct Estate {
  State state;
  std::vector<Fact> facts;

  Estate() {
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
  std::string refusal(const Change& change) const {
    const auto checked = state.check(change);
    return checked ? "" : checked.error().message;
  }
  static JobSpec job(std::uint32_t gpus) {
    return {.tenant = TenantId{1}, .shape = {.per_task = {.gpu_milli = gpus * whole}}, .time_limit = hours(1)};
  }
};

TEST(State, AJobLivesThroughItsStates) {
  Estate world;
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

TEST(State, ACopyThatIsUnchainedGoesOnAlikeAndHasNoDigest) {
  Estate world;
  Estate copy = world;
  copy.state.unchain();
  for (Estate* each : {&world, &copy}) {
    each->submit(1, 2);
    each->start(1, 0, 3);
  }
  EXPECT_EQ(copy.state.fact_count(), world.state.fact_count());
  EXPECT_EQ(copy.state.jobs()[JobId{1}].allocation, world.state.jobs()[JobId{1}].allocation);
  EXPECT_DEATH(static_cast<void>(copy.state.digest()), "internal error");
  EXPECT_DEATH(static_cast<void>(copy.state.chain()), "internal error");
}

struct DependencyCase {
  After kind;
  Outcome outcome;
  bool starts;
};

class Dependencies : public testing::TestWithParam<DependencyCase> {};

TEST_P(Dependencies, AreMetByTheRightEnd) {
  Estate world;
  world.submit(1, 2);
  JobSpec second = Estate::job(1);
  second.after = {{GetParam().kind, JobId{1}}};
  world.say(JobSubmitted{JobId{2}, second});
  EXPECT_EQ(world.state.jobs()[JobId{2}].state, JobState::held);
  EXPECT_EQ(world.refusal(JobReleased{JobId{2}}), "job 2 is not held");
  world.start(1, 0, 3);
  world.say(Ended{JobId{1}, GetParam().outcome});
  EXPECT_EQ(world.state.jobs()[JobId{2}].state, GetParam().starts ? JobState::pending : JobState::held);
  EXPECT_EQ(world.state.released(), GetParam().starts ? std::vector{JobId{2}} : std::vector<JobId>{});
  EXPECT_EQ(world.state.jobs()[JobId{2}].is_hopeless, !GetParam().starts);
}

INSTANTIATE_TEST_SUITE_P(Ends, Dependencies,
                         testing::Values(DependencyCase{After::ok, Outcome::completed, true},
                                         DependencyCase{After::ok, Outcome::failed, false},
                                         DependencyCase{After::any, Outcome::timed_out, true},
                                         DependencyCase{After::not_ok, Outcome::completed, false},
                                         DependencyCase{After::not_ok, Outcome::failed, true}));

// An array of three jobs, of which the second ends in a way of its own.
class ArrayDependencies : public testing::TestWithParam<DependencyCase> {
 protected:
  ArrayDependencies() {
    for (std::uint32_t i = 0; i < 3; ++i) {
      JobSpec job = Estate::job(1);
      job.array = ArrayMember{JobId{1}, i};
      world.say(JobSubmitted{JobId{1 + i}, job});
      world.start(1 + i, 0, std::uint64_t{1} << i);
    }
  }
  void submit_after_array() {
    JobSpec after = Estate::job(1);
    after.after = {{GetParam().kind, JobId{1}}};
    world.say(JobSubmitted{JobId{9}, after});
  }
  JobState state_of_after() const { return world.state.jobs()[JobId{9}].state; }
  Estate world;
};

TEST_P(ArrayDependencies, WaitForAllItsJobs) {
  submit_after_array();
  world.say(Ended{JobId{1}, Outcome::completed});
  EXPECT_EQ(state_of_after(), JobState::held);
  world.say(Ended{JobId{2}, GetParam().outcome});
  EXPECT_EQ(state_of_after(), JobState::held);
  EXPECT_FALSE(world.state.jobs()[JobId{9}].is_hopeless);
  world.say(Ended{JobId{3}, Outcome::completed});
  EXPECT_EQ(state_of_after(), GetParam().starts ? JobState::pending : JobState::held);
  EXPECT_EQ(world.state.released(), GetParam().starts ? std::vector{JobId{9}} : std::vector<JobId>{});
  EXPECT_EQ(world.state.jobs()[JobId{9}].is_hopeless, !GetParam().starts);
  EXPECT_TRUE(world.state.arrays().empty());
  EXPECT_TRUE(world.state.dependents().empty());
}

TEST_P(ArrayDependencies, CountTheJobsThatHaveEndedBefore) {
  world.say(Ended{JobId{2}, GetParam().outcome});
  world.say(Ended{JobId{1}, Outcome::completed});
  submit_after_array();
  EXPECT_EQ(state_of_after(), JobState::held);
  world.say(Ended{JobId{3}, Outcome::completed});
  EXPECT_EQ(state_of_after(), GetParam().starts ? JobState::pending : JobState::held);
}

INSTANTIATE_TEST_SUITE_P(Ends, ArrayDependencies,
                         testing::Values(DependencyCase{After::array_ok, Outcome::completed, true},
                                         DependencyCase{After::array_ok, Outcome::failed, false},
                                         DependencyCase{After::array_any, Outcome::cancelled, true},
                                         DependencyCase{After::array_not_ok, Outcome::completed, false},
                                         DependencyCase{After::array_not_ok, Outcome::timed_out, true}));

TEST(State, TheFirstJobOfAnArrayMayBeWaitedForAlone) {
  Estate world;
  for (std::uint32_t i = 0; i < 2; ++i) {
    JobSpec job = Estate::job(1);
    job.array = ArrayMember{JobId{1}, i};
    world.say(JobSubmitted{JobId{1 + i}, job});
  }
  for (const After kind : {After::any, After::array_any}) {
    JobSpec after = Estate::job(1);
    after.after = {{kind, JobId{1}}};
    world.say(JobSubmitted{JobId{kind == After::any ? 8U : 9U}, after});
  }
  world.say(JobCancelled{JobId{1}});
  EXPECT_EQ(world.state.released(), std::vector{JobId{8}});
  world.say(JobCancelled{JobId{2}});
  EXPECT_EQ(world.state.released(), std::vector{JobId{9}});
  JobSpec late = Estate::job(1);
  late.after = {{After::array_ok, JobId{1}}};
  EXPECT_EQ(world.refusal(JobSubmitted{JobId{10}, late}), "array 1 does not exist or has ended");
}

TEST(State, AJobThatItsUserHoldsStaysHeldWhenItsDependenciesAreMet) {
  Estate world;
  world.submit(1, 2);
  JobSpec second = Estate::job(1);
  second.after = {{After::any, JobId{1}}};
  second.is_held = true;
  world.say(JobSubmitted{JobId{2}, second});
  world.say(JobCancelled{JobId{1}});
  EXPECT_TRUE(world.state.released().empty());
  world.say(JobReleased{JobId{2}});
  EXPECT_EQ(world.state.jobs()[JobId{2}].state, JobState::pending);
}

TEST(State, AJobMayNotComeAfterOneThatHasEnded) {
  Estate world;
  JobSpec job = Estate::job(1);
  job.after = {{After::ok, JobId{7}}};
  EXPECT_EQ(world.refusal(JobSubmitted{JobId{8}, job}), "job 7 does not exist or has ended");
}

TEST(State, AJobThatIsNotToStartAgainEndsWithItsEviction) {
  Estate world;
  JobSpec job = Estate::job(1);
  job.requeues = false;
  world.say(JobSubmitted{JobId{1}, job});
  world.start(1, 0, 1);
  world.say(Ended{JobId{1}, Outcome::evicted});
  EXPECT_EQ(world.state.jobs().size(), 0u);
}

TEST(State, OfOneThatWaitsAgainItIsKnownWhenItsLastRunEnded) {
  Estate world;
  world.submit(1, 2);
  world.start(1, 0, 3);
  world.say(StopOrdered{JobId{1}, Outcome::evicted}, Time{} + seconds(10));
  world.say(Ended{JobId{1}, Outcome::evicted}, Time{} + seconds(15));
  EXPECT_EQ(world.state.jobs()[JobId{1}].stopped, Time{} + seconds(15));
  world.start(1, 0, 3);
  world.say(Ended{JobId{1}, Outcome::node_lost}, Time{} + seconds(30));  // nobody told it to stop
  EXPECT_EQ(world.state.jobs()[JobId{1}].stopped, Time{} + seconds(30));
}

TEST(State, AnEndThatIsHeardOfLateIsChargedAsOfWhenItWas) {
  const Time end = Time{} + minutes(20);
  Estate prompt;
  Estate late;
  for (Estate* world : {&prompt, &late}) {
    world->submit(1, 2);
    world->start(1, 0, 3);
  }
  prompt.say(Ended{.job = JobId{1}}, end);
  late.say(Ended{.job = JobId{1}, .ran = RunTimes{Time{} + seconds(3), end}}, end + days(3));
  EXPECT_EQ(late.state.usage(TenantId{1}, PoolId{0}).base, prompt.state.usage(TenantId{1}, PoolId{0}).base);
  EXPECT_EQ(late.state.departed().started, Time{} + seconds(3));
}

// A clock that counts in whole seconds tells an end before the order.
TEST(State, NobodyIsCreditedForARunThatEndedBeforeItsOrder) {
  Estate world;
  world.submit(1, 2);
  const Time ordered = Time{} + seconds(10) + Duration{900'000'000};
  world.say(StartOrdered{JobId{1}, PoolId{0}, {{.node = NodeId{0}, .tasks = 1, .gpus = 3, .gpu_milli = whole}}},
            ordered);
  const Time second = Time{} + seconds(10);
  world.say(Ended{.job = JobId{1}, .ran = RunTimes{second, second}}, ordered + seconds(2));
  EXPECT_EQ(world.state.usage(TenantId{1}, PoolId{0}).base, 0);
}

TEST(State, AnEngineSaysWhenAndOnWhichDevicesItStarted) {
  Estate world;
  world.submit(1, 2);
  world.say(StartOrdered{JobId{1}, PoolId{0}, {{.node = NodeId{0}, .tasks = 1, .gpus = 3, .gpu_milli = whole}}},
            Time{} + minutes(1));
  EXPECT_EQ(world.refusal(Started{.job = JobId{1}, .at = Time{} + seconds(59)}),
            "job 1 cannot have begun at 1970-01-01T00:00:59Z: it was to start at 1970-01-01T00:01:00Z");
  EXPECT_EQ(world.refusal(Started{.job = JobId{1}, .devices = {7}}),
            "job 1 was to have other numbers of devices than its engine chose");
  EXPECT_EQ(world.refusal(Started{.job = JobId{1}, .devices = {3, 3}}),
            "job 1 was to have other numbers of devices than its engine chose");
  world.say(Started{.job = JobId{1}, .at = Time{} + seconds(61), .devices = {6}}, Time{} + minutes(2));
  EXPECT_EQ(world.state.jobs()[JobId{1}].started, Time{} + seconds(61));
  EXPECT_EQ(world.refusal(Ended{.job = JobId{1}, .ran = RunTimes{Time{} + seconds(70), Time{} + seconds(69)}}),
            "job 1 cannot have ended at 1970-01-01T00:01:09Z, before it began at 1970-01-01T00:01:10Z");
}

TEST(State, WhatAJobAsksForMayChangeWhileItWaits) {
  Estate world;
  world.submit(1, 2);
  world.say(JobUpdated{.job = JobId{1}, .time_limit = minutes(5), .priority = 3});
  EXPECT_EQ(world.state.jobs()[JobId{1}].time_limit, minutes(5));
  EXPECT_EQ(world.state.jobs()[JobId{1}].estimate, minutes(5));
  EXPECT_EQ(world.state.jobs()[JobId{1}].priority, 3);
  EXPECT_EQ(world.state.departed().time_limit, hours(1));
  world.start(1, 0, 3);
  EXPECT_EQ(world.refusal(JobUpdated{.job = JobId{1}, .priority = 4}), "job 1 is running");
}

TEST(State, ACancelledJobDoesNotComeBackHoweverItEnds) {
  Estate world;
  world.submit(1, 2);
  world.start(1, 0, 3);
  world.say(StopOrdered{JobId{1}, Outcome::evicted});
  world.say(StopOrdered{JobId{1}, Outcome::cancelled});
  world.say(Ended{JobId{1}, Outcome::node_lost});
  EXPECT_EQ(world.state.jobs().size(), 0u);
}

TEST(State, PromisesMadeUnderOtherLimitsEndWithThem) {
  Estate world;
  world.submit(1, 2);
  world.say(ReservationMade{JobId{1}, PoolId{0}, Time{} + hours(1), {{.node = NodeId{0}}}});
  world.say(TenantsDeclared{{.roots = {{.name = "a", .children = {{.name = "b"}}}}}});
  EXPECT_TRUE(world.state.reservations().empty());
}

TEST(State, TheTenantsMayChangeAroundWhoHasWork) {
  Estate world;
  world.submit(1, 2);
  world.start(1, 0, 3);
  const TenantSpec child{.name = "b", .quotas = {{.pool = "s/p", .limit_milli = 6000}}};
  world.say(TenantsDeclared{{.roots = {{.name = "0"}, {.name = "a", .children = {{.name = "0"}, child}}}}});
  const TenantId b = world.state.jobs()[JobId{1}].tenant;
  EXPECT_EQ(world.state.tenants()[b].path, "a/b");
  EXPECT_EQ(world.state.usage(b, PoolId{0}).held_milli, 2000);
  EXPECT_EQ(world.state.usage(*world.state.tenants()[b].parent, PoolId{0}).held_milli, 2000);
  EXPECT_EQ(world.refusal(TenantsDeclared{{.roots = {{.name = "a"}}}}),
            "tenant a/b has job 1: it must stay, without tenants below it, until that has ended");
  world.say(Ended{JobId{1}});
  EXPECT_EQ(world.state.usage(b, PoolId{0}).held_milli, 0);
}

// As one that takes more than the limit cannot be opened.
TEST(State, NoLimitIsLoweredBelowWhatAReservedWindowTakes) {
  Estate world;
  const auto limited = [](std::int64_t of_a, std::int64_t of_b) {
    const TenantSpec b{.name = "b", .quotas = {{.pool = "s/p", .limit_milli = of_b}}};
    return TenantsDeclared{
        {.roots = {{.name = "a", .quotas = {{.pool = "s/p", .limit_milli = of_a}}, .children = {b}}}}};
  };
  const Window course{.id = WindowId{0},
                      .name = "course",
                      .purpose = WindowPurpose::reserved,
                      .nodes = {NodeId{1}},
                      .from = Time{} + hours(1),
                      .until = Time{} + hours(2),
                      .tenant = TenantId{1},
                      .reason = ""};
  world.say(WindowOpened{course});
  EXPECT_EQ(world.refusal(limited(16'000, 8000)), "");
  const std::string refused =
      "window course is reserved for tenant a/b and takes 8 GPUs of pool s/p: its limit must leave it so many, and "
      "leaves "
      "7, until that is over or withdrawn";
  EXPECT_EQ(world.refusal(limited(16'000, 7000)), refused);
  EXPECT_EQ(world.refusal(limited(7000, 8000)), refused);
  EXPECT_EQ(world.refusal(TenantsDeclared{{.roots = {{.name = "a"}}}}),
            "window course is reserved for tenant a/b: it must stay until that is over");
  world.state.apply({world.state.now(), limited(16'000, 6000)});  // as journals of before may have it
  EXPECT_EQ(world.refusal(limited(16'000, 6000)), "");
  world.say(WindowClosed{WindowId{0}, CloseCause::withdrawn});
  EXPECT_EQ(world.refusal(limited(16'000, 5000)), "");
}

TEST(State, EvictionsForFairnessAreKnownForAnHourByWhateverIdTheirTenantsHave) {
  Estate world;
  world.submit(1, 2);
  world.submit(2, 2);
  world.submit(3, 2);
  world.start(1, 0, 3);
  world.start(2, 0, 12);
  const auto evict = [&](std::uint32_t job, Time time) {
    world.say(StopOrdered{JobId{job}, Outcome::evicted, {.beneficiary = JobId{3}, .cause = StopCause::fairness}}, time);
  };
  evict(1, Time{} + minutes(1));
  ASSERT_EQ(world.state.fair_evictions().size(), 1u);
  EXPECT_EQ(world.state.fair_evictions()[0].loser, TenantId{1});
  TenantsSpec tenants = world.state.tenants().spec();
  tenants.roots.insert(tenants.roots.begin(), TenantSpec{.name = "new"});
  world.say(TenantsDeclared{tenants});
  EXPECT_EQ(world.state.fair_evictions()[0].loser, TenantId{2});
  EXPECT_EQ(world.state.fair_evictions()[0].gainer, TenantId{2});
  evict(2, Time{} + minutes(61));
  ASSERT_EQ(world.state.fair_evictions().size(), 1u);
  EXPECT_EQ(world.state.fair_evictions()[0].time, Time{} + minutes(61));
}

TEST(State, AnEvictedJobIsPendingAgainAndKeepsItsPlaceInTime) {
  Estate world;
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
  Estate world;
  world.submit(1, 2);
  const auto refusal = [&](const Change& change) {
    const auto result = world.state.check(change);
    return result ? std::string("accepted") : result.error().message;
  };
  EXPECT_EQ(refusal(JobSubmitted{JobId{1}, Estate::job(1)}), "job id 1 has been given out already");
  EXPECT_EQ(refusal(JobSubmitted{JobId{2}, Estate::job(9)}), "larger than the fleet");
  JobSpec wide = Estate::job(8);
  wide.shape.tasks_min = wide.shape.tasks_max = 2;
  EXPECT_EQ(refusal(JobSubmitted{JobId{2}, wide}), "larger than the tenant's limit");
  JobSpec inner = Estate::job(1);
  inner.tenant = TenantId{0};
  EXPECT_EQ(refusal(JobSubmitted{JobId{2}, inner}), "tenant a has tenants below it; submit to one of those");
  JobSpec twice = Estate::job(1);
  twice.shape.pools = {PoolId{0}, PoolId{0}};
  EXPECT_EQ(refusal(JobSubmitted{JobId{2}, twice}), "the pools of a job must be named in order, each once");
  twice.shape.pools = {PoolId{1}};
  EXPECT_EQ(refusal(JobSubmitted{JobId{2}, twice}), "the job names a pool that does not exist");
  EXPECT_EQ(refusal(Ended{JobId{1}, Outcome::completed}), "job 1 is pending");
  EXPECT_EQ(refusal(JobReleased{JobId{7}}), "job 7 does not exist or has ended");
  EXPECT_EQ(refusal(NodeLost{NodeId{2}}), "node 2 does not exist");
}

TEST(State, AReplayOfTheFactsHasTheSameDigest) {
  Estate world;
  world.submit(1, 2);
  world.submit(2, 8);
  world.start(1, 0, 3);
  world.say(ReservationMade{JobId{2}, PoolId{0}, Time{} + hours(1), {{.node = NodeId{0}}}});
  world.say(NodeLost{NodeId{1}}, Time{} + minutes(5));
  State replayed;
  for (const Fact& fact : world.facts) replayed.apply(fact);
  EXPECT_EQ(replayed.digest(), world.state.digest());
}

TEST(State, TheDigestSeesEveryFieldOfAnAllocation) {
  Estate world;
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
  Estate one;
  Estate two;
  EXPECT_EQ(one.state.digest(), two.state.digest());
  one.submit(1, 2);
  two.submit(1, 3);
  EXPECT_NE(one.state.digest(), two.state.digest());
}

}  // namespace
}  // namespace dure
