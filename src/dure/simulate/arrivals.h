// When jobs arrive: a known number of them over a known time, busier by day than by night and in the week
// than on Sunday.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "dure/base/random.h"
#include "dure/base/time.h"
#include "dure/simulate/scenario.h"

namespace dure::simulate {

// Whether the rate is above 0 in some hour of the duration.
bool has_arrivals(const DemandSpec& spec);

// A Poisson process whose rate is constant within each hour, given how many arrivals there are: `jobs`
// independent draws from the shape of the rate, in order of time. O(1) memory and amortised O(1) a draw.
class Arrivals {
 public:
  // Requires a duration > 0 and has_arrivals(spec).
  Arrivals(const DemandSpec& spec, std::uint64_t seed);

  // Returns the next arrival, in whole seconds after the start and not before the last one; nullopt after
  // `jobs`.
  std::optional<Time> next();

 private:
  // A stretch of constant rate: to the end of an hour of the clock, or of the duration.
  struct Stretch {
    Time begin, end;
    double rate = 0;  // relative
    double weight() const { return static_cast<double>((end - begin).ns) * rate; }
  };
  Stretch stretch_from(Time begin) const;

  Time start_, end_;
  std::array<double, 24> day_;
  std::array<double, 7> week_;
  Random random_;
  std::uint64_t left_;
  double weight_in_all_ = 0;
  double weight_before_ = 0;  // of the stretches before this one
  Stretch stretch_;
  double exponent_ = 0;  // -ln of the part of the weight that lies after the last arrival
};

}  // namespace dure::simulate
