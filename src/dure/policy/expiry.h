// Until when a job that has never run is of use.
#pragma once

#include "dure/base/time.h"
#include "dure/work/job.h"

namespace dure {

// When the job ends if it has not run by then: a start at that time is too late. `Time::never()` if it has run, or its
// user set no such time.
inline Time expires(const Job& job) { return job.was_running ? Time::never() : job.start_by.value_or(Time::never()); }

inline bool may_expire(const Job& job) { return expires(job) != Time::never(); }

// Whether a start then is too late for the job.
inline bool is_too_late(const Job& job, Time start) { return start >= expires(job); }

}  // namespace dure
