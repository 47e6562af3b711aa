// Draws from distributions, alike on every machine: only +, -, *, / and the square root, which IEEE 754
// rounds in one way. The logarithm and exponential of a C library differ in the last bit from one library and
// compiler to the next.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dure/base/random.h"

namespace dure {

// The natural logarithm and the exponential, each within 4e-16 of the true value (relative; absolute for a
// logarithm below 1). Require a positive, normal number and a magnitude of at most 700.
double natural_log(double x);
double exponential(double x);

// Returns a draw with mean 1, exponentially distributed.
double draw_exponential(Random& random);
// Returns a draw with mean 0 and deviation 1, normally distributed.
double draw_normal(Random& random);

// Chooses an index with a probability in proportion to its weight.
class WeightedChoice {
 public:
  // Requires at least one weight, each >= 1.
  explicit WeightedChoice(std::span<const std::uint32_t> weights);

  std::size_t draw(Random& random) const;

 private:
  std::vector<std::uint64_t> cumulative_;  // the sum of the weights up to and with each index
};

}  // namespace dure
