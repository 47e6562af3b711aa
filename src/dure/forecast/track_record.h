// How well forecasts were borne out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dure/forecast/horizon.h"
#include "dure/forecast/quantiles.h"

namespace dure::forecast {

// Of the forecasts of one horizon, or of all. Seconds; zeros where there are none.
struct Accuracy {
  std::uint64_t forecasts = 0;
  double covered = 0;       // the part whose start lay within p10 to p90
  double median_width = 0;  // of p10 to p90
  double median_error = 0;  // absolute, of the p50
  double pinball = 0;       // mean over forecasts and the three quantiles (Koenker and Bassett, 1978)
  std::array<double, quantile_count> below{};  // the part whose start was no later than each quantile
};

class TrackRecord {
 public:
  // Keeps the latest so many of each horizon; 0: all.
  explicit TrackRecord(std::size_t most_kept = 0) : most_kept_(most_kept) {}

  // O(1).
  void add(std::size_t horizon, const Quantiles& said, double seconds);
  // O(kept).
  Accuracy of(std::size_t horizon) const;
  Accuracy of_all() const;

 private:
  struct Outcome {
    std::array<float, quantile_count> said;
    float seconds;
  };
  struct Book {
    std::vector<Outcome> outcomes;
    std::size_t next = 0;
  };
  static Accuracy accuracy_of(const std::vector<Outcome>& outcomes);

  std::size_t most_kept_;
  std::array<Book, horizon_count> books_;
};

}  // namespace dure::forecast
