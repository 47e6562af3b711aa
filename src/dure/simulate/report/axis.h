// Axes: where the ticks are and what they say. Positions run from 0 to 1 along the axis.
#pragma once

#include <string>
#include <vector>

#include "dure/base/time.h"

namespace dure::simulate {

struct Tick {
  double position = 0;
  std::string label;
  bool minor = false;  // goes first where there is little room
};

// From 0 to `end`, both with a tick.
struct Axis {
  double end = 1;
  std::vector<Tick> ticks;

  // The position of a value; a value beyond an end is put at that end.
  double position(double value) const;
};

Axis count_axis(double largest);
// Of shares, 0..1.
Axis share_axis(double largest);

// Logarithmic, for waits: from one second, below which everything is put at 0.
struct WaitAxis {
  double log_end = 1;
  std::vector<Tick> ticks;

  double position(double wait_s) const;
};

WaitAxis wait_axis(double longest_s);

// At round times: hours, days, weeks or months of the calendar if `dated`, else since the start. Requires
// begin < end.
std::vector<Tick> time_ticks(Time begin, Time end, bool dated);

}  // namespace dure::simulate
