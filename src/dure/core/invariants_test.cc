#include "dure/core/invariants.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

// A state with one pool of two nodes in two racks, 4 GPUs each, and a witness that hears everything.
struct Watched {
  State state;
  Invariants witness;

  Watched() {
    PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 4, .cpu_milli = 64'000};
    pool.racks_per_block = 2;
    say(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}});
    say(TenantsDeclared{{.roots = {{.name = "a", .quotas = {{.pool = "s/p", .limit_milli = 6000}}}}}});
    say(UserDeclared{UserId{0}, "kim"});
  }

  void say(Change change, Time time = {}) {
    const Fact fact{std::max(time, state.now()), std::move(change)};
    state.apply(fact);
    witness.observe(state, fact);
  }
  void submit(std::uint32_t id, std::uint32_t tasks, std::int64_t gpu_milli, Level within = Level::site) {
    say(JobSubmitted{
        JobId{id},
        {.shape = {.tasks_min = tasks, .tasks_max = tasks, .per_task = {.gpu_milli = gpu_milli}, .within = within},
         .time_limit = hours(1)}});
  }
  static Placement at(std::uint32_t node, std::uint32_t tasks, std::uint64_t gpus) {
    return {.node = NodeId{node}, .tasks = tasks, .gpus = gpus, .gpu_milli = whole};
  }
};

TEST(Invariants, AreSilentWhenAllIsWell) {
  Watched world;
  world.submit(1, 2, 2000);
  world.say(ReservationMade{JobId{1}, PoolId{0}, Time{} + hours(1), {{.node = NodeId{0}}}});
  world.say(StartOrdered{JobId{1}, PoolId{0}, {Watched::at(0, 2, 0xF)}}, Time{} + hours(1));
  world.witness.check_turn(world.state);
  world.witness.check_all(world.state);
  world.say(Ended{JobId{1}, Outcome::completed});
  world.witness.check_all(world.state);
  EXPECT_GT(world.witness.checked(), 5u);
  EXPECT_EQ(world.witness.violated(), 0u);
}

TEST(Invariants, ReportAGangThatIsNotComplete) {
  Watched world;
  world.submit(1, 2, 2000);
  world.say(StartOrdered{JobId{1}, PoolId{0}, {Watched::at(0, 1, 0x3)}});
  ASSERT_EQ(world.witness.violated(), 1u);
  EXPECT_NE(world.witness.messages()[0].find("invariant 2"), std::string::npos);
}

TEST(Invariants, ReportAGangOutsideItsDomain) {
  Watched world;
  world.submit(1, 2, 2000, Level::rack);
  world.say(StartOrdered{JobId{1}, PoolId{0}, {Watched::at(0, 1, 0x3), Watched::at(1, 1, 0x3)}});
  ASSERT_EQ(world.witness.violated(), 1u);
  EXPECT_NE(world.witness.messages()[0].find("within"), std::string::npos);
}

TEST(Invariants, ReportATornGroupAndTasksTooCloseTogether) {
  Watched world;
  const auto submit = [&](std::uint32_t id, Segments segments, Spread spread) {
    const Shape shape{
        .tasks_min = 2, .tasks_max = 2, .per_task = {.gpu_milli = whole}, .segments = segments, .spread = spread};
    world.say(JobSubmitted{JobId{id}, {.shape = shape, .time_limit = hours(1)}});
  };
  submit(1, {.of = 2, .within = Level::rack}, {});
  submit(2, {}, {.most = 1, .over = Level::rack});
  world.say(ReservationMade{JobId{1}, PoolId{0}, Time{}, {Watched::at(0, 2, 0x3)}});
  world.say(StartOrdered{JobId{2}, PoolId{0}, {Watched::at(0, 1, 0x4), Watched::at(1, 1, 0x4)}});
  EXPECT_EQ(world.witness.violated(), 0u);
  world.say(Ended{JobId{2}, Outcome::evicted});
  world.say(StartOrdered{JobId{2}, PoolId{0}, {Watched::at(0, 2, 0xC)}});
  ASSERT_EQ(world.witness.violated(), 1u);
  EXPECT_NE(world.witness.messages()[0].find("too many"), std::string::npos);
  world.say(StartOrdered{JobId{1}, PoolId{0}, {Watched::at(0, 1, 0x1), Watched::at(1, 1, 0x1)}});
  ASSERT_EQ(world.witness.violated(), 3u) << "in either domain";
  EXPECT_NE(world.witness.messages()[1].find("segment"), std::string::npos);
}

TEST(Invariants, ReportTooFewDevices) {
  Watched world;
  world.submit(1, 1, 2000);
  world.say(StartOrdered{JobId{1}, PoolId{0}, {Watched::at(0, 1, 0x1)}});
  EXPECT_EQ(world.witness.violated(), 1u);
}

TEST(Invariants, ReportATenantAboveItsLimit) {
  Watched world;
  world.submit(1, 1, 4000);
  world.submit(2, 1, 4000);
  world.say(StartOrdered{JobId{1}, PoolId{0}, {Watched::at(0, 1, 0xF)}});
  world.say(StartOrdered{JobId{2}, PoolId{0}, {Watched::at(1, 1, 0xF)}});
  EXPECT_EQ(world.witness.violated(), 1u);
}

TEST(Invariants, ReportABrokenPromise) {
  Watched world;
  world.submit(1, 1, 4000);
  world.say(ReservationMade{JobId{1}, PoolId{0}, Time{} + hours(1), {{.node = NodeId{0}}}});
  world.say(UserDeclared{UserId{1}, "lee"}, Time{} + hours(2));
  world.witness.check_turn(world.state);
  EXPECT_EQ(world.witness.violated(), 1u);
  world.say(StartOrdered{JobId{1}, PoolId{0}, {Watched::at(0, 1, 0xF)}});
  EXPECT_EQ(world.witness.violated(), 2u);
}

TEST(Invariants, ReportAReservationThatMovesLaterButNotOneThatWasReleasedByAFault) {
  Watched world;
  world.submit(1, 1, 4000);
  const auto promise = [](std::int64_t hour) {
    return ReservationMade{JobId{1}, PoolId{0}, Time{} + hours(hour), {{.node = NodeId{0}}}};
  };
  world.say(promise(1));
  world.say(ReservationDropped{JobId{1}, DropCause::node_gone});
  world.say(promise(2));
  EXPECT_EQ(world.witness.violated(), 0u);
  world.say(ReservationDropped{JobId{1}, DropCause::improved});
  world.say(promise(3));
  EXPECT_EQ(world.witness.violated(), 1u);
}

}  // namespace
}  // namespace dure
