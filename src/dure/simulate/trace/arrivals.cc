#include "dure/simulate/trace/arrivals.h"

#include <fmt/format.h>

#include <cmath>

namespace dure::simulate {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t billion = 1'000'000'000;

// Returns round(offset / (scale_billionths / 1e9)), in integers: doubles would lose nanoseconds over the years.
Wide scaled(Duration offset, std::int64_t scale_billionths) {
  return (Wide{offset.ns} * billion + scale_billionths / 2) / scale_billionths;
}

}  // namespace

Result<void> scale_arrivals(std::vector<TraceRow>& rows, double scale) {
  if (!(scale >= 1e-6 && scale <= 1e6)) {
    return fail(Code::invalid_argument,
                fmt::format("scale_arrivals is {}; write a number from 0.000001 to 1000000", scale));
  }
  const std::int64_t scale_billionths = std::llround(scale * static_cast<double>(billion));
  if (rows.empty() || scale_billionths == billion) return {};
  const Time first = rows.front().submit;
  const Wide lasts = scaled(rows.back().submit - first, scale_billionths);
  if (lasts > longest_duration.ns) {
    return fail(
        Code::invalid_argument,
        fmt::format("scale_arrivals is {}: the trace would last more than a hundred years; write a larger one", scale));
  }
  if (const Time last = first + Duration{static_cast<std::int64_t>(lasts)}; last > latest_time) {
    return fail(Code::invalid_argument,
                fmt::format("scale_arrivals is {}: the last job would arrive at {}, after {}; write a larger one",
                            scale, to_text(last), to_text(latest_time)));
  }
  for (TraceRow& row : rows) {
    row.submit = first + Duration{static_cast<std::int64_t>(scaled(row.submit - first, scale_billionths))};
  }
  return {};
}

}  // namespace dure::simulate
