// Forecasts when pending jobs start, and learns from what then happens.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "dure/base/heap.h"
#include "dure/base/time.h"
#include "dure/forecast/calibration.h"
#include "dure/forecast/demand_seen.h"
#include "dure/forecast/draw.h"
#include "dure/forecast/plan.h"
#include "dure/forecast/quantiles.h"
#include "dure/forecast/run_times.h"
#include "dure/runtime/ports.h"

namespace dure::forecast {

struct ForecastOptions {
  std::uint32_t draws = 16;     // >= 2
  std::uint32_t threads = 1;    // >= 1, on which they run
  Duration horizon = days(30);  // what starts later is said not to start within it
  std::uint64_t seed = 1;
  WorldOptions world;  // in which draws run on
  // Of each job keeps the first forecast, and each that is twice as far from it as the last kept: O(log of its wait).
  bool keeps_few = false;
  // Once true, a pass ends soon and forecasts nothing. May be null; else it outlives the forecaster.
  const std::atomic<bool>* is_closed = nullptr;
  // Called on the thread that asked for a pass, before each draw that it makes. May be empty.
  std::function<void()> give_way = {};
};

struct Forecast {
  std::uint64_t number = 0;  // in the order in which they were made
  JobId job;
  Time made;
  std::vector<double> drawn;  // seconds until it starts, by draw, ascending
  Quantiles start{};          // corrected
};

// A forecast, and how many seconds after it the job started.
using Outcomes = std::function<void(const Forecast& forecast, double seconds)>;

// Learns from facts, which it must hear all of, and of nothing else. One thread owns it; draws run on others while it
// waits for them.
class Forecaster final : public Observer {
 public:
  // `on_outcome` may be empty.
  Forecaster(ForecastOptions options, MakePolicy make_policy, Outcomes on_outcome);

  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State&, bool) override {}

  // What is known from elsewhere: a job of that kind worked for so long, > 0, and ended.
  void learn_run(const Likeness& likeness, Duration ran) { run_times_.learn(likeness, ran); }

  // Of each of these pending or held jobs, in order. `state` is as it is after the last turn until `now`. They are kept
  // until the jobs start, and then learnt from.
  std::vector<Forecast> forecast(const State& state, Time now, std::span<const JobId> jobs);

  // What comes of it if `wish`, which is not empty, is submitted at `now`, by draws with the same seeds whatever is
  // asked. Nothing is kept of it, and nothing learnt. `state` is as it is after the last turn until `now`. Fails as the
  // submission would, and with Code::unavailable once closed. Takes the memory of a second state and policy. As long as
  // `submit_into`, and as draws take until the job has started.
  Result<Plan> plan(State state, Time now, Wish wish, const PlanLimits& limits) const;

  // When they would start if every job ran for as long as its time limit, and no more came: what schedulers say that
  // know nothing else. Seconds from now; infinity where not within the horizon.
  std::vector<double> by_time_limits(const State& state, Time now, std::span<const JobId> jobs) const;

 private:
  // Of a forecast whose outcome is not known in full.
  struct Open {
    Forecast forecast;
    std::array<bool, quantile_count> known{};  // whether it starts no later than each quantile
  };
  // When it will be known that a job has not started by a quantile of a forecast.
  struct Due {
    Time at;
    JobId job;
    std::uint64_t forecast = 0;
    std::uint8_t quantile = 0;
    bool operator<(const Due& other) const {
      return std::tie(at, forecast, quantile) < std::tie(other.at, other.forecast, other.quantile);
    }
  };

  void resolve(const State& state, JobId job, Time start);
  void pass_due(const State& state, Time now);
  void keep(Forecast forecast);
  bool is_closed() const { return options_.is_closed != nullptr && *options_.is_closed; }
  Outset outset(const State& state, Time now) const;
  std::vector<Time> draw(const State& state, Time now, std::span<const JobId> jobs, std::uint64_t seed) const;
  // Both references must outlive it.
  RunLeft run_left_by(const State& state, Time now, Random& random) const;
  std::vector<DrawnStart> draw_of_plan(const State& state, Time now, std::span<const JobId> jobs,
                                       std::uint32_t draw) const;
  void draw_plan(const State& state, std::span<const JobId> jobs, const PlanLimits& limits, Plan& plan) const;
  std::vector<std::int64_t> runs_like(const State& state, const JobSpec& spec) const;

  ForecastOptions options_;
  MakePolicy make_policy_;
  Outcomes on_outcome_;
  RunTimes run_times_;
  DemandSeen demand_;
  Calibration calibration_;
  std::map<JobId, std::vector<Open>> open_;
  Heap<Due> due_;
  std::uint64_t made_ = 0;
  std::uint64_t passes_ = 0;
};

}  // namespace dure::forecast
