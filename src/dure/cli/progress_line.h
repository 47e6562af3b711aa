// One line on a terminal that says how far a simulation is.
#pragma once

#include <chrono>

#include "dure/simulate/simulation.h"

namespace dure::cli {

class ProgressLine {
 public:
  // Draws at most ten times a second.
  void show(const simulate::Progress& progress);
  // Leaves the line empty.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  Clock::time_point begin_ = Clock::now();
  Clock::time_point drawn_ = begin_;
  bool is_drawn_ = false;
};

}  // namespace dure::cli
