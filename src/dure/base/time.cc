#include "dure/base/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "dure/base/digit.h"

namespace dure {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};

// Longest first, as they are printed; `ms` before `m` and `s` because it is matched as a whole word.
constexpr std::array<Unit, 5> units{
    {{"d", days(1).ns}, {"h", hours(1).ns}, {"m", minutes(1).ns}, {"s", seconds(1).ns}, {"ms", 1'000'000}}};

std::optional<std::int64_t> unit_ns(std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.ns;
  }
  return std::nullopt;
}

Result<Duration> bad_duration(std::string_view text) {
  return fail(Code::invalid_argument, fmt::format("'{}' is not a duration; write it as 90s, 30m, 72h or 7d", text));
}

// Takes `count` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take_char(std::string_view& text, std::string_view accepted) {
  if (text.empty() || accepted.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Returns the zone's offset from UTC in minutes.
std::optional<int> take_zone(std::string_view& text) {
  if (take_char(text, "Zz")) return 0;
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto zone_hours = take_digits(text, 2);
  take_char(text, ":");
  const auto zone_minutes = take_digits(text, 2);
  if (!zone_hours || !zone_minutes || *zone_hours > 14 || *zone_minutes > 59) return std::nullopt;
  return sign * (*zone_hours * 60 + *zone_minutes);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration{};
  std::string_view rest = text;
  std::int64_t total = 0;
  if (rest.empty()) return bad_duration(text);
  while (!rest.empty()) {
    std::int64_t amount = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), amount);
    if (error != std::errc{} || amount < 0) return bad_duration(text);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    std::size_t letters = 0;
    while (letters < rest.size() && !is_digit(rest[letters])) ++letters;
    const auto ns = unit_ns(rest.substr(0, letters));
    if (!ns) return bad_duration(text);
    rest.remove_prefix(letters);
    if (amount > (longest_duration.ns - total) / *ns) {
      return fail(Code::invalid_argument, fmt::format("'{}' is longer than a hundred years", text));
    }
    total += amount * *ns;
  }
  return Duration{total};
}

std::string to_text(Duration duration) {
  if (duration.ns == 0) return "0s";
  std::string text = duration.ns < 0 ? "-" : "";
  std::int64_t rest = duration.ns < 0 ? -duration.ns : duration.ns;
  for (const Unit& unit : units) {
    if (rest >= unit.ns) text += fmt::format("{}{}", rest / unit.ns, unit.name);
    rest %= unit.ns;
  }
  return text;
}

Result<Time> parse_time(std::string_view text) {
  const auto bad = [&] {
    return fail(Code::invalid_argument,
                fmt::format("'{}' is not a time; write ISO-8601 with a zone, such as 2026-11-23T09:00:00+09:00", text));
  };
  std::string_view rest = text;
  const auto year = take_digits(rest, 4);
  if (!year || !take_char(rest, "-")) return bad();
  const auto month = take_digits(rest, 2);
  if (!month || !take_char(rest, "-")) return bad();
  const auto day = take_digits(rest, 2);
  if (!day || !take_char(rest, "Tt ")) return bad();
  const auto hour = take_digits(rest, 2);
  if (!hour || !take_char(rest, ":")) return bad();
  const auto minute = take_digits(rest, 2);
  if (!minute) return bad();
  std::optional<int> second = 0;
  if (take_char(rest, ":")) second = take_digits(rest, 2);
  const auto zone = take_zone(rest);
  if (!second || !zone || !rest.empty()) return bad();

  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *year < 1900 || *year > 2200 || *hour > 23 || *minute > 59 || *second > 60) return bad();
  const std::int64_t day_number = std::chrono::sys_days{date}.time_since_epoch().count();
  return Time{} + days(day_number) + hours(*hour) + minutes(*minute - *zone) + seconds(*second);
}

std::string to_text(Time time) {
  const std::int64_t day_ns = days(1).ns;
  std::int64_t day_number = time.ns / day_ns;
  std::int64_t in_day = time.ns % day_ns;
  if (in_day < 0) {
    in_day += day_ns;
    --day_number;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day_number}}};
  const std::int64_t s = in_day / seconds(1).ns;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), s / 3600, s / 60 % 60,
                     s % 60);
}

}  // namespace dure
