// Corrects forecasts by how those before them came out, so that four in five starts lie in their intervals.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dure/forecast/horizon.h"
#include "dure/forecast/quantiles.h"

namespace dure::forecast {

// The draws of one forecast as a scale of time: 0 at the first start, 1 at the last, in between in proportion; beyond
// them a step of 1 is a factor of e. All on the logarithm, in which differences of a minute or less count little.
class DrawnScale {
 public:
  // Seconds, ascending, at least two; infinity: not within the time looked at.
  explicit DrawnScale(std::span<const double> sorted);
  double at(double place) const;  // seconds, >= 0

 private:
  std::vector<double> logs_;
};

// Where on the scale of its draws each quantile of a forecast is read: at first at the level it is named by; then a
// little further up with every start that came after it, and down with every one that came before, by as much as keeps
// the part that comes before at that level in the long run, whatever happens (adaptive conformal inference: Gibbs and
// Candès, 2021). By horizon.
class Calibration {
 public:
  Calibration();

  // O(draws), like the next.
  Quantiles correct(std::span<const double> sorted) const;
  // A forecast with such draws said `start`; it took so many seconds. `weight`: how much it counts, as others say the
  // same; 0 to 1.
  void learn(std::span<const double> sorted, const Quantiles& start, double seconds, double weight = 1);

 private:
  std::array<Quantiles, horizon_count> places_;
};

}  // namespace dure::forecast
