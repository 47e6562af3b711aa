// Months of the calendar, as accounts are closed by them.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "dure/base/bytes.h"
#include "dure/base/result.h"
#include "dure/base/time.h"

namespace dure::ledger {

struct Month {
  std::int32_t number = 0;  // since January 1970

  constexpr auto operator<=>(const Month&) const = default;
};

template <class Archive>
void fields(Archive& archive, Like<Month> auto& month) {
  archive(month.number);
}

// The month in which `time` is, where clocks are `zone` ahead of UTC.
Month month_of(Time time, Duration zone);
// Its first instant.
Time begin_of(Month month, Duration zone);
constexpr Month after(Month month) { return {month.number + 1}; }
// As far into the month that is so many later, or its end where it is too short for that.
Time months_later(Time from, std::int64_t months, Duration zone);

// `2026-03`
std::string to_text(Month month);
Result<Month> parse_month(std::string_view text);

}  // namespace dure::ledger
