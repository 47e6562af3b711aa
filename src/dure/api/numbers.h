// Numbers as clients see them.
#pragma once

#include <cmath>

#include "dure/tenancy/usage.h"

namespace dure::api {

inline double thousandths(double part) { return std::round(part * 1000) / 1000; }

inline double hours_of(Wide milli_ns) { return static_cast<double>(milli_ns) / 1e3 / 3.6e12; }

}  // namespace dure::api
