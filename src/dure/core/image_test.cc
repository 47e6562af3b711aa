// A state that was written and read back is the same, and goes on in the same way.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "dure/core/state.h"

namespace dure {
namespace {

Shape gpus(std::int64_t count) { return {.per_task = {.gpu_milli = count * whole}}; }

StartOrdered start(std::uint32_t job, std::uint32_t node, std::uint64_t devices) {
  return {JobId{job}, PoolId{0}, {{.node = NodeId{node}, .tasks = 1, .gpus = devices, .gpu_milli = whole}}};
}

// A job in each state, a promise, a dependency, a drained and a lost node, a shape that nobody uses any more.
std::vector<Change> story() {
  PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8, .cpu_milli = 64'000, .nodes_per_rack = 4};
  pool.hosts = {"gpu1", "gpu2", "gpu3", "login"};
  const TenantSpec child{.name = "b", .quotas = {{.pool = "s/p", .limit_milli = 30'000}}};
  JobSpec job{.name = "first", .tenant = TenantId{1}, .shape = gpus(2), .time_limit = hours(3)};
  JobSpec wide = job;
  wide.shape = gpus(8);
  wide.checkpoint = Checkpoint{.every = minutes(10), .grace = seconds(30)};
  JobSpec dependent = job;
  dependent.after = {{After::ok, JobId{1}}, {After::any, JobId{2}}};
  JobSpec short_lived = job;
  short_lived.shape = gpus(3);
  JobSpec member = job;
  member.array = ArrayMember{JobId{7}, 3};
  return {FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}},
          TenantsDeclared{{.roots = {{.name = "a", .children = {child}}}}},
          UserDeclared{UserId{0}, "kim"},
          JobSubmitted{JobId{1}, job},
          JobSubmitted{JobId{2}, wide},
          JobSubmitted{JobId{3}, dependent},
          JobSubmitted{JobId{4}, short_lived},
          JobSubmitted{JobId{5}, wide},
          JobSubmitted{JobId{6}, job},
          JobSubmitted{JobId{7}, member},
          start(4, 3, 7),
          Started{JobId{4}},
          Ended{JobId{4}, Outcome::completed},
          start(1, 0, 3),
          Started{JobId{1}},
          NodesSwapped{JobId{1}, {NodeId{0}}, {{.node = NodeId{0}, .tasks = 1, .gpus = 48, .gpu_milli = whole}}},
          start(2, 1, 255),
          StopOrdered{JobId{2}, Outcome::evicted, {.beneficiary = JobId{5}, .cause = StopCause::fairness}},
          ReservationMade{JobId{5}, PoolId{0}, Time{} + hours(9), {{.node = NodeId{2}}}},
          JobHeld{JobId{6}},
          NodeDrained{.node = NodeId{2}, .reason = "fan", .cause = DrainCause::quarantine},
          NodeLost{NodeId{3}}};
}

std::vector<Change> sequel() {
  return {Started{JobId{2}},
          Ended{JobId{2}, Outcome::evicted},
          Ended{JobId{1}, Outcome::completed},
          NodeResumed{NodeId{2}},
          NodeReturned{NodeId{3}},
          JobSubmitted{JobId{8}, {.tenant = TenantId{1}, .shape = gpus(3), .time_limit = hours(1)}},
          start(8, 3, 7),
          ReservationDropped{JobId{5}, DropCause::improved},
          Ended{JobId{8}, Outcome::completed},
          JobCancelled{JobId{2}},
          JobCancelled{JobId{7}},
          start(3, 0, 3)};
}

void tell(State& state, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    const auto checked = state.check(change);
    ASSERT_TRUE(checked) << checked.error().message;
    state.apply({state.now() + seconds(7), change});
  }
}

std::vector<std::byte> image_of(const State& state) {
  ByteWriter writer;
  state.write_image(writer);
  return {writer.bytes().begin(), writer.bytes().end()};
}

TEST(StateImage, IsTheSameStateAndGoesOnAlike) {
  State state;
  tell(state, story());
  const auto image = image_of(state);
  auto restored = State::from_image(image);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->digest(), state.digest());
  EXPECT_EQ(image_of(*restored), image);
  EXPECT_EQ(restored->fleet().find_node("login"), NodeId{3});
  EXPECT_EQ(restored->jobs()[JobId{2}].stop_ordered, Outcome::evicted);
  ASSERT_EQ(restored->fair_evictions().size(), 1u);
  EXPECT_EQ(restored->fair_evictions()[0].loser, restored->fair_evictions()[0].gainer);
  EXPECT_EQ(restored->occupancy().tasks_that_fit(NodeId{0}, {.gpu_milli = whole}), 6u);
  EXPECT_FALSE(restored->occupancy().is_available(NodeId{2}));
  for (const Change& change : sequel()) {
    tell(state, {change});
    tell(*restored, {change});
    ASSERT_EQ(restored->digest(), state.digest()) << "after change " << state.fact_count();
    ASSERT_EQ(image_of(*restored), image_of(state)) << "after change " << state.fact_count();
  }
}

TEST(StateImage, OfNothingIsNothing) {
  const auto restored = State::from_image(image_of(State{}));
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->digest(), State{}.digest());
}

TEST(StateImage, WhatIsCutOffOrGoesOnIsRefused) {
  State state;
  tell(state, story());
  auto image = image_of(state);
  for (std::size_t size = 0; size < image.size(); ++size) {
    ASSERT_FALSE(State::from_image(std::span(image).first(size))) << size;
  }
  image.push_back({});
  EXPECT_FALSE(State::from_image(image));
}

}  // namespace
}  // namespace dure
