#include "dure/forecast/track_record.h"

#include <algorithm>
#include <cmath>

namespace dure::forecast {
namespace {

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

void TrackRecord::add(std::size_t horizon, const Quantiles& said, double seconds) {
  Outcome outcome{.said = {}, .seconds = static_cast<float>(seconds)};
  for (std::size_t q = 0; q < quantile_count; ++q) outcome.said[q] = static_cast<float>(said[q]);
  Book& book = books_[horizon];
  if (most_kept_ == 0 || book.outcomes.size() < most_kept_) {
    book.outcomes.push_back(outcome);
  } else {
    book.outcomes[book.next] = outcome;
    book.next = (book.next + 1) % most_kept_;
  }
}

Accuracy TrackRecord::accuracy_of(const std::vector<Outcome>& outcomes) {
  Accuracy accuracy{.forecasts = outcomes.size()};
  if (outcomes.empty()) return accuracy;
  const auto n = static_cast<double>(outcomes.size());
  std::uint64_t covered = 0;
  std::array<std::uint64_t, quantile_count> below{};
  std::vector<double> widths;
  std::vector<double> errors;
  for (const Outcome& outcome : outcomes) {
    const double seconds = outcome.seconds;
    if (outcome.said[0] <= seconds && seconds <= outcome.said[2]) ++covered;
    widths.push_back(outcome.said[2] - outcome.said[0]);
    errors.push_back(std::abs(outcome.said[1] - seconds));
    for (std::size_t q = 0; q < quantile_count; ++q) {
      const double off = seconds - outcome.said[q];
      accuracy.pinball += std::max(quantile_levels[q] * off, (quantile_levels[q] - 1) * off) / (n * quantile_count);
      if (off <= 0) ++below[q];
    }
  }
  accuracy.covered = static_cast<double>(covered) / n;
  for (std::size_t q = 0; q < quantile_count; ++q) accuracy.below[q] = static_cast<double>(below[q]) / n;
  accuracy.median_width = median(widths);
  accuracy.median_error = median(errors);
  return accuracy;
}

Accuracy TrackRecord::of(std::size_t horizon) const { return accuracy_of(books_[horizon].outcomes); }

Accuracy TrackRecord::of_all() const {
  std::vector<Outcome> all;
  for (const Book& book : books_) all.insert(all.end(), book.outcomes.begin(), book.outcomes.end());
  return accuracy_of(all);
}

}  // namespace dure::forecast
