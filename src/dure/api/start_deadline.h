// Whether a job that names a time to start by is likely to, as told at its submission.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dure/api/plans.h"
#include "dure/base/result.h"

namespace dure::api {

// What is done about a job that is not likely to start by then: it is submitted all the same, with a warning; or it is
// not submitted where it hardly would.
enum class IfUnlikely : std::uint8_t { warn, refuse };
std::optional<IfUnlikely> read_if_unlikely(std::string_view text);

constexpr double likely_from = 0.5;    // with a lower chance there is a warning
constexpr double refused_below = 0.1;  // a lower chance is refused, where that is asked for

// Members of a JSON object, for the answer to the submission: `start_by`, and `warning` where it is not likely. Fails
// where it is to be refused, and where there is no plan. Requires a plan of a job with start_by.
Result<std::string> judge_start(const Result<JobPlan>& plan, IfUnlikely if_unlikely);

}  // namespace dure::api
