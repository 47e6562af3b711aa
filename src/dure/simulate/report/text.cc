#include "dure/simulate/report/text.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <string_view>

namespace dure::simulate {
namespace {

constexpr std::string_view none = "–";
constexpr std::string_view space = "\u00a0";  // a number and its unit stay on one line

// Fixed decimals without trailing zeros.
std::string trimmed(double number, int decimals) {
  std::string text = fmt::format("{:.{}f}", number, decimals);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string in_units(std::int64_t amount, std::int64_t large, std::string_view large_name, std::int64_t small,
                     std::string_view small_name) {
  std::string text = fmt::format("{}{}{}", amount / large, space, large_name);
  const std::int64_t rest = amount % large / small;
  if (rest > 0) text += fmt::format("{}{}{}{}", space, rest, space, small_name);
  return text;
}

std::chrono::sys_days day_of(Time time) {
  return std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(time.ns)));
}

std::string_view month_name(std::chrono::year_month_day date) {
  static constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return names[static_cast<unsigned>(date.month()) - 1];
}

std::string_view weekday_name(std::chrono::sys_days day) {
  static constexpr std::array<std::string_view, 7> names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  return names[std::chrono::weekday(day).c_encoding()];
}

}  // namespace

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t left = text.size(); left > 3;) text.insert(left -= 3, ",");
  return text;
}

std::string decimal_text(double number) {
  if (!std::isfinite(number) || std::abs(number) >= 1e18) return std::string(none);
  if (number < 100) return trimmed(number, 1);
  return count_text(static_cast<std::uint64_t>(number + 0.5));
}

std::string compact_text(double number) {
  if (!std::isfinite(number)) return std::string(none);
  if (number < 10'000) return count_text(static_cast<std::uint64_t>(number + 0.5));
  if (number < 1e6) return trimmed(number / 1e3, 2) + std::string(space) + "k";
  if (number < 1e9) return trimmed(number / 1e6, 2) + std::string(space) + "M";
  return trimmed(number / 1e9, 2) + std::string(space) + "G";
}

std::string percent_text(double share) {
  if (!std::isfinite(share)) return std::string(none);
  if (share > 0 && share < 0.0005) return "<0.1%";
  return share == 0 ? "0%" : fmt::format("{:.1f}%", share * 100);
}

std::string span_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e15) return std::string(none);
  if (seconds < 9.95) return trimmed(seconds, 1) + std::string(space) + "s";
  const auto s = static_cast<std::int64_t>(seconds + 0.5);
  if (s < 60) return fmt::format("{}{}s", s, space);
  if (s < 600) return in_units(s, 60, "min", 1, "s");
  if (s < 3600) return in_units(s, 60, "min", 60, "min");
  if (s < 86'400) return in_units(s, 3600, "h", 60, "min");
  if (s < 10 * 86'400) return in_units(s, 86'400, "d", 3600, "h");
  return in_units(s, 86'400, "d", 86'400, "d");
}

std::string day_text(Time time, bool dated) {
  const std::chrono::sys_days day = day_of(time);
  if (!dated) return fmt::format("day {}", day.time_since_epoch().count() + 1);
  const std::chrono::year_month_day date{day};
  return fmt::format("{} {} {}", static_cast<unsigned>(date.day()), month_name(date), static_cast<int>(date.year()));
}

std::string moment_text(Time time, bool dated) {
  const std::chrono::sys_days day = day_of(time);
  const std::int64_t minute = (time.ns - days(day.time_since_epoch().count()).ns) / minutes(1).ns;
  const std::string weekday = dated ? fmt::format("{} ", weekday_name(day)) : "";
  return fmt::format("{}{}, {:02}:{:02}", weekday, day_text(time, dated), minute / 60, minute % 60);
}

}  // namespace dure::simulate
