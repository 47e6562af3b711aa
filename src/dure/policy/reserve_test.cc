#include "dure/policy/reserve.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

// Two nodes of 4 GPUs. Job 1 holds node 0 for 2 h, job 2 half of node 1 for 1 h, job 3 its other half for 3 h.
struct Busy {
  State state;
  std::optional<CapacityIndex> index;
  LatestEnds ends;

  Busy() {
    say(FleetDeclared{
        {.name = "f",
         .sites = {
             {.name = "s",
              .pools = {
                  {.name = "p", .gpu_model = "X", .gpus_per_node = 4, .cpu_milli = 8000, .nodes_per_rack = 2}}}}}});
    say(TenantsDeclared{{.roots = {{.name = "a"}}}});
    say(UserDeclared{UserId{0}, "kim"});
    index.emplace(state.fleet());
    start(1, 4, 0, 0xF, hours(2));
    start(2, 2, 1, 0x3, hours(1));
    start(3, 2, 1, 0xC, hours(3));
  }
  void say(Change change) { state.apply({Time{}, std::move(change)}); }
  void start(std::uint32_t id, std::int64_t gpus, std::uint32_t node, std::uint64_t devices, Duration limit) {
    const Shape shape{.per_task = {.gpu_milli = gpus * whole}};
    const Allocation allocation{{.node = NodeId{node}, .tasks = 1, .gpus = devices, .gpu_milli = whole}};
    say(JobSubmitted{JobId{id}, {.shape = shape, .time_limit = limit}});
    say(StartOrdered{JobId{id}, PoolId{0}, allocation});
    index->book(PoolId{0}, allocation, shape.per_task, {Time{} + limit});
    ends.add(Time{} + limit, JobId{id});
  }
  std::optional<EarliestStart> find(std::int64_t gpus, std::uint32_t tasks, Time now = {},
                                    Time before = Time::never()) {
    const Shape shape{.tasks_min = tasks, .tasks_max = tasks, .per_task = {.gpu_milli = gpus * whole}};
    const Wish wish{.shape = shape, .limit = hours(1), .before = before};
    return find_earliest_start(state, *index, PoolId{0}, wish, ends, {}, now, {});
  }
};

TEST(Reserve, FindsTheFirstEndThatLeavesRoom) {
  Busy busy;
  EXPECT_EQ(busy.find(2, 1)->from, Time{} + hours(1));
  EXPECT_EQ(busy.find(3, 1)->from, Time{} + hours(2));
  EXPECT_EQ(busy.find(2, 3)->from, Time{} + hours(2));
  EXPECT_EQ(busy.find(2, 4)->from, Time{} + hours(3));
  EXPECT_EQ(busy.find(4, 2)->from, Time{} + hours(3));
}

TEST(Reserve, NamesTheNodesThatAreFreeThen) {
  Busy busy;
  EXPECT_EQ(busy.find(2, 1)->allocation.front().node, NodeId{1});
  EXPECT_EQ(busy.find(4, 1)->allocation.front().node, NodeId{0});
}

TEST(Reserve, LeavesTheIndexAsFound) {
  Busy busy;
  PoolCapacity& pool = busy.index->pool(PoolId{0});
  const std::uint64_t before = pool.most_tasks(Demand{.gpu_milli = 1000}, Level::site, Fences::respected);
  const auto first = busy.find(4, 2);
  EXPECT_EQ(pool.most_tasks(Demand{.gpu_milli = 1000}, Level::site, Fences::respected), before);
  EXPECT_EQ(pool.most_tasks(Demand{.gpu_milli = 4000}, Level::site, Fences::respected), 0u);
  EXPECT_EQ(busy.find(4, 2)->from, first->from);
}

TEST(Reserve, PassesOverWhatIsPromisedToOthersAndNodesThatAreDown) {
  Busy busy;
  const Allocation node{{.node = NodeId{0}, .tasks = 1, .gpus = 0xF, .gpu_milli = whole}};
  busy.index->pool(PoolId{0}).promise(JobId{9}, Time{} + hours(2), node, {.gpu_milli = 4000}, [](const auto&) {});
  EXPECT_EQ(busy.find(4, 1)->from, Time{} + hours(3));
  EXPECT_FALSE(busy.find(4, 2));
  busy.index->pool(PoolId{0}).withdraw(JobId{9});
  busy.index->set_available(PoolId{0}, NodeId{0}, false);
  EXPECT_EQ(busy.find(4, 1)->from, Time{} + hours(3));
  EXPECT_FALSE(busy.find(4, 2));
}

TEST(Reserve, IsBeforeTheTimeFromWhichOnItIsOfNoUse) {
  Busy busy;
  EXPECT_EQ(busy.find(3, 1, {}, Time{} + hours(2) + seconds(1))->from, Time{} + hours(2));
  EXPECT_FALSE(busy.find(3, 1, {}, Time{} + hours(2)));
  EXPECT_EQ(busy.find(3, 1)->from, Time{} + hours(2));  // and it left the index as found
}

TEST(Reserve, IsNeverBeforeNowThoughAnEndIsOverdue) {
  Busy busy;
  EXPECT_EQ(busy.find(2, 1, Time{} + hours(1) + minutes(5))->from, Time{} + hours(1) + minutes(5));
}

}  // namespace
}  // namespace dure
