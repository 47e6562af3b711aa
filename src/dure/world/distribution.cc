#include "dure/world/distribution.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dure/base/assert.h"

namespace dure {
namespace {

// ln 2 in two parts: the first has trailing zeros, so that its product with an exponent is exact.
constexpr double ln2_high = 0x1.62e42fee00000p-1;
constexpr double ln2_low = 0x1.a39ef35793c76p-33;
constexpr double inverse_ln2 = 0x1.71547652b82fep+0;
constexpr double sqrt_half = 0x1.6a09e667f3bcdp-1;

// x = mantissa * 2^exponent with the mantissa in [sqrt(1/2), sqrt(2)).
struct Split {
  double mantissa;
  int exponent;
};

Split split(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const int exponent = static_cast<int>(bits >> 52) - 1022;
  const double mantissa = std::bit_cast<double>((bits & 0x000F'FFFF'FFFF'FFFFu) | 0x3FE0'0000'0000'0000u);
  return mantissa < sqrt_half ? Split{mantissa * 2, exponent - 1} : Split{mantissa, exponent};
}

double power_of_two(int exponent) { return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52); }

}  // namespace

// ln m = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...) with s = (m - 1) / (m + 1), |s| <= 0.1716: the term after
// the last one is below 2e-17.
double natural_log(double x) {
  const auto [mantissa, exponent] = split(x);
  const double s = (mantissa - 1) / (mantissa + 1);
  const double square = s * s;
  double series = 0;
  for (int odd = 21; odd >= 3; odd -= 2) series = (series + 1.0 / odd) * square;
  return exponent * ln2_high + (exponent * ln2_low + (2 * s * series + 2 * s));
}

// e^x = 2^k e^r with |r| <= ln 2 / 2: the term of the series after the last one is below 5e-18.
double exponential(double x) {
  const int k = static_cast<int>(x * inverse_ln2 + (x < 0 ? -0.5 : 0.5));
  const double r = (x - k * ln2_high) - k * ln2_low;
  double series = 1;
  for (int n = 13; n >= 1; --n) series = 1 + series * r * (1.0 / n);
  return series * power_of_two(k);
}

double draw_exponential(Random& random) { return -natural_log(1 - random.unit()); }

// Marsaglia's polar method. The second number of each pair is dropped: a draw has no memory.
double draw_normal(Random& random) {
  double u = 0;
  double square = 0;
  do {
    u = 2 * random.unit() - 1;
    const double v = 2 * random.unit() - 1;
    square = u * u + v * v;
  } while (square >= 1 || square == 0);
  return u * std::sqrt(-2 * natural_log(square) / square);
}

WeightedChoice::WeightedChoice(std::span<const std::uint32_t> weights) {
  DURE_ASSERT(!weights.empty());
  std::uint64_t sum = 0;
  for (const std::uint32_t weight : weights) {
    DURE_ASSERT(weight > 0);
    cumulative_.push_back(sum += weight);
  }
}

std::size_t WeightedChoice::draw(Random& random) const {
  const std::uint64_t point = random.below(cumulative_.back());
  return static_cast<std::size_t>(std::upper_bound(cumulative_.begin(), cumulative_.end(), point) -
                                  cumulative_.begin());
}

}  // namespace dure
