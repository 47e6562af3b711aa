// Credits in integers. One credit is an hour of a device of the kind that the rates are told in.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dure/base/time.h"
#include "dure/tenancy/usage.h"

namespace dure::ledger {

using Micro = std::int64_t;  // millionths of a credit

constexpr Micro credit = 1'000'000;
// Bounds that keep every sum in 64 bits: of one award, and of all awards to one account.
constexpr Micro most_micro = 1'000'000'000'000'000'000;
// Of a rate: a thousand credits an hour.
constexpr Micro most_rate = 1'000 * credit;

// What `milli` thousandths of a device cost in that time, rounded up once; `most_micro` if it is more than that.
// Requires nothing below zero.
constexpr Micro cost_of(Micro per_hour, std::int64_t milli, Duration time) {
  constexpr Wide unit = Wide{1000} * hours(1).ns;
  const Wide milli_ns = Wide{milli} * time.ns;
  // 2^53 thousandths for 2^63 ns at 2^30 would not fit in 128 bits; what is that long costs the most anyway.
  if (per_hour > 0 && milli_ns > Wide{most_micro} * unit / per_hour) return most_micro;
  return static_cast<Micro>((milli_ns * per_hour + unit - 1) / unit);
}

// Kinds are bits of a mask.
constexpr std::size_t most_kinds = 64;

// How many thousandths of a device that pays for in that time: the most whose cost is not above it; `most` at most.
constexpr std::int64_t milli_for(Micro micro, Micro per_hour, Duration time, std::int64_t most) {
  if (micro < 0) return 0;
  if (per_hour == 0 || time.ns == 0) return most;
  const Wide milli = Wide{micro} * 1000 * hours(1).ns / (Wide{per_hour} * time.ns);
  return static_cast<std::int64_t>(std::min<Wide>(milli, most));
}

}  // namespace dure::ledger
