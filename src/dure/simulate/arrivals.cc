#include "dure/simulate/arrivals.h"

#include <algorithm>

#include "dure/base/assert.h"
#include "dure/world/distribution.h"

namespace dure::simulate {
namespace {

constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// 1970-01-01 was a Thursday; Monday is 0.
std::size_t weekday(std::int64_t hour) {
  const std::int64_t day = floor_divide(hour, 24) + 3;
  return static_cast<std::size_t>(day - floor_divide(day, 7) * 7);
}

std::size_t hour_of_day(std::int64_t hour) { return static_cast<std::size_t>(hour - floor_divide(hour, 24) * 24); }

}  // namespace

bool has_arrivals(const DemandSpec& spec) {
  // The rates repeat after a week.
  const Time end = spec.start + std::min(spec.duration, days(8));
  for (std::int64_t hour = floor_divide(spec.start.ns, hours(1).ns); hour * hours(1).ns < end.ns; ++hour) {
    if (spec.day[hour_of_day(hour)] * spec.week[weekday(hour)] > 0) return true;
  }
  return false;
}

Arrivals::Arrivals(const DemandSpec& spec, std::uint64_t seed)
    : start_(spec.start),
      end_(spec.start + spec.duration),
      day_(spec.day),
      week_(spec.week),
      random_(seed),
      left_(spec.jobs) {
  DURE_ASSERT(spec.duration > Duration{});
  for (Time begin = start_; begin < end_;) {
    const Stretch stretch = stretch_from(begin);
    weight_in_all_ += stretch.weight();
    begin = stretch.end;
  }
  DURE_ASSERT(weight_in_all_ > 0);
  stretch_ = stretch_from(start_);
}

Arrivals::Stretch Arrivals::stretch_from(Time begin) const {
  const std::int64_t hour = floor_divide(begin.ns, hours(1).ns);
  return {.begin = begin,
          .end = std::min(end_, Time{(hour + 1) * hours(1).ns}),
          .rate = day_[hour_of_day(hour)] * week_[weekday(hour)]};
}

// The parts after each of n ordered uniform draws shrink by factors V^(1/n), V^(1/(n-1)), ..., V^(1/1); their
// logarithms are exponential draws divided by n, n - 1, ..., 1 (Bentley and Saxe, 1980).
std::optional<Time> Arrivals::next() {
  if (left_ == 0) return std::nullopt;
  exponent_ += draw_exponential(random_) / static_cast<double>(left_--);
  const double position = weight_in_all_ * (1 - exponential(-std::min(exponent_, 700.0)));
  while (position >= weight_before_ + stretch_.weight() && stretch_.end < end_) {
    weight_before_ += stretch_.weight();
    stretch_ = stretch_from(stretch_.end);
  }
  // Rounding may leave the last positions a little past the last stretch.
  const auto last = static_cast<double>((stretch_.end - stretch_.begin).ns - 1);
  const double offset = stretch_.rate > 0 ? (position - weight_before_) / stretch_.rate : 0;
  const Time arrival = stretch_.begin + Duration{static_cast<std::int64_t>(std::clamp(offset, 0.0, last))};
  return start_ + seconds((arrival - start_).whole_seconds());
}

}  // namespace dure::simulate
