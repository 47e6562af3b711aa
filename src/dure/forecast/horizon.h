// How far ahead a forecast looks, by its median: what its record is kept by.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace dure::forecast {

constexpr std::array<double, 4> horizon_ends{600, 3600, 6 * 3600, 24 * 3600};  // seconds
constexpr std::size_t horizon_count = horizon_ends.size() + 1;
constexpr std::array<std::string_view, horizon_count> horizon_names{"10m", "1h", "6h", "24h", "beyond"};

constexpr std::size_t horizon_of(double seconds) {
  std::size_t horizon = 0;
  while (horizon < horizon_ends.size() && seconds >= horizon_ends[horizon]) ++horizon;
  return horizon;
}

}  // namespace dure::forecast
