// Arrivals closer together or further apart than they were.
#pragma once

#include <vector>

#include "dure/base/result.h"
#include "dure/simulate/trace/trace.h"

namespace dure::simulate {

// Divides each submit time, counted from the first, by `scale`, rounded to the nearest nanosecond.
// Fails unless 1e-6 <= scale <= 1e6 (nine decimals count), or if an arrival moves more than a hundred years away.
// Requires rows by submit time; they stay so.
Result<void> scale_arrivals(std::vector<TraceRow>& rows, double scale);

}  // namespace dure::simulate
