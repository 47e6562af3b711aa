#include "dure/policy/dure_policy.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

// What tests/scenarios cannot say: the contract between a plan and the facts that come of it.
struct Planned {
  State state;
  DurePolicy policy{{}};

  Planned() {
    say(FleetDeclared{
        {.name = "f",
         .sites = {{.name = "s", .pools = {{.name = "p", .gpu_model = "X", .gpus_per_node = 4, .cpu_milli = 8000}}}}}});
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

}  // namespace
}  // namespace dure
