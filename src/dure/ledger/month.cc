#include "dure/ledger/month.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace dure::ledger {

Month month_of(Time time, Duration zone) {
  const std::chrono::sys_time<std::chrono::nanoseconds> local{std::chrono::nanoseconds((time + zone).ns)};
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(local)};
  return {(static_cast<int>(date.year()) - 1970) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1};
}

Time begin_of(Month month, Duration zone) {
  const int years = month.number >= 0 ? month.number / 12 : -((11 - month.number) / 12);
  const auto in_year = static_cast<unsigned>(month.number - years * 12);
  const std::chrono::year_month_day first{std::chrono::year(1970 + years), std::chrono::month(in_year + 1),
                                          std::chrono::day(1)};
  return Time{} + days(std::chrono::sys_days(first).time_since_epoch().count()) - zone;
}

Time months_later(Time from, std::int64_t months, Duration zone) {
  const Month begin = month_of(from, zone);
  const Month end{begin.number + static_cast<std::int32_t>(months)};
  return std::min(begin_of(end, zone) + (from - begin_of(begin, zone)), begin_of(after(end), zone));
}

std::string to_text(Month month) {
  const int years = month.number >= 0 ? month.number / 12 : -((11 - month.number) / 12);
  return fmt::format("{:04}-{:02}", 1970 + years, month.number - years * 12 + 1);
}

Result<Month> parse_month(std::string_view text) {
  const auto is_digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  const bool has_form = text.size() == 7 && text[4] == '-' && is_digit(0) && is_digit(1) && is_digit(2) &&
                        is_digit(3) && is_digit(5) && is_digit(6);
  const auto number = [&](std::size_t from, std::size_t count) {
    int value = 0;
    for (std::size_t i = from; i < from + count; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  if (has_form && number(5, 2) >= 1 && number(5, 2) <= 12 && number(0, 4) >= 1970 && number(0, 4) < 2150) {
    return Month{(number(0, 4) - 1970) * 12 + number(5, 2) - 1};
  }
  return fail(Code::invalid_argument, fmt::format("'{}' is not a month; write it as 2026-03", text));
}

}  // namespace dure::ledger
