// Lists of jobs: which, in what order, a page at a time.
#pragma once

#include "dure/api/route.h"

namespace dure::api {

Answer list_jobs(const Call& call);
Answer list_forecasts(const Call& call);

}  // namespace dure::api
