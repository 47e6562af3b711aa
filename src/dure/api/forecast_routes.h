// What can be asked about forecasts as such; those of jobs stand with the jobs (job_routes.h).
#pragma once

#include "dure/api/route.h"

namespace dure::api {

Answer show_forecast_record(const Call& call);

}  // namespace dure::api
