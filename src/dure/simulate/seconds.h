// Durations as numbers, for statistics.
#pragma once

#include "dure/base/time.h"

namespace dure::simulate {

inline double in_seconds(Duration duration) { return static_cast<double>(duration.ns) / 1e9; }

}  // namespace dure::simulate
