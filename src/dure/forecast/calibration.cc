#include "dure/forecast/calibration.h"

#include <algorithm>
#include <cmath>

namespace dure::forecast {
namespace {

constexpr double grain = 60;     // seconds
constexpr double longest = 1e9;  // stands for never
// How far a place goes down with a start that came before; and up, for each that came after, so that the two balance.
constexpr Quantiles step{0.02, 0.005, 0.02};
constexpr double least = -2;
constexpr double most = 3;

double to_log(double seconds) { return std::log(grain + std::min(seconds, longest)); }
double from_log(double log) { return std::clamp(std::exp(log) - grain, 0.0, longest); }

std::size_t horizon_of_draws(std::span<const double> sorted) { return horizon_of(sorted[sorted.size() / 2]); }

}  // namespace

DrawnScale::DrawnScale(std::span<const double> sorted) {
  logs_.reserve(sorted.size());
  for (const double seconds : sorted) logs_.push_back(to_log(seconds));
}

double DrawnScale::at(double place) const {
  if (place <= 0) return from_log(logs_.front() + place);
  if (place >= 1) return from_log(logs_.back() + place - 1);
  const double position = place * static_cast<double>(logs_.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const double part = position - static_cast<double>(below);
  return from_log(logs_[below] + part * (logs_[below + 1] - logs_[below]));
}

Calibration::Calibration() { places_.fill(quantile_levels); }

Quantiles Calibration::correct(std::span<const double> sorted) const {
  const DrawnScale scale(sorted);
  Quantiles start{};
  for (std::size_t q = 0; q < quantile_count; ++q) start[q] = scale.at(places_[horizon_of_draws(sorted)][q]);
  std::sort(start.begin(), start.end());
  return start;
}

void Calibration::learn(std::span<const double> sorted, const Quantiles& start, double seconds, double weight) {
  Quantiles& places = places_[horizon_of_draws(sorted)];
  for (std::size_t q = 0; q < quantile_count; ++q) {
    places[q] += weight * step[q] * (quantile_levels[q] - (seconds <= start[q] ? 1.0 : 0.0)) /
                 std::min(quantile_levels[q], 1 - quantile_levels[q]);
    places[q] = std::clamp(places[q], least, most);
  }
}

}  // namespace dure::forecast
