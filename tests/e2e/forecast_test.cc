// When jobs start, as a real server says before they do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

// A server of four devices, and a job on all of them that runs until `open_gate`.
class Forecasts : public testing::Test {
 protected:
  std::string start_with(const std::string& configuration) {
    std::ofstream(folder_.path() / "server.yaml") << "devices: {emulated: 4}\n" << configuration;
    server_.emplace(folder_.path() / "data",
                    std::vector<std::string>{"--config", (folder_.path() / "server.yaml").string()});
    std::string error = server_->start();
    cli_.emplace(*server_, folder_.path());
    return error;
  }
  std::string submit_gate() {
    return cli_->submit({"-n", "gate", "--gpus", "4", "--time", "5m", "--", "sh", "-c",
                         fmt::format("while [ ! -e {} ]; do sleep 0.02; done", (folder_.path() / "gate").string())});
  }
  void open_gate() { cli_->write("gate", ""); }
  // Asks until the answer is so; null if it is not within a minute.
  boost::json::value ask_until(const std::vector<std::string>& words,
                               const std::function<bool(const boost::json::object&)>& is_so) {
    for (const auto deadline = in_seconds(60); Clock::now() < deadline;) {
      boost::json::value answer = cli_->json(words);
      if (answer.is_null() || is_so(answer.as_object())) return answer;
    }
    return {};
  }

  TempFolder folder_;
  std::optional<ServerProcess> server_;
  std::optional<Cli> cli_;
};

TEST_F(Forecasts, WhoWaitsIsToldWhenAndIsHeldAgainstIt) {
  ASSERT_EQ(start_with("forecast: {every: 1s, draws: 4}\n"), "");
  const std::string gate = submit_gate();
  const std::string job = cli_->submit({"-n", "next", "--gpus", "1", "--time", "1h", "--", "true"});
  const std::string held = cli_->submit({"-n", "held", "--gpus", "1", "--hold", "--", "true"});

  const boost::json::value told = ask_until({"show", job}, [](const auto& row) { return row.contains("forecast"); });
  ASSERT_TRUE(told.is_object());
  const boost::json::object& forecast = told.at("forecast").as_object();
  EXPECT_FALSE(forecast.at("beyond_horizon").as_bool());
  EXPECT_EQ(forecast.at("draws_within").to_number<int>(), 4);
  EXPECT_LE(forecast.at("made").as_string(), forecast.at("p10").as_string());
  EXPECT_LE(forecast.at("p10").as_string(), forecast.at("p50").as_string());
  EXPECT_LE(forecast.at("p50").as_string(), forecast.at("p90").as_string());
  const boost::json::value all = cli_->json({"forecast"});
  ASSERT_EQ(all.at("jobs").as_array().size(), 1U) << boost::json::serialize(all);
  EXPECT_EQ(std::to_string(all.at("jobs").as_array()[0].at("id").to_number<int>()), job);
  EXPECT_FALSE(all.at("jobs").as_array()[0].at("reasons").as_array().empty());
  EXPECT_TRUE(cli_->json({"why", job}).as_object().contains("forecast"));
  EXPECT_FALSE(cli_->json({"show", gate}).as_object().contains("forecast"));
  EXPECT_FALSE(cli_->json({"show", held}).as_object().contains("forecast"));
  EXPECT_NE(cli_->run({"forecast", job}).output.find("next"), std::string::npos);
  EXPECT_EQ(cli_->run({"forecast", "--tenant", "nobody"}).code, 4);

  open_gate();
  EXPECT_EQ(cli_->run({"wait", gate, job}).code, 0);
  const boost::json::value record = ask_until({"forecast", "--record"}, [](const auto& answer) {
    return answer.at("all").at("forecasts").template to_number<int>() > 0;
  });
  ASSERT_TRUE(record.is_object()) << "what came of it was not taken down";
  EXPECT_EQ(record.at("by_size").as_array().size(), 1U);
  http::Client client = server_->client();
  const auto metrics = client.send(http::Method::get, "/metrics");
  ASSERT_TRUE(metrics);
  EXPECT_NE(metrics->body.find("dure_forecast_pass_seconds"), std::string::npos);
  EXPECT_NE(metrics->body.find("dure_forecast_covered{horizon="), std::string::npos);
}

TEST_F(Forecasts, AreMadeAnewAfterACrash) {
  ASSERT_EQ(start_with("forecast: {draws: 4}\n"), "");
  submit_gate();
  const std::string job = cli_->submit({"-n", "next", "--gpus", "1", "--time", "1h", "--", "true"});
  server_->kill();
  ASSERT_EQ(server_->start_again(), "");
  EXPECT_TRUE(ask_until({"show", job}, [](const auto& row) { return row.contains("forecast"); }).is_object());
  open_gate();
}

// Before it is submitted; then the same job is.
TEST_F(Forecasts, WhatIsPlannedOnAQuietEstateIsWhatHappens) {
  ASSERT_EQ(start_with("forecast: {draws: 4}\n"), "");
  cli_->write("job.yaml", "name: train\nper_task: {gpus: 2}\ntime_limit: 1h\nscript: sleep 30\n");
  const boost::json::value plan = cli_->json({"submit", "job.yaml", "--plan"});
  ASSERT_TRUE(plan.is_object());
  EXPECT_TRUE(plan.at("starts_at_once").as_bool());
  EXPECT_EQ(plan.at("cost").at("hours_at_limit").to_number<double>(), 2);
  EXPECT_TRUE(cli_->json({"queue", "--all"}).at("jobs").as_array().empty()) << "a plan submits nothing";
  const std::string job = cli_->submit({"job.yaml"});
  const boost::json::value row = ask_until({"show", job}, [](const auto& it) { return it.contains("where"); });
  ASSERT_TRUE(row.is_object());
  EXPECT_EQ(plan.at("place").at("pool"), row.at("pool"));
  EXPECT_EQ(plan.at("place").at("where"), row.at("where"));
  EXPECT_EQ(plan.at("place").at("gpus").to_number<std::size_t>(), row.at("devices").as_array().size());
  EXPECT_EQ(cli_->run({"cancel", job}).code, 0);
}

