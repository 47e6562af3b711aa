// The hours of each day in which something may run.
#pragma once

#include <cstdint>

#include "dure/base/bytes.h"
#include "dure/base/time.h"

namespace dure::ledger {

// From one minute of the day to another, which comes first on the clock if midnight lies between.
struct DayHours {
  std::uint32_t from_minute = 0;  // 0..1439, as the next; they differ
  std::uint32_t to_minute = 0;

  bool operator==(const DayHours&) const = default;
};

template <class Archive>
void fields(Archive& archive, Like<DayHours> auto& hours) {
  archive(hours.from_minute);
  archive(hours.to_minute);
}

// How much of them is left at `now`, where clocks are `zone` ahead of UTC; zero outside of them.
constexpr Duration left_of(const DayHours& hours, Duration zone, Time now) {
  constexpr std::int64_t day = days(1).ns;
  const std::int64_t at = (((now + zone).ns % day) + day) % day;
  const std::int64_t since = (at - minutes(hours.from_minute).ns + day) % day;
  const std::int64_t length = (minutes(hours.to_minute).ns - minutes(hours.from_minute).ns + day) % day;
  return {since < length ? length - since : 0};
}

// When they next begin after `now`.
constexpr Time next_begin(const DayHours& hours, Duration zone, Time now) {
  constexpr std::int64_t day = days(1).ns;
  const std::int64_t at = (((now + zone).ns % day) + day) % day;
  const std::int64_t until = (minutes(hours.from_minute).ns - at + day) % day;
  return now + Duration{until == 0 ? day : until};
}

}  // namespace dure::ledger
