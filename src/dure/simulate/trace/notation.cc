#include "dure/simulate/trace/notation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

#include "dure/base/digit.h"
#include "dure/fleet/demand.h"

namespace dure::simulate {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t devices_max = 1'000'000'000;
constexpr Time date_begin{};
constexpr Time date_end{days(47'482).ns};  // 2100-01-01

std::size_t leading_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

// Splits off what is before the first `mark`; all of it if there is none, and `text` is then empty.
std::string_view take_until(std::string_view& text, char mark) {
  const std::size_t at = std::min(text.find(mark), text.size());
  const std::string_view front = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return front;
}

// Returns the first `digits` digits of a fraction as a number: 5 with three digits is 500. Requires digits alone.
std::int64_t fraction_value(std::string_view fraction, int digits) {
  std::int64_t value = 0;
  for (int i = 0; i < digits; ++i) {
    const auto at = static_cast<std::size_t>(i);
    value = value * 10 + (at < fraction.size() ? fraction[at] - '0' : 0);
  }
  return value;
}

// Takes `.123` from the end of `text`. Nullopt if what follows the point is not digits.
std::optional<Duration> take_fraction(std::string_view& text) {
  const std::size_t point = text.rfind('.');
  if (point == std::string_view::npos) return Duration{};
  const std::string_view fraction = text.substr(point + 1);
  if (fraction.empty() || leading_digits(fraction) != fraction.size()) return std::nullopt;
  text = text.substr(0, point);
  return Duration{fraction_value(fraction, 9)};
}

bool has_zone(std::string_view text) {
  constexpr std::size_t date_size = 10;  // the hyphens of 2026-11-23 are not a zone's
  return text.ends_with('Z') || text.ends_with('z') || text.find_first_of("+-", date_size) != std::string_view::npos;
}

// Returns the power of 1,024 MiB a unit stands for; K is the power -1.
std::optional<int> unit_power(std::string_view unit) {
  if (unit.empty()) return 0;
  constexpr std::string_view letters = "KMGTP";
  const char upper = unit.front() == 'k' ? 'K' : unit.front();
  const std::size_t at = letters.find(upper);
  const std::string_view rest = unit.substr(1);
  if (at == std::string_view::npos || !(rest.empty() || rest == "i" || rest == "B" || rest == "iB"))
    return std::nullopt;
  return static_cast<int>(at) - 1;
}

}  // namespace

std::optional<std::int64_t> read_whole(std::string_view text, std::int64_t max) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value > max) return std::nullopt;
  return value;
}

std::optional<std::int64_t> read_decimal(std::string_view text, int digits, std::int64_t max) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view units = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (units.empty() && fraction.empty()) return std::nullopt;
  if (leading_digits(fraction) != fraction.size()) return std::nullopt;
  const auto value = units.empty() ? 0 : read_whole(units);
  if (!value) return std::nullopt;
  Wide scaled = *value;
  for (int i = 0; i < digits; ++i) scaled *= 10;
  scaled += fraction_value(fraction, digits);
  if (scaled > max) return std::nullopt;
  return static_cast<std::int64_t>(scaled);
}

std::optional<Duration> read_seconds(std::string_view text) {
  const auto ns = read_decimal(text, 9, longest_duration.ns);
  return ns ? std::optional(Duration{*ns}) : std::nullopt;
}

std::optional<Duration> read_clock(std::string_view text) {
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const bool has_days = text.find('-') != std::string_view::npos;
  const auto day_count = has_days ? read_whole(take_until(text, '-'), 36'524) : 0;
  std::array<std::int64_t, 3> parts{};  // hours, minutes, seconds
  const auto colons = static_cast<std::size_t>(std::count(text.begin(), text.end(), ':'));
  if (!day_count || colons == 0 || colons > 2 || (has_days && colons != 2)) return std::nullopt;
  for (std::size_t i = 2 - colons; i < 3; ++i) {
    const bool leads = i == 2 - colons;
    const auto part = read_whole(take_until(text, ':'), leads && !has_days ? 800'000 : i == 0 ? 23 : 59);
    if (!part) return std::nullopt;
    parts[i] = *part;
  }
  return days(*day_count) + hours(parts[0]) + minutes(parts[1]) + seconds(parts[2]) + *fraction;
}

std::optional<Time> read_date(std::string_view text) {
  constexpr std::size_t size_min = 16;  // 2026-11-23T09:00
  constexpr std::size_t size_max = 40;
  if (text.size() < size_min || text.size() > size_max) return std::nullopt;
  std::array<char, size_max + 1> zoned;
  std::size_t size = 0;
  const auto put = [&](std::string_view part) {
    std::copy(part.begin(), part.end(), zoned.begin() + static_cast<std::ptrdiff_t>(size));
    size += part.size();
  };
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view rest = text.substr(point);
  std::int64_t fraction = 0;
  put(text.substr(0, point));
  if (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t digits = leading_digits(rest);
    if (digits == 0) return std::nullopt;
    fraction = fraction_value(rest.substr(0, digits), 9);
    put(rest.substr(digits));
  }
  if (!has_zone(text)) put("Z");
  const auto time = parse_time({zoned.data(), size});
  if (!time || *time < date_begin || *time >= date_end) return std::nullopt;
  return *time + Duration{fraction};
}

std::optional<std::int64_t> read_cpus(std::string_view text) { return read_whole(text, devices_max); }

std::optional<std::int64_t> read_gpus_milli(std::string_view text) {
  const auto milli = read_decimal(text, 3, devices_max * whole);
  if (!milli || (*milli > whole && *milli % whole != 0)) return std::nullopt;
  return milli;
}

std::optional<std::int64_t> read_memory_mib(std::string_view text) {
  const auto is_amount = [](char c) { return is_digit(c) || c == '.'; };
  const auto amount_end = std::find_if_not(text.begin(), text.end(), is_amount);
  const auto amount_size = static_cast<std::size_t>(amount_end - text.begin());
  constexpr std::int64_t micro = 1'000'000;
  const auto amount = read_decimal(text.substr(0, amount_size), 6, std::numeric_limits<std::int64_t>::max());
  const auto power = unit_power(text.substr(amount_size));
  if (!amount || !power) return std::nullopt;
  const Wide micro_kib = Wide{*amount} << (10 * (*power + 1));
  const Wide mib = (micro_kib + (micro * 1024 - 1)) / (micro * 1024);
  if (mib > memory_mib_max) return std::nullopt;
  return static_cast<std::int64_t>(mib);
}

}  // namespace dure::simulate
