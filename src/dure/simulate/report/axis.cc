#include "dure/simulate/report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <span>

#include "dure/base/assert.h"
#include "dure/simulate/report/text.h"

namespace dure::simulate {
namespace {

// Calendar times go by weeks, times since the start by tens of days.
constexpr std::array<Duration, 11> dated_steps{minutes(1), minutes(5), minutes(15), minutes(30), hours(1), hours(3),
                                               hours(6),   hours(12),  days(1),     days(2),     days(7)};
constexpr std::array<Duration, 15> undated_steps{minutes(1), minutes(5), minutes(15), minutes(30), hours(1),
                                                 hours(3),   hours(6),   hours(12),   days(1),     days(2),
                                                 days(5),    days(10),   days(20),    days(50),    days(100)};
constexpr std::int64_t most_ticks = 10;
constexpr Duration month = days(30);

double clamped(double position) { return std::isfinite(position) ? std::clamp(position, 0.0, 1.0) : 0.0; }

// The smallest of 1, 2, 2.5 and 5 times a power of ten that divides `range` into at most five.
double round_step(double range) {
  const double power = std::pow(10, std::floor(std::log10(range / 5)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (range / (power * factor) <= 5) return power * factor;
  }
  return power * 10;
}

Axis linear_axis(double largest, double step, const std::function<std::string(double)>& label) {
  const int count = std::max(1, static_cast<int>(std::ceil(largest / step - 1e-9)));
  Axis axis{.end = step * count, .ticks = {}};
  for (int i = 0; i <= count; ++i) {
    axis.ticks.push_back({.position = static_cast<double>(i) / count, .label = label(i * step), .minor = i % 2 == 1});
  }
  return axis;
}

double in_range(double largest, double fallback) { return std::isfinite(largest) && largest > 0 ? largest : fallback; }

// Marks every other tick as minor, the first one not.
std::vector<Tick> alternating(std::vector<Tick> ticks) {
  for (std::size_t i = 0; i < ticks.size(); ++i) ticks[i].minor = i % 2 == 1;
  return ticks;
}

std::string without_year(std::string day) { return day.substr(0, day.rfind(' ')); }

std::string step_label(Time at, Duration step, bool dated) {
  if (!dated) return at == Time{} ? "0" : span_text(static_cast<double>(at.ns / seconds(1).ns));
  if (at.ns % days(1).ns == 0 || step >= days(1)) return without_year(day_text(at, true));
  return fmt::format("{:02}:{:02}", at.ns / hours(1).ns % 24, at.ns / minutes(1).ns % 60);
}

double part(Time begin, Time end, Time at) {
  return static_cast<double>((at - begin).ns) / static_cast<double>((end - begin).ns);
}

// Calendar steps are counted from a Monday.
std::vector<Tick> step_ticks(Time begin, Time end, Duration step, bool dated) {
  const Time origin = dated ? Time{} + days(4) : Time{};
  std::int64_t count = (begin - origin).ns / step.ns - 1;
  std::vector<Tick> ticks;
  for (Time at = origin + step * count; at <= end; at = origin + step * ++count) {
    if (at >= begin) ticks.push_back({part(begin, end, at), step_label(at, step, dated)});
  }
  return alternating(std::move(ticks));
}

std::vector<Tick> month_ticks(Time begin, Time end, int step) {
  using std::chrono::sys_days;
  const auto first = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(begin.ns)));
  std::chrono::year_month_day date{first};
  date = date.year() / std::chrono::January / 1;
  std::vector<Tick> ticks;
  for (;; date += std::chrono::months(step)) {
    const Time at = Time{} + days(sys_days(date).time_since_epoch().count());
    if (at > end) return alternating(std::move(ticks));
    const std::string day = day_text(at, true);  // such as `1 Feb 2026`
    const std::string label = date.month() == std::chrono::January ? day.substr(6) : day.substr(2, 3);
    if (at >= begin) ticks.push_back({part(begin, end, at), label});
  }
}

}  // namespace

double Axis::position(double value) const { return clamped(value / end); }

Axis count_axis(double largest) {
  const double range = in_range(largest, 1);
  return linear_axis(range, std::max(1.0, round_step(range)), compact_text);
}

Axis share_axis(double largest) {
  const double range = std::min(1.0, in_range(largest, 1));
  return linear_axis(range, round_step(range), [](double share) { return fmt::format("{:.4g}%", 100 * share); });
}

double WaitAxis::position(double wait_s) const { return wait_s > 1 ? clamped(std::log10(wait_s) / log_end) : 0.0; }

WaitAxis wait_axis(double longest_s) {
  static constexpr std::array<double, 11> marks{1,      10,      60,          600,          3600,           6 * 3600,
                                                86'400, 604'800, 30 * 86'400, 365 * 86'400, 3650.0 * 86'400};
  const double longest = in_range(longest_s, 60);
  WaitAxis axis;
  const auto end = std::find_if(marks.begin() + 2, marks.end() - 1, [&](double mark) { return mark >= longest; });
  axis.log_end = std::log10(*end);
  double last = -1;  // of the last tick that is not minor
  for (auto mark = marks.begin(); mark <= end; ++mark) {
    const double position = std::log10(*mark) / axis.log_end;
    const bool minor = position - last < 0.17;
    if (!minor) last = position;
    axis.ticks.push_back({position, *mark == 1 ? "≤\u00a01\u00a0s" : span_text(*mark), minor});
  }
  return axis;
}

std::vector<Tick> time_ticks(Time begin, Time end, bool dated) {
  DURE_ASSERT(begin < end);
  const Duration span = end - begin;
  if (dated && span > days(70)) {
    const std::int64_t months = span.ns / month.ns;
    for (const int step : {1, 2, 3, 6, 12}) {
      if (months / step < most_ticks) return month_ticks(begin, end, step);
    }
    return month_ticks(begin, end, static_cast<int>(12 * (months / 12 / most_ticks + 1)));
  }
  const std::span<const Duration> steps = dated ? std::span<const Duration>(dated_steps) : undated_steps;
  const auto fits = [&](Duration step) { return span.ns / step.ns <= most_ticks; };
  const auto step = std::find_if(steps.begin(), steps.end(), fits);
  if (step != steps.end()) return step_ticks(begin, end, *step, dated);
  return step_ticks(begin, end, steps.back() * (span.ns / steps.back().ns / most_ticks + 1), dated);
}

}  // namespace dure::simulate
