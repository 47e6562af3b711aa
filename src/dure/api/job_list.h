// Lists of jobs: which, in what order, a page at a time.
#pragma once

#include "dure/api/route.h"

namespace dure::api {

// Whether it may have to look at every job there is.
bool is_scan(const http::Request& request);
Answer list_jobs(const Call& call);
Answer list_forecasts(const Call& call);

}  // namespace dure::api
