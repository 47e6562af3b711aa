// Instants and durations: different types, integer nanoseconds, never floating point.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "dure/base/result.h"

namespace dure {

struct Duration {
  std::int64_t ns = 0;

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration other) const { return {ns + other.ns}; }
  constexpr Duration operator-(Duration other) const { return {ns - other.ns}; }
  constexpr Duration operator*(std::int64_t factor) const { return {ns * factor}; }
  constexpr std::int64_t whole_seconds() const { return ns / 1'000'000'000; }
};

constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000'000}; }
constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
constexpr Duration hours(std::int64_t n) { return seconds(n * 3600); }
constexpr Duration days(std::int64_t n) { return hours(n * 24); }

// The longest duration accepted as input: a hundred years. Sums of a few never overflow.
constexpr Duration longest_duration = days(36'525);

// An instant, in nanoseconds since 1970-01-01T00:00:00Z (or since the start of a trace that has no date).
struct Time {
  std::int64_t ns = 0;

  constexpr auto operator<=>(const Time&) const = default;
  constexpr Time operator+(Duration d) const { return {ns + d.ns}; }
  constexpr Time operator-(Duration d) const { return {ns - d.ns}; }
  constexpr Duration operator-(Time other) const { return {ns - other.ns}; }

  // Later than every instant that occurs.
  static constexpr Time never() { return {std::numeric_limits<std::int64_t>::max()}; }
};

// Where time ends, 2150-01-01T00:00:00Z: nothing is decided later. The longest duration from there still ends before
// 2262, the last year that 64 bits of nanoseconds can tell.
constexpr Time latest_time = Time{} + days(65'744);

// Reads `90s`, `30m`, `72h`, `7d`, sums such as `1h30m`, and `0`. At most `longest_duration`.
Result<Duration> parse_duration(std::string_view text);
// The shortest exact text that parse_duration reads back, such as `1h30m`; sub-second parts as `250ms`.
std::string to_text(Duration duration);

// Reads ISO-8601 with a zone: `2026-11-23T09:00:00Z`, `2026-11-23T18:00:00+09:00`.
Result<Time> parse_time(std::string_view text);
// ISO-8601 in UTC, to the second.
std::string to_text(Time time);

}  // namespace dure
