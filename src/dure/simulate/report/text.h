// Numbers, times and spans as a person reads them. A value that is no number becomes a dash.
#pragma once

#include <cstdint>
#include <string>

#include "dure/base/time.h"

namespace dure::simulate {

// 1,234,567
std::string count_text(std::uint64_t count);
// 12.3 with one decimal below 100, 1,234 above.
std::string decimal_text(double number);
// 950, 12 k, 1.25 M: for axes.
std::string compact_text(double number);
// 93.4%, 4.0%, 0%, <0.1%
std::string percent_text(double share);
// The two largest units that matter: 0.5 s, 45 s, 3 min 20 s, 4 h 5 min, 2 d 7 h, 41 d.
std::string span_text(double seconds);
// Tue 24 Nov 2026, 14:00 for a calendar time; day 3, 14:00 for a time since the start, whose first day is
// day 1.
std::string moment_text(Time time, bool dated);
// 24 Nov 2026; day 3
std::string day_text(Time time, bool dated);

}  // namespace dure::simulate
