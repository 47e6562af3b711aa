#include "dure/api/start_deadline.h"

#include <gtest/gtest.h>

namespace dure::api {
namespace {

// Of ten draws so many start within the hour that it has.
Result<std::string> judged(int in_time, IfUnlikely if_unlikely) {
  JobPlan plan{.job = {.start_by = Time{} + hours(1)}, .plan = {}, .changes = {}};
  for (int i = 0; i < 10; ++i) plan.plan.drawn.push_back(i < in_time ? 3600 : 3601);
  return judge_start(plan, if_unlikely);
}

TEST(StartDeadline, IsToldWithAWarningWhereItIsNotLikely) {
  EXPECT_EQ(judged(5, IfUnlikely::warn).value(), R"("start_by":{"at":"1970-01-01T01:00:00Z","chance":5E-1})");
  EXPECT_EQ(judged(4, IfUnlikely::warn).value(),
            R"("start_by":{"at":"1970-01-01T01:00:00Z","chance":4E-1},)"
            R"("warning":"it starts by 1970-01-01T01:00:00Z in 4 of 10 draws, and ends as expired otherwise")");
  EXPECT_TRUE(judged(0, IfUnlikely::warn));
}

TEST(StartDeadline, IsRefusedBelowOneInTenWhereThatIsAskedFor) {
  EXPECT_TRUE(judged(1, IfUnlikely::refuse));
  EXPECT_EQ(
      judged(0, IfUnlikely::refuse).error().message,
      "start_by: it starts by 1970-01-01T01:00:00Z in 0 of 10 draws; nothing was submitted: give it more time, ask "
      "for less, or submit it with deadline=warn");
}

TEST(StartDeadline, WithoutAPlanIsNotSubmitted) {
  EXPECT_EQ(judge_start(fail(Code::unavailable, "too many"), IfUnlikely::warn).error().code, Code::unavailable);
}

TEST(StartDeadline, ReadsWhatIsToBeDone) {
  EXPECT_EQ(read_if_unlikely("warn"), IfUnlikely::warn);
  EXPECT_EQ(read_if_unlikely("refuse"), IfUnlikely::refuse);
  EXPECT_FALSE(read_if_unlikely("Refuse"));
}

}  // namespace
}  // namespace dure::api
