// Forecasts made over a whole run and held against what happened, and against what could be said without them.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dure/forecast/forecaster.h"
#include "dure/forecast/track_record.h"
#include "dure/runtime/ports.h"
#include "dure/simulate/csv_file.h"
#include "dure/simulate/forecast_summary.h"
#include "dure/simulate/scenario.h"
#include "dure/world/world.h"

namespace dure::simulate {

// What draws are run with: what the scenario itself is, but for its faults.
struct DrawSetup {
  forecast::MakePolicy make_policy;
  WorldOptions world;
  std::uint32_t threads = 1;
};

// Forecasts each job that does not start at once, and every so often all that wait. Scored are those that wait, as
// nobody else needs to know. What it says goes by facts alone, never by what the world knows.
class ForecastScores final : public Observer {
 public:
  // `world` must outlive it. `file`: where forecasts.csv goes; none if it is not wanted.
  ForecastScores(const ForecastSpec& spec, const DrawSetup& setup, const World& world, std::optional<CsvFile> file);

  static Result<CsvFile> create_csv(const std::filesystem::path& path);

  // The next turn is at `next`: makes the forecasts that are due before.
  void before_turn(const State& state, Time next);
  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State& state, bool is_settled) override;

  ForecastSummary summary() const;
  Result<void> close() { return file_ ? file_->close() : Result<void>{}; }

 private:
  struct Said {
    forecast::Quantiles similar{};
    forecast::Quantiles user{};
    forecast::Quantiles time_limits{};
    std::uint32_t size = 0;
  };
  struct PastWait {
    Time started;
    double wait = 0;  // seconds
  };

  void forecast(const State& state, Time now, const std::vector<JobId>& jobs);
  void take_outcome(const forecast::Forecast& forecast, double seconds);
  void note_start(const State& state, const Job& job, Time now);
  forecast::Quantiles by_similar(std::uint32_t size, Time now, double waited) const;
  double by_user(UserId user, double waited) const;

  ForecastSpec spec_;
  const World& world_;
  std::optional<CsvFile> file_;
  forecast::Forecaster forecaster_;
  std::vector<JobId> new_;  // submitted in this turn
  std::optional<Time> due_;
  std::map<std::uint32_t, std::deque<PastWait>> waits_;            // of the last day, by size
  std::unordered_map<std::uint32_t, std::vector<float>> of_user_;  // all waits
  std::unordered_map<std::uint64_t, Said> said_;                   // by number of the forecast
  std::array<forecast::TrackRecord, teller_count> records_;
};

}  // namespace dure::simulate
