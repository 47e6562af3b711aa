#include "dure/policy/dure_policy.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

// What tests/scenarios cannot say: the contract between a plan and the facts that come of it.
struct Planned {
  State state;
  DurePolicy policy{{}};

  explicit Planned(std::uint32_t racks = 1, std::uint32_t nodes_per_rack = 1) {
    const PoolSpec pool{.name = "p",
                        .gpu_model = "X",
                        .gpus_per_node = 4,
                        .cpu_milli = 8000,
                        .racks_per_block = racks,
                        .nodes_per_rack = nodes_per_rack};
    say(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}});
    say(TenantsDeclared{{.roots = {{.name = "a"}}}});
    say(UserDeclared{UserId{0}, "kim"});
  }
  void say(Change change, Time time = {}) {
    const Fact fact{std::max(time, state.now()), std::move(change)};
    state.apply(fact);
    policy.observe(state, fact);
  }
  void submit(std::uint32_t id, std::int64_t gpus) {
    say(JobSubmitted{JobId{id}, {.shape = {.per_task = {.gpu_milli = gpus * whole}}, .time_limit = hours(1)}});
  }
  std::vector<Decision> plan() {
    std::vector<Decision> decisions;
    policy.plan(state, state.now(), decisions);
    for (const Decision& decision : decisions) say(to_change(decision));
    return decisions;
  }
};

TEST(DurePolicy, AsksToBeCalledWhenThereIsSomethingToDo) {
  Planned world;
  EXPECT_FALSE(world.policy.next_wakeup(world.state, world.state.now()));
  world.submit(1, 4);
  EXPECT_EQ(world.policy.next_wakeup(world.state, world.state.now()), world.state.now());
  EXPECT_EQ(world.plan().size(), 1u);
  EXPECT_FALSE(world.policy.next_wakeup(world.state, world.state.now()));
}

TEST(DurePolicy, AsksToBeCalledAtTheTimeItPromised) {
  Planned world;
  world.submit(1, 4);
  world.submit(2, 4);
  world.plan();
  EXPECT_EQ(world.policy.next_wakeup(world.state, world.state.now()), Time{} + hours(1));
  EXPECT_FALSE(world.policy.next_wakeup(world.state, Time{} + hours(1)));
}

TEST(DurePolicy, SaysNothingTwice) {
  Planned world;
  world.submit(1, 4);
  world.submit(2, 4);
  EXPECT_EQ(world.plan().size(), 2u);
  EXPECT_TRUE(world.plan().empty());
}

// A replay brings starts and promises that this policy never planned.
TEST(DurePolicy, TakesOverDecisionsOfAnother) {
  Planned world;
  world.submit(1, 3);
  world.submit(2, 4);
  world.say(StartOrdered{JobId{1}, PoolId{0}, {{.node = NodeId{0}, .tasks = 1, .gpus = 0xE, .gpu_milli = whole}}});
  world.say(ReservationMade{
      JobId{2}, PoolId{0}, Time{} + hours(1), {{.node = NodeId{0}, .tasks = 1, .gpus = 0xF, .gpu_milli = whole}}});
  EXPECT_TRUE(world.plan().empty());
  world.say(ReservationDropped{JobId{2}, DropCause::limit});
  const auto decisions = world.plan();
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_EQ(std::get<ReservationMade>(decisions[0]).job, JobId{2});
  world.say(Ended{JobId{1}, Outcome::completed});
  EXPECT_EQ(std::get<StartOrdered>(world.plan().at(0)).job, JobId{2});
}

TEST(DurePolicy, RebuiltInMidstreamItHasNothingToAdd) {
  Planned world;
  world.submit(1, 3);
  world.submit(2, 4);
  world.submit(3, 1);
  world.plan();
  world.policy.rebuild(world.state);
  EXPECT_TRUE(world.plan().empty());
  world.say(Ended{JobId{1}, Outcome::completed}, Time{} + minutes(5));
  EXPECT_TRUE(world.plan().empty());  // job 3 holds one GPU of job 2's node
  world.say(Ended{JobId{3}, Outcome::completed});
  EXPECT_EQ(std::get<StartOrdered>(world.plan().at(0)).job, JobId{2});
}

// Job 3 is over too late for job 2's promise, and so would be every job of its class; then one comes that would not.
TEST(DurePolicy, LooksAgainAtAClassWhenAShorterJobComes) {
  Planned world;
  const auto submit = [&](std::uint32_t id, std::int64_t gpus, Duration limit, std::int32_t priority) {
    world.say(JobSubmitted{
        JobId{id}, {.shape = {.per_task = {.gpu_milli = gpus * whole}}, .time_limit = limit, .priority = priority}});
  };
  submit(1, 3, minutes(50), 0);
  submit(2, 4, minutes(50), 0);
  submit(3, 1, minutes(64), 0);
  EXPECT_EQ(world.plan().size(), 2u);
  submit(4, 1, minutes(51), 1);
  EXPECT_TRUE(world.plan().empty());
  submit(5, 1, minutes(50), 2);
  const auto decisions = world.plan();
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_EQ(std::get<StartOrdered>(decisions[0]).job, JobId{5});
}

Allocation whole_nodes(std::uint32_t first, std::uint32_t count) {
  Allocation nodes;
  for (std::uint32_t n = first; n < first + count; ++n) {
    nodes.push_back({.node = NodeId{n}, .tasks = 1, .gpus = 0xF, .gpu_milli = whole});
  }
  return nodes;
}

// Job 11 lacks three nodes more than become free, and is put off; what job 10 leaves when it starts elsewhere is its
// before it is job 12's, as if nobody had been put off.
TEST(DurePolicy, WhatAPromisedGangLeavesIsForTheNextThatIsPromised) {
  Planned world(2, 10);
  const auto submit = [&](std::uint32_t id, std::uint32_t nodes) {
    const Shape shape{
        .tasks_min = nodes, .tasks_max = nodes, .per_task = {.gpu_milli = 4 * whole}, .within = Level::rack};
    world.say(JobSubmitted{JobId{id}, {.shape = shape, .time_limit = hours(10)}});
  };
  const auto run = [&](std::uint32_t id, std::uint32_t first, std::uint32_t nodes) {
    submit(id, nodes);
    world.say(StartOrdered{JobId{id}, PoolId{0}, whole_nodes(first, nodes)});
  };
  const auto promise = [&](std::uint32_t id, std::uint32_t first, std::uint32_t nodes) {
    submit(id, nodes);
    world.say(ReservationMade{JobId{id}, PoolId{0}, Time{} + hours(10), whole_nodes(first, nodes)});
  };
  run(1, 3, 1);
  run(2, 7, 3);
  run(3, 12, 2);
  run(4, 14, 6);
  promise(10, 0, 4);
  promise(11, 4, 6);
  promise(12, 14, 3);
  EXPECT_TRUE(world.plan().empty());
  world.say(Ended{JobId{3}, Outcome::completed}, Time{} + minutes(5));
  std::vector<JobId> started;
  for (const Decision& decision : world.plan()) started.push_back(std::get<StartOrdered>(decision).job);
  EXPECT_EQ(started, (std::vector<JobId>{JobId{10}, JobId{11}}));
}

}  // namespace
}  // namespace dure
