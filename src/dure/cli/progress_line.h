// One line on a terminal that says how far a simulation is, or a sweep of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "dure/simulate/simulation.h"

namespace dure::cli {

class ProgressLine {
 public:
  // Both draw at most ten times a second.
  void show(const simulate::Progress& progress);
  // Of a sweep; requires done >= 1.
  void show_runs(std::size_t done, std::size_t total);
  // Leaves the line empty.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  bool is_due() const;
  double spent_s() const;
  void draw(const std::string& text);

  Clock::time_point begin_ = Clock::now();
  Clock::time_point drawn_ = begin_;
  bool is_drawn_ = false;
};

}  // namespace dure::cli
