#include "dure/policy/pool_queue.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace dure {
namespace {

// One pool of 8 GPUs; roots a (weight 1) and b (weight 2), b/x and b/y below b.
struct Queue {
  State state;
  std::optional<WaitingLines> lines;
  CreditBook credits;
  PoolQueue queue;

  Queue() {
    say(FleetDeclared{
        {.name = "f",
         .sites = {{.name = "s", .pools = {{.name = "p", .gpu_model = "X", .gpus_per_node = 8, .cpu_milli = 8000}}}}}});
    const TenantSpec x{.name = "x"};
    const TenantSpec y{.name = "y", .quotas = {{.pool = "s/p", .guarantee_milli = 2000, .limit_milli = 4000}}};
    say(TenantsDeclared{{.roots = {{.name = "a"}, {.name = "b", .weight = 2, .children = {x, y}}}}});
    say(UserDeclared{UserId{0}, "kim"});
    lines.emplace(state);
    credits.reset(state);
    queue.reset(state, PoolId{0}, *lines, credits);
    queue.set_time(state, state.now());
  }
  void say(Change change, Time time = {}) { state.apply({std::max(time, state.now()), std::move(change)}); }
  ClassId submit(std::uint32_t id, const char* tenant, std::int64_t gpus, Duration limit = hours(1),
                 std::int32_t priority = 0) {
    say(JobSubmitted{JobId{id},
                     {.tenant = *state.tenants().find(tenant),
                      .shape = {.per_task = {.gpu_milli = gpus * whole}},
                      .time_limit = limit,
                      .priority = priority}});
    const Job& job = state.jobs()[JobId{id}];
    const ClassId job_class = lines->insert(job, Stands::in_line);
    queue.insert(state, job, job_class, Stands::in_line);
    return job_class;
  }
  std::uint32_t next(const ClassSet& among) {
    const auto candidate = queue.next(among);
    return candidate ? candidate->job.value : 0;
  }
  std::uint32_t next() {
    ClassSet all;
    for (std::uint32_t id = 0; id < 64; ++id) all.insert(ClassId{id});
    return next(all);
  }
  void erase(std::uint32_t id) {
    const Job& job = state.jobs()[JobId{id}];
    queue.erase(job, lines->erase(job, Stands::in_line), Stands::in_line);
  }
  TenantId tenant(const char* path) { return *state.tenants().find(path); }
  // Some job of the tenant.
  Job job_of(const char* path) {
    Job job;
    job.tenant = tenant(path);
    return job;
  }
};

TEST(PoolQueue, IsEmptyAtFirstAndAfterTheLast) {
  Queue q;
  EXPECT_EQ(q.next(), 0u);
  q.submit(1, "a", 1);
  EXPECT_EQ(q.next(), 1u);
  q.erase(1);
  EXPECT_EQ(q.next(), 0u);
}

TEST(PoolQueue, GoesByPriorityThenAgeThenIdAcrossClasses) {
  Queue q;
  q.submit(1, "a", 1);
  q.submit(2, "a", 2);
  q.submit(3, "a", 1, hours(9));
  q.submit(4, "a", 3, hours(1), 1);
  for (std::uint32_t expected : {4u, 1u, 2u, 3u}) {
    EXPECT_EQ(q.next(), expected);
    q.erase(expected);
  }
}

TEST(PoolQueue, ClassesAreOfOneShapeAndLimitsBetweenPowersOfTwoOfMinutes) {
  Queue q;
  const ClassId sixteen = q.submit(1, "a", 1, minutes(16));
  EXPECT_EQ(q.submit(2, "b/x", 1, minutes(8) + Duration{1}), sixteen);
  EXPECT_NE(q.submit(3, "a", 1, minutes(16) + Duration{1}), sixteen);
  EXPECT_NE(q.submit(4, "a", 1, minutes(8)), sixteen);
  EXPECT_NE(q.submit(5, "a", 2, minutes(16)), sixteen);
  EXPECT_EQ(q.queue[sixteen].jobs, 2u);
  EXPECT_EQ(q.queue[sixteen].least_limit, minutes(8) + Duration{1});
  EXPECT_EQ(q.queue[q.submit(6, "a", 1, Duration{1})].least_limit, Duration{1});
}

TEST(PoolQueue, KnowsNoShorterLimitThanWhatCame) {
  Queue q;
  const ClassId sixteen = q.submit(1, "a", 1, minutes(14));
  q.submit(2, "b/x", 1, minutes(16));
  EXPECT_EQ(q.queue[sixteen].least_limit, minutes(14));
  q.submit(3, "b/x", 1, minutes(10));
  EXPECT_EQ(q.queue[sixteen].least_limit, minutes(10));
  for (const std::uint32_t id : {1u, 2u, 3u}) q.erase(id);
  EXPECT_EQ(q.submit(4, "a", 1, minutes(15)), sixteen);
  EXPECT_EQ(q.queue[sixteen].least_limit, minutes(15));
}

TEST(PoolQueue, LooksAmongTheClassesAskedFor) {
  Queue q;
  const ClassId one = q.submit(1, "a", 1);
  const ClassId two = q.submit(2, "a", 2);
  ClassSet among;
  EXPECT_EQ(q.next(among), 0u);
  among.insert(two);
  EXPECT_EQ(q.next(among), 2u);
  among.insert(one);
  EXPECT_EQ(q.next(among), 1u);
}

TEST(PoolQueue, PutsWhoIsBelowItsGuaranteeFirst) {
  Queue q;
  q.submit(1, "a", 1);
  q.submit(2, "b/x", 1);
  q.submit(3, "b/y", 1);
  EXPECT_EQ(q.next(), 3u);  // b is below, as y is
  q.queue.hold(q.state, q.state.now(), q.job_of("b/y"), 1999);
  EXPECT_EQ(q.next(), 3u);
  q.queue.hold(q.state, q.state.now(), q.job_of("b/y"), 1);
  EXPECT_EQ(q.next(), 1u);
}

TEST(PoolQueue, VisitsAllInTheOrderInWhichTheyWouldComeNext) {
  Queue q;
  q.submit(1, "a", 1);
  const ClassId wide = q.submit(2, "a", 2);
  q.submit(3, "b/x", 1);
  q.submit(4, "b/y", 1);
  q.submit(5, "b/y", 8);  // more than its limit
  q.submit(6, "a", 2, hours(1), 1);
  ClassSet all;
  for (std::uint32_t id = 0; id < 64; ++id) all.insert(ClassId{id});
  const auto visited = [&](std::size_t most) {
    std::vector<std::uint32_t> jobs;
    q.queue.visit_in_order(all, [&](const PoolQueue::Candidate& candidate) {
      jobs.push_back(candidate.job.value);
      return jobs.size() < most;
    });
    return jobs;
  };
  EXPECT_EQ(visited(9), (std::vector<std::uint32_t>{4, 3, 6, 1}));
  EXPECT_EQ(visited(9), (std::vector<std::uint32_t>{4, 3, 6, 1}));  // none is hidden by that
  EXPECT_EQ(visited(2), (std::vector<std::uint32_t>{4, 3}));
  q.queue.hide(q.tenant("a"), wide);
  EXPECT_EQ(visited(9), (std::vector<std::uint32_t>{4, 3, 1}));
}

TEST(PoolQueue, KnowsWhichLeavesHoldMoreThanTheirGuarantee) {
  Queue q;
  EXPECT_TRUE(q.queue.borrowing().empty());
  q.queue.hold(q.state, q.state.now(), q.job_of("b/y"), 2000);
  EXPECT_TRUE(q.queue.borrowing().empty());
  q.queue.hold(q.state, q.state.now(), q.job_of("b/x"), 1);
  q.queue.hold(q.state, q.state.now(), q.job_of("b/y"), 1);
  EXPECT_EQ(q.queue.borrowing(), (std::vector<TenantId>{q.tenant("b/x"), q.tenant("b/y")}));
  q.queue.given_back(q.state, q.job_of("b/x"));  // the state knows of nothing held
  EXPECT_EQ(q.queue.borrowing(), std::vector<TenantId>{q.tenant("b/y")});
}

TEST(PoolQueue, DividesUseByWeight) {
  Queue q;
  q.submit(1, "a", 1);
  q.submit(2, "b/x", 1);
  q.queue.hold(q.state, q.state.now(), q.job_of("b/y"), 4000);  // beyond its guarantee
  EXPECT_EQ(q.next(), 1u);
  q.queue.hold(q.state, q.state.now(), q.job_of("a"), 1999);
  EXPECT_EQ(q.next(), 1u);
  q.queue.hold(q.state, q.state.now(), q.job_of("a"), 2);
  EXPECT_EQ(q.next(), 2u);
}

TEST(PoolQueue, PassesOverWhatIsHiddenUntilItIsUnhidden) {
  Queue q;
  const ClassId job_class = q.submit(1, "a", 1);
  q.submit(2, "a", 2);
  q.queue.hide(q.tenant("a"), job_class);
  EXPECT_EQ(q.next(), 2u);
  q.queue.unhide(q.tenant("a"), job_class);
  EXPECT_EQ(q.next(), 1u);
}

TEST(PoolQueue, HidesOneTenantsClassNotAnothers) {
  Queue q;
  const ClassId job_class = q.submit(1, "b/x", 1);
  q.submit(2, "b/y", 1);
  q.queue.hide(q.tenant("b/y"), job_class);
  EXPECT_EQ(q.next(), 1u);
  q.queue.hide(q.tenant("b/x"), job_class);
  EXPECT_EQ(q.next(), 0u);
}

TEST(PoolQueue, PassesOverWhatTheLimitLeavesNoRoomForUntilThereIsEnough) {
  Queue q;
  const auto start = [&](std::uint32_t id, std::uint64_t gpus, std::int64_t milli) {
    q.erase(id);
    q.queue.hold(q.state, q.state.now(), q.job_of("b/y"), milli);
    q.say(StartOrdered{JobId{id}, PoolId{0}, {{.node = NodeId{0}, .tasks = 1, .gpus = gpus, .gpu_milli = whole}}});
  };
  q.submit(1, "b/y", 1);
  q.submit(2, "b/y", 3);
  start(1, 0x1, 1000);
  start(2, 0xE, 3000);
  EXPECT_EQ(q.queue.room(q.tenant("b/y")), 0);
  q.submit(3, "b/y", 2);
  EXPECT_EQ(q.next(), 0u);
  q.say(Ended{JobId{1}, Outcome::completed});
  q.queue.given_back(q.state, q.job_of("b/y"));
  EXPECT_EQ(q.next(), 0u);  // room for one
  q.say(Ended{JobId{2}, Outcome::completed});
  q.queue.given_back(q.state, q.job_of("b/y"));
  EXPECT_EQ(q.next(), 3u);
  EXPECT_EQ(q.queue.room(q.tenant("b/x")), no_limit);
}

TEST(PoolQueue, TakesTheSmallerJobOfATenantWhoseLimitLeavesNoMore) {
  Queue q;
  q.queue.hold(q.state, q.state.now(), q.job_of("b/y"), 3000);
  q.submit(1, "b/y", 2);
  q.submit(2, "b/y", 1);
  EXPECT_EQ(q.next(), 2u);
}

TEST(PoolQueue, TheOrderMayDifferFromTheNextMinuteOn) {
  Queue q;
  q.queue.set_time(q.state, Time{} + seconds(70));
  EXPECT_FALSE(q.queue.order_may_differ(q.state, Time{} + seconds(119)));
  EXPECT_TRUE(q.queue.order_may_differ(q.state, Time{} + seconds(120)));
}

TEST(ClassSet, HasWhatWasInserted) {
  ClassSet set;
  EXPECT_FALSE(set.contains(ClassId{64}));
  set.insert(ClassId{64});
  set.insert(ClassId{63});
  EXPECT_TRUE(set.contains(ClassId{64}));
  EXPECT_TRUE(set.contains(ClassId{63}));
  EXPECT_FALSE(set.contains(ClassId{0}));
  set.erase(ClassId{63});
  set.erase(ClassId{1000});
  EXPECT_FALSE(set.contains(ClassId{63}));
  ClassSet other;
  other.insert(ClassId{200});
  set.insert(other);
  EXPECT_TRUE(set.contains(ClassId{200}));
  EXPECT_TRUE(set.contains(ClassId{64}));
}

}  // namespace
}  // namespace dure
