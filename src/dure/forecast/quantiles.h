// What a forecast says: from when until when, and the middle.
#pragma once

#include <array>
#include <cstddef>

namespace dure::forecast {

constexpr std::size_t quantile_count = 3;
constexpr std::array<double, quantile_count> quantile_levels{0.1, 0.5, 0.9};

// Seconds from now, ascending; beyond the time looked at: not within it.
using Quantiles = std::array<double, quantile_count>;

}  // namespace dure::forecast
