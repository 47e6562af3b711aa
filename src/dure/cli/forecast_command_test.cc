#include "dure/cli/forecast_command.h"

#include <gtest/gtest.h>

#include "dure/cli/forecast_text.h"
#include "dure/cli/show_command.h"
#include "dure/cli/test_console.h"
#include "dure/cli/test_fake_server.h"
#include "dure/cli/time_text.h"

namespace dure::cli {
namespace {

// Two hours from now on, and five; beyond the horizon at worst.
std::string forecast_of(Time now) {
  return R"("forecast":{"made":")" + dure::to_text(now) + R"(","p10":")" + dure::to_text(now + hours(2)) +
         R"(","p50":")" + dure::to_text(now + hours(5)) +
         R"(","draws":16,"draws_within":12,"horizon_s":604800,"beyond_horizon":false})";
}

std::string job_of(const std::string& rest) {
  return R"({"id":7,"name":"big","tenant":"lab","state":"pending","tasks":{"min":2,"max":2},)"
         R"("per_task":{"gpus":8},"reasons":["it needs 16 GPUs and 4 GPUs are free"])" +
         rest + "}";
}

TEST(Forecast, ListsWhenAndWhy) {
  FakeServer server;
  const Time now = now_by_clock();
  server.on("GET /v1/forecasts", R"({"is_on":true,"jobs":[)" + job_of("," + forecast_of(now)) +
                                     R"(],"next":null,"sequence":1,"now":")" + dure::to_text(now) + R"("})");
  Connection connection = server.connection();
  TestConsole screen;
  EXPECT_EQ(forecast({.tenant = "lab"}, connection, screen.console).value(), 0);
  const std::string text = screen.out();
  EXPECT_NE(text.find("2 × 8 GPUs"), std::string::npos) << text;
  EXPECT_NE(text.find("(in 2h)"), std::string::npos) << text;
  EXPECT_NE(text.find("(in 5h)"), std::string::npos) << text;
  EXPECT_NE(text.find("> 7d"), std::string::npos) << text;
  EXPECT_NE(text.find("it needs 16 GPUs"), std::string::npos) << text;
  EXPECT_EQ(server.requests().back().parameter("tenant"), "lab");
}

TEST(Forecast, SaysThatTheServerMakesNone) {
  FakeServer server;
  server.on("GET /v1/forecasts", R"({"is_on":false,"jobs":[],"next":null,"sequence":1,"now":"2026-11-24T00:00:00Z"})");
  Connection connection = server.connection();
  TestConsole screen;
  EXPECT_EQ(forecast({}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(),
            "this server makes no forecasts; an operator turns them on with `forecast:` in its configuration\n");
}

TEST(Forecast, SaysOfANamedJobThatItRuns) {
  FakeServer server;
  server.on("GET /v1/jobs/7",
            R"({"id":7,"name":"big","state":"running","tasks":{"min":1,"max":1},"per_task":{"gpus":1}})");
  Connection connection = server.connection();
  TestConsole screen;
  EXPECT_EQ(forecast({.jobs = {"7"}}, connection, screen.console).value(), 0);
  EXPECT_NE(screen.out().find("running"), std::string::npos) << screen.out();
}

TEST(Forecast, DrawsItsRecord) {
  FakeServer server;
  server.on("GET /v1/forecasts/record",
            R"({"is_on":true,"all":{"forecasts":40,"covered":0.8,"median_error_s":90,"median_width_s":600},)"
            R"("by_horizon":[{"horizon":"10m","forecasts":40,"covered":0.8,"median_error_s":90,"median_width_s":600}],)"
            R"("by_size":[{"from":8,"below":16,"by_horizon":[)"
            R"({"horizon":"beyond","forecasts":4,"covered":0.75,"median_error_s":7200,"median_width_s":86400}]}]})");
  Connection connection = server.connection();
  TestConsole screen;
  EXPECT_EQ(forecast({.record = true}, connection, screen.console).value(), 0);
  EXPECT_EQ(screen.out(),
            "SIZE  AHEAD  FORECASTS  COVERED  MEDIAN ERROR  MEDIAN WIDTH\n"
            "all   all           40     80 %         1m30s           10m\n"
            "all   < 10m         40     80 %         1m30s           10m\n"
            "8-15  > 24h          4     75 %            2h            1d\n"
            "covered: the part that started between p10 and p90; 80 % is meant\n");
}

TEST(Forecast, RefusesARecordOfSomeJobs) {
  FakeServer server;
  Connection connection = server.connection();
  TestConsole screen;
  const auto done = forecast({.jobs = {"7"}, .record = true}, connection, screen.console);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "--record is of the whole estate; leave jobs and --tenant away");
}

TEST(ExpectedText, SaysNowForWhatShouldHaveBeenByNow) {
  const auto forecast = Answer::parse(
      R"({"p10":"2026-11-24T00:00:00Z","p50":"2026-11-24T00:00:00Z","horizon_s":86400,"beyond_horizon":false})");
  EXPECT_EQ(expected_text(*forecast, now_by_clock() + days(365)), "now, between now and > 1d (4 in 5)");
}

TEST(ExpectedText, SaysThatItIsNotExpected) {
  const auto forecast = Answer::parse(R"({"horizon_s":604800,"beyond_horizon":true})");
  EXPECT_EQ(expected_text(*forecast, now_by_clock()), "not within the next 7d");
  EXPECT_EQ(expected_text(Answer{}, now_by_clock()), "");
}

TEST(Show, SaysWhenAJobIsExpected) {
  FakeServer server;
  const Time now = now_by_clock();
  server.on("GET /v1/jobs/7", job_of("," + forecast_of(now)));
  server.on("GET /v1/jobs/7/why",
            R"({"id":7,"state":"pending","blockers":[{"code":"turn","detail":"its turn"}],"changes":[],)" +
                forecast_of(now) + "}");
  Connection connection = server.connection();
  TestConsole screen;
  EXPECT_EQ(show({.jobs = {"7"}}, connection, screen.console).value(), 0);
  EXPECT_NE(screen.out().find("expected    "), std::string::npos) << screen.out();
  EXPECT_EQ(why({.jobs = {"7"}}, connection, screen.console).value(), 0);
  EXPECT_NE(screen.out().find("it is expected to start: "), std::string::npos) << screen.out();
}

}  // namespace
}  // namespace dure::cli
