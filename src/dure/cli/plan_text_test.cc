#include "dure/cli/plan_text.h"

#include <gtest/gtest.h>

#include "dure/cli/submit_command.h"
#include "dure/cli/test_console.h"
#include "dure/cli/test_fake_server.h"
#include "dure/cli/time_text.h"

namespace dure::cli {
namespace {

std::string forecast_at(Time start) {
  const std::string at = dure::to_text(start);
  return R"({"made":")" + at + R"(","p10":")" + at + R"(","p50":")" + at + R"(","p90":")" + at +
         R"(","draws":16,"draws_within":16,"horizon_s":604800,"beyond_horizon":false})";
}

std::string waiting_plan(Time now) {
  return R"({"name":"train","count":1,"sequence":9,"starts_at_once":false,"chance_at_once":0.125,"forecast":)" +
         forecast_at(now + hours(5)) +
         R"(,"time_limit_s":43200,"place":{"pool":"s/a","where":"n[1-2]","nodes":2,"tasks":2,"chance":0.75,"gpus":16},)"
         R"("cost":{"unit":"GPUs","held":16,"hours_at_limit":192,"typical_run_s":3600,"hours_typical":16},)"
         R"("reasons":["it needs 16 GPUs and 4 GPUs are free"],"changes":[)"
         R"({"code":"fewer_tasks","detail":"1 task at least, in place of 2","tasks":1,"starts_at_once":true,"forecast":)" +
         forecast_at(now) + R"(,"sooner_s":18000},)" +
         R"({"code":"shorter","detail":"a time limit of 6h","time_limit_s":21600,"ends_within":0.9,)"
         R"("starts_at_once":false,"forecast":)" +
         forecast_at(now + hours(2)) + R"(,"sooner_s":10800}]})";
}

// What the server tells has no parts of a second.
Time whole_now() { return Time{} + seconds((now_by_clock() - Time{}).whole_seconds()); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(PlanText, SaysWhenWhereWhatAndWhy) {
  const Time now = whole_now();
  const std::string text = plan_text(Answer::parse(waiting_plan(now)).value(), now);
  for (const char* part :
       {"(in 5h)", "within a minute in 13 % of the draws", "n[1-2] in s/a, 16 GPUs (in 75 % of the draws)",
        "192 GPU-hours at its time limit of 12h, 16 at 1h, as long as half of those like it run",
        "it needs 16 GPUs and 4 GPUs are free", "1 task at least, in place of 2  at once, 5h sooner",
        "a time limit of 6h              ", "3h sooner; 90 % of those like it end by then",
        "nothing was submitted\n"}) {
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  }
}

TEST(PlanText, OfAStartAtOnceIsCertain) {
  const Time now = whole_now();
  const std::string text = plan_text(
      Answer::parse(R"({"starts_at_once":true,"chance_at_once":1,"forecast":)" + forecast_at(now) +
                    R"(,"place":{"pool":"s/a","where":"n1","nodes":1,"tasks":1,"chance":1,"gpus":1},"changes":[]})")
          .value(),
      now);
  EXPECT_EQ(text, "starts     at once\nwhere      n1 in s/a, 1 GPU\nnothing was submitted\n");
}

TEST(PlanText, SaysHowLikelyItStartsInTimeAndWhenAllHaveStarted) {
  const Time now = whole_now();
  const std::string text = plan_text(
      Answer::parse(R"({"count":3,"starts_at_once":false,"chance_at_once":0,"forecast":)" +
                    forecast_at(now + hours(1)) + R"(,"last":)" + forecast_at(now + hours(2)) +
                    R"(,"start_by":{"at":")" + dure::to_text(now + hours(3)) + R"(","chance":0.5},"changes":[]})")
          .value(),
      now);
  EXPECT_TRUE(has(text, "all by     3 jobs; ")) << text;
  EXPECT_TRUE(has(text, "(in 3h), in 50 % of the draws; else it ends as expired")) << text;
  EXPECT_FALSE(has(text, "at once")) << text;
}

TEST(Submit, PlansInPlaceOfSubmitting) {
  FakeServer server;
  server.on("POST /v1/plans", waiting_plan(now_by_clock()));
  Connection connection = server.connection();
  TestConsole screen;
  EXPECT_EQ(submit({.words = {"true"}, .plan = true}, {}, connection, screen.console).value(), 0);
  EXPECT_TRUE(has(screen.out(), "nothing was submitted\n")) << screen.out();
  ASSERT_EQ(server.changes().size(), 1U);
  EXPECT_TRUE(server.changes().front().starts_with("POST /v1/plans ")) << server.changes().front();
  EXPECT_EQ(submit({.words = {"true"}, .wait = true, .plan = true}, {}, connection, screen.console).error().message,
            "--wait: found beside --plan, which submits nothing; leave it out");
}

TEST(Submit, TellsThatItWillHardlyStartInTime) {
  FakeServer server;
  server.on("POST /v1/jobs",
            R"({"jobs":[{"id":7,"count":1}],"sequence":9,"warning":"it starts by noon in 1 of 16 draws"})", 201);
  Connection connection = server.connection();
  TestConsole screen;
  EXPECT_EQ(submit({.words = {"true"}, .deadline = "warn"}, {}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(), "submitted job 7\n");
  EXPECT_TRUE(has(screen.err(), "it starts by noon in 1 of 16 draws")) << screen.err();
  EXPECT_EQ(server.requests().back().parameter("deadline"), "warn");
  EXPECT_EQ(submit({.words = {"true"}, .deadline = "warn", .plan = true}, {}, connection, screen.console).error().code,
            Code::invalid_argument);
}

TEST(Submit, TellsWhatThePlanIsRefusedFor) {
  FakeServer server;
  server.refuse("POST /v1/plans", 503, "this server makes no forecasts, and so no plans");
  Connection connection = server.connection();
  TestConsole screen;
  EXPECT_EQ(submit({.words = {"true"}, .plan = true}, {}, connection, screen.console).error().code, Code::unavailable);
}

}  // namespace
}  // namespace dure::cli
