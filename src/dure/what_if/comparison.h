// Both sides of a what-if beside each other, the differences that matter first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dure/what_if/tally.h"

namespace dure::what_if {

// How the same came out without the changes, and with them.
struct Pair {
  TenantFigures present;
  TenantFigures changed;
};

struct Difference {
  std::string tenant;  // its path; empty: all of them
  Figure figure = Figure::missed_guarantees;
  std::optional<double> present;
  std::optional<double> changed;
  bool is_sure = true;  // no draw says the opposite

  bool is_none() const { return present == changed; }
};

// Every figure of every tenant, as the mean over the pairs: harm before waits before use, and of these the largest
// first, relative to the larger side. Requires a pair. O(figures x pairs).
std::vector<Difference> compare(std::span<const Pair> pairs);

}  // namespace dure::what_if
