// Times as a person reads them.
#pragma once

#include <cstdint>
#include <string>

#include "dure/base/time.h"

namespace dure::cli {

// By the clock of this machine.
Time now_by_clock();

// The two largest units: `45s`, `5m12s`, `2h03m`, `3d04h`. Requires duration >= 0.
std::string short_text(Duration duration);

// In the zone of this machine: `14:05` on the day of `now`, else `Nov 24 14:05`, in another year `2027-01-02 14:05`.
enum class Precision : std::uint8_t { minute, second };
std::string clock_text(Time time, Time now, Precision precision = Precision::minute);

// `in 25m`, `5m12s ago`, `now`.
std::string relative_text(Time time, Time now);

// Both: `14:05 (in 25m)`.
std::string when_text(Time time, Time now);

}  // namespace dure::cli
