// What can be asked about jobs and of them.
#pragma once

#include "dure/api/plans.h"
#include "dure/api/route.h"

namespace dure::api {

Answer submit_jobs(const Call& call);
Answer plan_job(const Call& call);
// What came of that. `call` is of who asked, with the view by which its names were read.
http::Response tell_plan(const Call& call, const Result<JobPlan>& plan);
// Where no forecasts are made.
Error no_plans();
Answer show_job(const Call& call);
Answer list_job_events(const Call& call);
Answer why_job(const Call& call);
Answer cancel_job(const Call& call);
Answer hold_job(const Call& call);
Answer release_job(const Call& call);
Answer change_job(const Call& call);
Answer read_log(const Call& call);

}  // namespace dure::api
