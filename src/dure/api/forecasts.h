// What the server expects of jobs that wait, and how well it has done so: one moment, never changed once published.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/forecast/quantiles.h"
#include "dure/forecast/track_record.h"
#include "dure/work/job.h"

namespace dure::api {

struct StartForecast {
  JobId job;
  Time made;
  std::array<Time, forecast::quantile_count> start;  // never(): beyond the horizon
  std::uint32_t draws_within = 0;                    // that started it within the horizon
};

// What is told of a forecast: what lies beyond the horizon is cut off. `drawn` as in forecast::Forecast. O(drawn).
StartForecast start_forecast(JobId job, Time made, const forecast::Quantiles& start, std::span<const double> drawn,
                             Duration horizon);

// How forecasts came out, by horizon; seconds.
struct HorizonRecord {
  std::array<forecast::Accuracy, forecast::horizon_count> by_horizon;
};

struct Forecasts {
  Duration every;
  Duration horizon;
  std::uint32_t draws = 0;
  std::vector<StartForecast> jobs;  // by job
  std::optional<Time> made;         // the last pass over all that wait
  double pass_seconds = 0;          // that it took
  Time since;                       // since when the record is kept
  forecast::Accuracy all;
  HorizonRecord of_all_sizes;
  std::map<std::uint32_t, HorizonRecord> by_size;  // by size class (forecast/size_class.h)

  // Nullptr if there is none, or if the job was ordered to start after it was made. O(log jobs).
  const StartForecast* find(const Job& job) const;
};

}  // namespace dure::api
