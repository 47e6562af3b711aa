#include "dure/policy/promise_book.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace dure {
namespace {

using JobIds = std::vector<JobId>;

const auto nowhere_else = [](const PromiseBook::Entry&) { return false; };

PromiseBook::Entry promised_on(std::uint32_t node, bool is_gang) {
  return {.from = Time{} + hours(1), .allocation = {{.node = NodeId{node}}}, .demand = {}, .is_gang = is_gang};
}

JobIds looked_at(PromiseBook& promises, std::uint64_t changes, Time now = {}) {
  return promises.worth_a_look(now, changes, nowhere_else);
}

TEST(PromiseBook, AGangIsLookedAtAlwaysAndOthersWhenSomethingBecameFreeOnTheirNode) {
  PromiseBook promises;
  promises.add(JobId{2}, promised_on(0, true));
  promises.add(JobId{1}, promised_on(7, false));
  EXPECT_EQ(looked_at(promises, 0), JobIds{JobId{2}});
  promises.touch(NodeId{7});
  promises.touch(NodeId{0});
  EXPECT_EQ(looked_at(promises, 0), (JobIds{JobId{1}, JobId{2}}));
  EXPECT_EQ(looked_at(promises, 0), JobIds{JobId{2}});
}

TEST(PromiseBook, AGangThatIsPutOffWaitsForAsManyChangesOrUntilItIsDue) {
  PromiseBook promises;
  promises.add(JobId{1}, promised_on(0, true));
  promises.put_off(JobId{1}, 10);
  EXPECT_TRUE(promises.is_put_off(JobId{1}, 9));
  EXPECT_FALSE(promises.is_put_off(JobId{1}, 10));
  EXPECT_EQ(looked_at(promises, 9), JobIds{});
  EXPECT_EQ(looked_at(promises, 9, Time{} + hours(1)), JobIds{JobId{1}});
  EXPECT_EQ(looked_at(promises, 10), JobIds{JobId{1}});
  promises.look_again(JobId{1});
  EXPECT_EQ(looked_at(promises, 9), JobIds{JobId{1}});
  EXPECT_EQ(looked_at(promises, 9), JobIds{});
  PromiseBook::Entry removed = promises.remove(JobId{1});
  promises.add(JobId{1}, std::move(removed));
  EXPECT_EQ(looked_at(promises, 9), JobIds{JobId{1}});
}

// One that is looked at before it may leave it room.
TEST(PromiseBook, AGangThatIsPutOffIsLookedAtBesideOthers) {
  PromiseBook promises;
  for (const std::uint32_t gang : {1u, 2u, 3u}) promises.add(JobId{gang}, promised_on(gang, true));
  for (const std::uint32_t gang : {1u, 2u, 3u}) promises.put_off(JobId{gang}, 10 * gang);
  EXPECT_EQ(looked_at(promises, 9), JobIds{});
  EXPECT_EQ(looked_at(promises, 10), (JobIds{JobId{1}, JobId{2}, JobId{3}}));
}

TEST(PromiseBook, OnlyGangsArePutOff) {
  PromiseBook promises;
  promises.add(JobId{1}, promised_on(7, false));
  promises.put_off(JobId{1}, 10);
  promises.touch(NodeId{7});
  EXPECT_EQ(looked_at(promises, 0), JobIds{JobId{1}});
}

}  // namespace
}  // namespace dure
