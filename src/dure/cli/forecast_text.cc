#include "dure/cli/forecast_text.h"

#include <fmt/format.h>

#include "dure/cli/time_text.h"

namespace dure::cli {

std::string quantile_text(const Answer& forecast, const char* quantile, Time now) {
  const auto time = forecast[quantile].time();
  if (!time) return "> " + short_text(seconds(forecast["horizon_s"].integer()));
  return *time <= now ? "now" : when_text(*time, now);
}

std::string expected_text(const Answer& forecast, Time now) {
  if (!forecast.exists()) return "";
  if (forecast["beyond_horizon"].is_true()) {
    return "not within the next " + short_text(seconds(forecast["horizon_s"].integer()));
  }
  return fmt::format("{}, between {} and {} (4 in 5)", quantile_text(forecast, "p50", now),
                     quantile_text(forecast, "p10", now), quantile_text(forecast, "p90", now));
}

}  // namespace dure::cli
