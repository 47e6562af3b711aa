#include "dure/api/forecasts.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "dure/api/forecast_json.h"

namespace dure::api {
namespace {

Time at(std::int64_t second) { return Time{} + seconds(second); }

Forecasts some() {
  return {.every = minutes(5),
          .horizon = days(7),
          .draws = 16,
          .jobs = {{.job = JobId{3}, .made = at(100), .start = {at(200), at(300), Time::never()}, .draws_within = 12},
                   {.job = JobId{7}, .made = at(100), .start = {Time::never(), Time::never(), Time::never()}}},
          .by_size = {}};
}

TEST(Forecasts, AreFoundByTheJobThatWaits) {
  const Forecasts forecasts = some();
  EXPECT_EQ(forecasts.find({.id = JobId{3}})->start[1], at(300));
  EXPECT_EQ(forecasts.find({.id = JobId{7}})->start[0], Time::never());
  EXPECT_EQ(forecasts.find({.id = JobId{5}}), nullptr);
  EXPECT_EQ(forecasts.find({.id = JobId{8}}), nullptr);
}

TEST(Forecasts, SayNothingOfWhoRunsOrIsHeldByItsUser) {
  const Forecasts forecasts = some();
  EXPECT_EQ(forecasts.find({.id = JobId{3}, .state = JobState::running}), nullptr);
  EXPECT_EQ(forecasts.find({.id = JobId{3}, .state = JobState::held, .is_user_held = true}), nullptr);
  EXPECT_NE(forecasts.find({.id = JobId{3}, .state = JobState::held, .waits_for = 1}), nullptr);
}

TEST(Forecasts, OfBeforeAnEvictionSayNothing) {
  const Forecasts forecasts = some();
  EXPECT_NE(forecasts.find({.id = JobId{3}, .ordered = at(100)}), nullptr);
  EXPECT_EQ(forecasts.find({.id = JobId{3}, .ordered = at(101)}), nullptr);
}

TEST(ForecastJson, LeavesOutWhatLiesBeyondTheHorizon) {
  const Forecasts forecasts = some();
  EXPECT_EQ(boost::json::serialize(to_json(forecasts.jobs[0], forecasts)),
            R"({"made":"1970-01-01T00:01:40Z","draws":16,"draws_within":12,"horizon_s":604800,)"
            R"("beyond_horizon":false,"p10":"1970-01-01T00:03:20Z","p50":"1970-01-01T00:05:00Z"})");
  EXPECT_EQ(boost::json::serialize(to_json(forecasts.jobs[1], forecasts)),
            R"({"made":"1970-01-01T00:01:40Z","draws":16,"draws_within":0,"horizon_s":604800,"beyond_horizon":true})");
}

TEST(ForecastJson, LeavesOutHorizonsOfWhichNothingCame) {
  Forecasts forecasts = some();
  forecasts.made = at(100);
  forecasts.pass_seconds = 1.25;
  forecasts.by_size[4].by_horizon[4] = {
      .forecasts = 3, .covered = 2.0 / 3, .median_width = 86'400.4, .median_error = 59.5};
  EXPECT_EQ(boost::json::serialize(record_json(forecasts)),
            R"({"is_on":true,"since":"1970-01-01T00:00:00Z","every_s":300,"draws":16,"horizon_s":604800,)"
            R"("all":{"forecasts":0,"covered":0E0,"median_error_s":0,"median_width_s":0},"by_horizon":[],)"
            R"("made":"1970-01-01T00:01:40Z","pass_s":1.25E0,"by_size":[{"from":8,"below":16,"by_horizon":[)"
            R"({"forecasts":3,"covered":6.67E-1,"median_error_s":60,"median_width_s":86400,"horizon":"beyond"}]}]})");
}

}  // namespace
}  // namespace dure::api
