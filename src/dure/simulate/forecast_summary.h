// How well forecasts were borne out over a run, and how well others would have been.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dure/forecast/horizon.h"
#include "dure/forecast/track_record.h"

namespace dure::simulate {

// Who says when jobs start: we; we before correction; and what users and schedulers go by otherwise.
enum class Teller : std::uint8_t {
  dure,
  drawn,        // the draws as they are
  similar,      // the median wait of jobs of like size that started within a day, of those that waited longer so far
  user,         // the user's own mean wait, likewise
  time_limits,  // the same policy run forward with time limits: what Slurm does
};
constexpr std::size_t teller_count = 5;
constexpr std::array<std::string_view, teller_count> teller_names{"dure", "drawn", "similar", "user", "time_limits"};

struct ForecastSummary {
  std::array<forecast::Accuracy, teller_count> all;
  std::array<std::array<forecast::Accuracy, forecast::horizon_count>, teller_count> by_horizon;
};

}  // namespace dure::simulate
