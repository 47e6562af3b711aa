#include "dure/api/forecasts.h"

#include <algorithm>

namespace dure::api {

const StartForecast* Forecasts::find(const Job& job) const {
  const auto found = std::lower_bound(jobs.begin(), jobs.end(), job.id,
                                      [](const StartForecast& forecast, JobId id) { return forecast.job < id; });
  if (found == jobs.end() || found->job != job.id) return nullptr;
  return job.awaits_start() && found->made >= std::max(job.submitted, job.ordered) ? &*found : nullptr;
}

}  // namespace dure::api
