// How traces write numbers, times and amounts. A notation reads the whole text or nothing of it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "dure/base/time.h"

namespace dure::simulate {

// Reads digits alone: no sign, no spaces. Nullopt also above `max`.
std::optional<std::int64_t> read_whole(std::string_view text,
                                       std::int64_t max = std::numeric_limits<std::int64_t>::max());
// Reads `12`, `12.5` and `.5`, times 10^digits; finer digits are dropped. Nullopt also above `max`.
std::optional<std::int64_t> read_decimal(std::string_view text, int digits, std::int64_t max);

// Seconds: `3600`, `2240194.0`. At most `longest_duration`.
std::optional<Duration> read_seconds(std::string_view text);
// The clock of Slurm: `[[D-]HH:]MM:SS[.fraction]`. At most `longest_duration`.
std::optional<Duration> read_clock(std::string_view text);
// `2026-01-02T03:04:05` or with a space, UTC unless it names a zone, with or without a fraction; years 1970 to 2099,
// so that a job of the longest duration still ends at an instant that can be told.
std::optional<Time> read_date(std::string_view text);

std::optional<std::int64_t> read_cpus(std::string_view text);
// GPUs in thousandths: a share of one below 1, whole GPUs above.
std::optional<std::int64_t> read_gpus_milli(std::string_view text);
constexpr std::int64_t memory_mib_max = std::int64_t{1} << 40;  // an exbibyte
// `512`, `16G`, `1.5Ti`, `2048MiB`: MiB unless it names a unit, units of 1,024, rounded up to MiB.
std::optional<std::int64_t> read_memory_mib(std::string_view text);

// A way to write a T, and what to tell someone who wrote it otherwise.
template <class T>
struct Notation {
  std::optional<T> (*read)(std::string_view text);
  std::string_view right;
};

inline constexpr Notation<Duration> seconds_notation{
    read_seconds, "write seconds, zero or more and at most a hundred years, such as 3600"};
inline constexpr Notation<Duration> clock_notation{read_clock, "write [D-]HH:MM:SS, at most a hundred years"};
inline constexpr Notation<Time> date_notation{read_date,
                                              "write a time between 1970 and 2099, such as 2026-11-23T09:00:00"};
inline constexpr Notation<std::int64_t> cpus_notation{read_cpus, "write a whole number from 0 to 1000000000"};
inline constexpr Notation<std::int64_t> gpus_notation{
    read_gpus_milli, "write a whole number from 0 to 1000000000, or a share of one GPU such as 0.5"};
inline constexpr Notation<std::int64_t> memory_notation{read_memory_mib,
                                                        "write MiB, or an amount with a unit such as 16G"};

}  // namespace dure::simulate
