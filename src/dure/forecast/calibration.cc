#include "dure/forecast/calibration.h"

#include <algorithm>

#include "dure/world/distribution.h"

namespace dure::forecast {
namespace {

constexpr double grain = 60;  // seconds
constexpr Quantiles first_places{-0.5, 0.5, 1.35};
constexpr double least_place = -4.5;
constexpr double most_place = 2.6;

// How far one outcome moves a place.
double step_after(std::uint64_t outcomes) {
  constexpr double decay = 0.85;
  constexpr double least_step = 2e-4;
  return std::max(2.5 * exponential(-decay * natural_log(static_cast<double>(outcomes) + 10)), least_step);
}

double to_log(double seconds) { return natural_log(grain + seconds); }
double from_log(double log) { return std::max(exponential(log) - grain, 0.0); }

}  // namespace

DrawnScale::DrawnScale(std::span<const double> sorted, Duration horizon) {
  const double never = static_cast<double>(horizon.ns) * 1e-9 + grain;
  logs_.reserve(sorted.size());
  for (const double seconds : sorted) logs_.push_back(to_log(std::min(seconds, never)));
}

double DrawnScale::at(double place) const {
  if (place <= 0) return from_log(logs_.front() + place);
  if (place >= 1) return from_log(logs_.back() + place - 1);
  const double position = place * static_cast<double>(logs_.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const double part = position - static_cast<double>(below);
  return from_log(logs_[below] + part * (logs_[below + 1] - logs_[below]));
}

Calibration::Calibration(Duration horizon) : horizon_(horizon) {
  for (Places& places : places_) {
    for (std::size_t q = 0; q < quantile_count; ++q) places[q].at = first_places[q];
  }
}

Quantiles Calibration::correct(std::span<const double> sorted) const {
  const DrawnScale scale(sorted, horizon_);
  const double median = scale.at(first_places[1]);
  const Places& places = places_[class_of(median)];
  return {std::min(scale.at(places[0].at), median), median, std::max(scale.at(places[2].at), median)};
}

void Calibration::learn(double median, std::size_t quantile, bool came) {
  if (quantile == 1) return;
  Place& place = places_[class_of(median)][quantile];
  const double off = quantile_levels[quantile] - (came ? 1.0 : 0.0);
  place.at = std::clamp(place.at + step_after(place.outcomes++) * off, least_place, most_place);
}

}  // namespace dure::forecast
