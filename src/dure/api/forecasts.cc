#include "dure/api/forecasts.h"

#include <algorithm>

namespace dure::api {

StartForecast start_forecast(JobId job, Time made, const forecast::Quantiles& start, std::span<const double> drawn,
                             Duration horizon) {
  const double longest = static_cast<double>(horizon.ns) * 1e-9;
  StartForecast told{.job = job, .made = made, .start = {}};
  for (std::size_t q = 0; q < told.start.size(); ++q) {
    const bool is_within = start[q] < longest;
    told.start[q] = is_within ? made + Duration{static_cast<std::int64_t>(start[q] * 1e9)} : Time::never();
  }
  const auto is_within = [&](double seconds) { return seconds <= longest; };
  told.draws_within = static_cast<std::uint32_t>(std::count_if(drawn.begin(), drawn.end(), is_within));
  return told;
}

const StartForecast* Forecasts::find(const Job& job) const {
  const auto found = std::lower_bound(jobs.begin(), jobs.end(), job.id,
                                      [](const StartForecast& forecast, JobId id) { return forecast.job < id; });
  if (found == jobs.end() || found->job != job.id) return nullptr;
  return job.awaits_start() && found->made >= std::max(job.submitted, job.ordered) ? &*found : nullptr;
}

}  // namespace dure::api