TEST_F(Forecasts, APlanOnAFullEstateSaysWhenWhyAndWhatWouldHelp) {
  ASSERT_EQ(start_with("forecast: {draws: 4}\n"), "");
  const std::string half = cli_->submit({"-n", "half", "--gpus", "2", "--time", "2h", "--", "sleep", "300"});
  ASSERT_TRUE(ask_until({"show", half}, [](const auto& it) { return it.contains("where"); }).is_object());
  const std::vector<std::string> words{"submit", "--plan", "--gpus", "4", "--time", "1h", "--", "true"};
  const boost::json::value plan = cli_->json(words);
  ASSERT_TRUE(plan.is_object());
  EXPECT_FALSE(plan.at("starts_at_once").as_bool());
  EXPECT_EQ(plan.at("forecast").at("draws").to_number<int>(), 4);
  EXPECT_EQ(plan.at("reasons").as_array().size(), 1U);
  ASSERT_FALSE(plan.at("changes").as_array().empty()) << boost::json::serialize(plan);
  const boost::json::value& change = plan.at("changes").as_array().front();
  EXPECT_EQ(change.at("code").as_string(), "fewer_gpus");
  EXPECT_TRUE(change.at("starts_at_once").as_bool());
  const std::string text = cli_->run(words).output;
  EXPECT_NE(text.find("2 GPUs, in place of 4"), std::string::npos) << text;
  EXPECT_EQ(cli_->json({"queue"}).at("jobs").as_array().size(), 1U);

  // It is refused as the submission would be.
  const auto submitted = cli_->run({"submit", "--gpus", "5", "--", "true"});
  const auto planned = cli_->run({"submit", "--plan", "--gpus", "5", "--", "true"});
  EXPECT_EQ(planned.errors, submitted.errors);
  EXPECT_EQ(planned.code, submitted.code);
  EXPECT_NE(planned.code, 0);
  EXPECT_EQ(cli_->run({"submit", "--plan", "--hold", "--", "true"}).code, 2);
  EXPECT_EQ(cli_->run({"cancel", half}).code, 0);
}

// The gate stays for its five minutes, as far as anybody knows; it is as certain that nothing starts in a millisecond.
TEST_F(Forecasts, ADeadlineIsJudgedAtTheSubmission) {
  ASSERT_EQ(start_with("forecast: {draws: 4}\n"), "");
  const std::string gate = submit_gate();
  ASSERT_TRUE(ask_until({"show", gate}, [](const auto& it) { return it.contains("where"); }).is_object());
  const auto words = [](const char* start_by, const char* deadline) {
    return std::vector<std::string>{"submit",     "--gpus", "4",  "--start-by", start_by,
                                    "--deadline", deadline, "--", "true"};
  };
  const auto refused = cli_->run(words("1s", "refuse"));
  EXPECT_NE(refused.code, 0);
  EXPECT_NE(refused.errors.find("in 0 of 4 draws; nothing was submitted"), std::string::npos) << refused.errors;
  EXPECT_EQ(cli_->json({"queue"}).at("jobs").as_array().size(), 1U);

  const boost::json::value likely = cli_->json(words("1h", "refuse"));
  EXPECT_EQ(likely.at("start_by").at("chance").to_number<double>(), 1);
  EXPECT_FALSE(likely.as_object().contains("warning"));
  const boost::json::value warned = cli_->json(words("1s", "warn"));
  ASSERT_TRUE(warned.is_object());
  EXPECT_EQ(warned.at("start_by").at("chance").to_number<double>(), 0);
  EXPECT_NE(warned.at("warning").as_string().find("in 0 of 4 draws"), std::string::npos);
  const std::string missed = std::to_string(warned.at("jobs").at(0).at("id").to_number<int>());
  const boost::json::value row =
      ask_until({"show", missed}, [](const auto& it) { return it.at("state").as_string() == "ended"; });
  ASSERT_TRUE(row.is_object());
  EXPECT_EQ(row.at("outcome").as_string(), "expired") << "a deadline that was missed is told";
  EXPECT_NE(cli_->run({"submit", "--deadline", "warn", "--", "true"}).errors.find("with start_by"), std::string::npos);
  open_gate();
}

TEST_F(Forecasts, MayBeOff) {
  EXPECT_NE(start_with("forecast: {draws: 1}\n").find("forecast.draws: found 1"), std::string::npos);
  ASSERT_EQ(start_with("forecast: off\n"), "");
  EXPECT_FALSE(cli_->json({"forecast"}).at("is_on").as_bool());
  EXPECT_FALSE(cli_->json({"forecast", "--record"}).at("is_on").as_bool());
  EXPECT_NE(cli_->run({"forecast"}).output.find("makes no forecasts"), std::string::npos);
  EXPECT_NE(cli_->run({"submit", "--plan", "--", "true"}).errors.find("and so no plans"), std::string::npos);
  http::Client client = server_->client();
  EXPECT_EQ(client.send(http::Method::get, "/metrics")->body.find("dure_forecast"), std::string::npos);
}

}  // namespace
}  // namespace dure::e2e
