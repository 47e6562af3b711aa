#include "dure/server/door_book.h"

#include <gtest/gtest.h>

namespace dure::server {
namespace {

using namespace std::chrono_literals;

const DoorBook::Clock::time_point start = DoorBook::Clock::time_point{} + 1h;

AuditEntry refusal(const std::string& token) {
  return {.at = Time{1}, .actor = "of " + token, .token = token, .action = "showJob", .target = "/", .outcome = "no"};
}

std::vector<std::string> outcomes(const std::vector<AuditEntry>& entries) {
  std::vector<std::string> texts;
  for (const AuditEntry& entry : entries) texts.push_back(entry.token + ": " + entry.outcome);
  return texts;
}

TEST(DoorBook, KeepsAFewOfEachTokenAndCountsTheRest) {
  DoorBook book({.of_one = 2, .in_all = 10, .counted = 10});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(book.note(refusal("a"), start), i < 2);
  EXPECT_TRUE(book.note(refusal("b"), start));
  EXPECT_EQ(outcomes(book.take(Time{2}, start)), (std::vector<std::string>{"a: no", "a: no", "b: no"}));
  EXPECT_EQ(book.due(), start + 1min);
  EXPECT_TRUE(book.take(Time{2}, start + 59s).empty());
  const auto counted = book.take(Time{3}, start + 60s);
  ASSERT_EQ(counted.size(), 1u);
  EXPECT_EQ(counted[0].actor, "of a");
  EXPECT_EQ(counted[0].at, Time{3});
  EXPECT_EQ(counted[0].outcome, "3 more requests than are listed here were refused within a minute");
  EXPECT_EQ(book.due(), std::nullopt);
}

TEST(DoorBook, BeginsAnewWithEachMinute) {
  DoorBook book({.of_one = 1, .in_all = 10, .counted = 10});
  EXPECT_TRUE(book.note(refusal("a"), start));
  EXPECT_FALSE(book.note(refusal("a"), start + 59s));
  EXPECT_TRUE(book.note(refusal("a"), start + 60s));
  EXPECT_EQ(book.take(Time{2}, start + 60s).size(), 3u);  // the one of before, its count, and the new one
}

TEST(DoorBook, IsBoundedWhateverComes) {
  DoorBook book({.of_one = 10, .in_all = 4, .counted = 3});
  for (int i = 0; i < 1000; ++i) book.note(refusal(std::to_string(i)), start);
  for (int i = 0; i < 1000; ++i) book.note(refusal("0"), start);
  EXPECT_EQ(book.take(Time{2}, start).size(), 4u);
  const auto counted = outcomes(book.take(Time{2}, start + 60s));
  ASSERT_EQ(counted.size(), 2u);
  EXPECT_TRUE(counted[0].starts_with("0: 999 more")) << counted[0];
  EXPECT_TRUE(counted[1].starts_with(": 997 more")) << counted[1];
}

}  // namespace
}  // namespace dure::server
