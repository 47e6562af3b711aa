// When a job is expected to start, as a person reads it.
#pragma once

#include <string>

#include "dure/base/time.h"
#include "dure/cli/answer.h"

namespace dure::cli {

// `14:05 (in 25m)`; `now` for what should have been by now; `> 7d` for what lies beyond the horizon. `quantile`: p10,
// p50 or p90 of a forecast.
std::string quantile_text(const Answer& forecast, const char* quantile, Time now);

// `14:05 (in 25m), between 13:50 (in 10m) and 16:00 (in 2h20m)`; empty if there is no forecast.
std::string expected_text(const Answer& forecast, Time now);

}  // namespace dure::cli
