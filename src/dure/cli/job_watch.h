// Waits for jobs to end, by the server's events.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "dure/cli/connection.h"
#include "dure/cli/patience.h"

namespace dure::cli {

// Calls `on_end` with the row of each job as it ends, in that order. A server that restarts meanwhile is waited for.
Result<void> wait_for_jobs(Connection& connection, const std::vector<std::uint64_t>& jobs, Patience patience,
                           const std::function<void(const Received& job)>& on_end);

// Returns the job's row as soon as it is as `is_it` wants it; it is looked at whenever something happens to the job. A
// server that restarts meanwhile is waited for.
Result<Received> wait_for_row(Connection& connection, std::uint64_t job, Patience patience,
                              const std::function<bool(const Answer& row)>& is_it);

Result<Received> get_job(Connection& connection, std::uint64_t job);
bool has_ended(const Answer& row);

}  // namespace dure::cli
