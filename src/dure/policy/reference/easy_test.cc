#include "dure/policy/reference/easy.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

// Ten processors.
struct Machine {
  State state;
  EasyPolicy policy;
  std::vector<std::uint32_t> started;

  explicit Machine(Backfill backfill) : policy(backfill, predict_requested) {
    say(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {{.name = "p", .cpu_milli = 10'000}}}}}});
    say(TenantsDeclared{{.roots = {{.name = "a"}}}});
    say(UserDeclared{UserId{0}, "kim"});
  }
  void say(Change change) {
    const Fact fact{state.now(), std::move(change)};
    state.apply(fact);
    policy.observe(state, fact);
  }
  void submit(std::uint32_t id, std::int64_t processors, Duration limit) {
    say(JobSubmitted{JobId{id}, {.shape = {.per_task = {.cpu_milli = processors * whole}}, .time_limit = limit}});
  }
  void end(std::uint32_t id) { say(Ended{JobId{id}, Outcome::completed}); }
  // The jobs that start now.
  std::vector<std::uint32_t> plan() {
    std::vector<Decision> decisions;
    policy.plan(state, state.now(), decisions);
    std::vector<std::uint32_t> jobs;
    for (const Decision& decision : decisions) {
      jobs.push_back(std::get<StartOrdered>(decision).job.value);
      say(to_change(decision));
    }
    return jobs;
  }
};

using Jobs = std::vector<std::uint32_t>;

TEST(Fcfs, StopsAtTheFirstThatDoesNotFit) {
  Machine machine(Backfill::none);
  machine.submit(1, 6, hours(1));
  machine.submit(2, 6, hours(1));
  machine.submit(3, 1, minutes(1));
  EXPECT_EQ(machine.plan(), Jobs{1});
  machine.end(1);
  EXPECT_EQ(machine.plan(), (Jobs{2, 3}));
}

TEST(Easy, StartsWhatIsOverBeforeTheHeadsTimeAndNotAMomentLonger) {
  Machine machine(Backfill::in_queue_order);
  machine.submit(1, 6, hours(1));
  machine.submit(2, 10, hours(1));
  machine.submit(3, 4, hours(1) + Duration{1});
  machine.submit(4, 4, hours(1));
  EXPECT_EQ(machine.plan(), (Jobs{1, 4}));
}

TEST(Easy, StartsWhatTheHeadDoesNotNeedHoweverLong) {
  Machine machine(Backfill::in_queue_order);
  machine.submit(1, 6, hours(1));
  machine.submit(2, 8, hours(1));  // leaves two processors beside it
  machine.submit(3, 3, hours(9));
  machine.submit(4, 2, hours(9));
  machine.submit(5, 1, hours(9));
  EXPECT_EQ(machine.plan(), (Jobs{1, 4}));
}

TEST(EasySjbf, TriesTheShortestFirst) {
  Machine machine(Backfill::shortest_first);
  machine.submit(1, 8, hours(1));
  machine.submit(2, 10, hours(1));
  EXPECT_EQ(machine.plan(), Jobs{1});
  machine.say(JobHeld{JobId{2}});
  machine.say(JobReleased{JobId{2}});
  machine.submit(3, 3, minutes(30));
  machine.submit(4, 2, minutes(20));
  machine.submit(5, 2, minutes(10));
  EXPECT_EQ(machine.plan(), Jobs{4});
}

TEST(Easy, AMachineThatIsDownStartsNothing) {
  Machine machine(Backfill::in_queue_order);
  machine.say(NodeDrained{NodeId{0}});
  machine.submit(1, 1, hours(1));
  EXPECT_EQ(machine.plan(), Jobs{});
  machine.say(NodeResumed{NodeId{0}});
  EXPECT_EQ(machine.plan(), Jobs{1});
}

TEST(Easy, WithdrawsAStartWhoseJobIsHeldOrCancelledInTheSameTurn) {
  Machine machine(Backfill::in_queue_order);
  machine.submit(1, 10, hours(1));
  machine.submit(2, 6, hours(1));
  machine.submit(3, 6, hours(1));
  machine.say(JobHeld{JobId{1}});
  machine.say(JobCancelled{JobId{2}});
  EXPECT_EQ(machine.plan(), Jobs{3});
  machine.end(3);
  machine.say(JobReleased{JobId{1}});
  EXPECT_EQ(machine.plan(), Jobs{1});
}

TEST(Easy, WithdrawsStartsOnAMachineThatIsLostInTheSameTurn) {
  Machine machine(Backfill::in_queue_order);
  machine.submit(1, 6, hours(1));
  machine.submit(2, 6, hours(1));
  machine.submit(3, 4, hours(1));
  machine.say(NodeLost{NodeId{0}});
  EXPECT_EQ(machine.plan(), Jobs{});
  machine.say(NodeReturned{NodeId{0}});
  machine.say(NodeDrained{NodeId{0}});
  machine.say(NodeResumed{NodeId{0}});
  EXPECT_EQ(machine.plan(), (Jobs{1, 3}));
}

TEST(Easy, ForgetsCancelledJobs) {
  Machine machine(Backfill::in_queue_order);
  machine.submit(1, 10, hours(1));
  machine.submit(2, 10, hours(1));
  EXPECT_EQ(machine.plan(), Jobs{1});
  machine.submit(3, 10, hours(1));
  machine.say(JobCancelled{JobId{2}});
  machine.end(1);
  EXPECT_EQ(machine.plan(), Jobs{3});
}

}  // namespace
}  // namespace dure
