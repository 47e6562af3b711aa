// Corrects forecasts by how those before them came out, so that four in five starts lie in their intervals.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dure/base/time.h"
#include "dure/forecast/horizon.h"
#include "dure/forecast/quantiles.h"

namespace dure::forecast {

// The draws of one forecast as a scale of time: 0 at the first start, 1 at the last, in between in proportion; beyond
// them a step of 1 is a factor of e. All on the logarithm, in which differences of a minute or less count little. What
// no draw saw start stands a minute after the horizon: it may well start within it.
class DrawnScale {
 public:
  // Seconds, ascending, at least two; infinity: not within the horizon.
  DrawnScale(std::span<const double> sorted, Duration horizon);
  double at(double place) const;  // seconds, >= 0

 private:
  std::vector<double> logs_;
};

// Where on the scale of its draws each end of an interval is read: somewhat beyond them at first, as draws know less
// than they say; then a little further up with every start that came after it, and down with every one that came
// before, by as much as keeps the part that comes before at its level in the long run (adaptive conformal inference:
// Gibbs and Candès, 2021), and no further than a factor of 5 above the draws and of 90 below. By how far ahead. The
// steps get smaller as more is known: waits come in spells of hundreds of jobs, and long ones make themselves known
// last. The median stays where the draws have it.
class Calibration {
 public:
  // Of forecasts that look so far ahead.
  explicit Calibration(Duration horizon);

  // O(draws).
  Quantiles correct(std::span<const double> sorted) const;
  // Of a forecast with such a median, in seconds: whether the start came no later than the quantile. O(1).
  void learn(double median, std::size_t quantile, bool came);

 private:
  struct Place {
    double at = 0;
    std::uint64_t outcomes = 0;  // that it has been moved by
  };
  using Places = std::array<Place, quantile_count>;

  // Starts that are four days away or more come in other spells than those a day away: they are learnt apart.
  static constexpr double far = 4 * 24 * 3600;
  static_assert(far >= horizon_ends.back());
  static std::size_t class_of(double median) { return horizon_of(median) + (median >= far ? 1 : 0); }

  Duration horizon_;
  std::array<Places, horizon_count + 1> places_;
};

}  // namespace dure::forecast
