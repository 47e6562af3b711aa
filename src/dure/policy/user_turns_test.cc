#include "dure/policy/user_turns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "dure/base/random.h"

namespace dure {
namespace {

constexpr ClassId job_class{2};
constexpr UserId kim{1};
constexpr UserId lee{2};

ClassQueue::Entry job(std::uint32_t id, std::int32_t priority = 0) {
  return {.priority = priority, .submitted = Time{} + seconds(id), .job = JobId{id}};
}

TEST(UserTurns, WhoHasUsedNothingGoesByAge) {
  UserTurns turns;
  turns.insert(job_class, lee, job(2));
  turns.insert(job_class, kim, job(1));
  EXPECT_EQ(turns.front(job_class).job, JobId{1});
  turns.erase(job_class, kim, job(1));
  EXPECT_EQ(turns.front(job_class).job, JobId{2});
  turns.erase(job_class, lee, job(2));
  EXPECT_TRUE(turns.is_empty(job_class));
}

TEST(UserTurns, WhoHasUsedLessGoesFirstWithinOnePriority) {
  UserTurns turns;
  turns.insert(job_class, kim, job(1));
  turns.insert(job_class, lee, job(2));
  turns.hold(kim, 1000, 0);
  turns.weigh(10);
  EXPECT_EQ(turns.front(job_class).job, JobId{2});
  turns.insert(job_class, kim, job(3, 1));
  EXPECT_EQ(turns.front(job_class).job, JobId{3});
}

TEST(UserTurns, UseChangesTheOrderAsTimePasses) {
  UserTurns turns;
  turns.weigh(10);
  turns.set_account(lee, {.held_milli = 0, .base = 50});
  turns.hold(kim, 1, 0);
  turns.insert(job_class, kim, job(1));
  turns.insert(job_class, lee, job(2));
  EXPECT_EQ(turns.front(job_class).job, JobId{1});
  turns.weigh(51);
  EXPECT_EQ(turns.front(job_class).job, JobId{2});
  turns.set_account(lee, {.held_milli = 0, .base = 60});
  EXPECT_EQ(turns.front(job_class).job, JobId{1});
}

// Against a sort of all that waits.
TEST(UserTurns, IsInOrderWhateverComesAndGoes) {
  struct Waiting {
    ClassId job_class;
    UserId user;
    ClassQueue::Entry entry;
  };
  Random random(11);
  UserTurns turns;
  std::vector<Waiting> waiting;
  std::vector<UsageAccount> accounts(6);
  std::int64_t weight = 1;
  turns.weigh(weight);
  for (std::uint32_t step = 1; step < 20'000; ++step) {
    const auto u = static_cast<std::uint32_t>(random.below(accounts.size()));
    switch (random.below(6)) {
      case 0:
        accounts[u].hold(static_cast<std::int64_t>(random.below(5)), weight);
        turns.set_account(UserId{u}, accounts[u]);
        break;
      case 1:
        accounts[u].hold(-accounts[u].held_milli, weight);
        turns.set_account(UserId{u}, accounts[u]);
        break;
      case 2: turns.weigh(weight += static_cast<std::int64_t>(random.below(3))); break;
      case 3:
      case 4:
        if (waiting.size() == 200) break;
        waiting.push_back({ClassId{static_cast<std::uint32_t>(random.below(3))}, UserId{u},
                           job(step, static_cast<std::int32_t>(random.below(2)))});
        turns.insert(waiting.back().job_class, UserId{u}, waiting.back().entry);
        break;
      default:
        if (waiting.empty()) break;
        std::swap(waiting[random.below(waiting.size())], waiting.back());
        turns.erase(waiting.back().job_class, waiting.back().user, waiting.back().entry);
        waiting.pop_back();
    }
    for (const std::uint32_t id : {0u, 1u, 2u}) {
      const auto key = [&](const Waiting& one) {
        return std::tuple(one.job_class != ClassId{id}, -one.entry.priority, accounts[one.user.index()].usage(weight),
                          one.entry.job);
      };
      const auto first = std::min_element(waiting.begin(), waiting.end(),
                                          [&](const Waiting& a, const Waiting& b) { return key(a) < key(b); });
      const bool is_empty = first == waiting.end() || first->job_class != ClassId{id};
      ASSERT_EQ(turns.is_empty(ClassId{id}), is_empty) << step;
      if (is_empty) continue;
      ASSERT_EQ(turns.front(ClassId{id}).job, first->entry.job) << step;
    }
  }
}

}  // namespace
}  // namespace dure
