#include "dure/what_if/comparison.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

namespace dure::what_if {
namespace {

// Harm, waits, use.
int rank_of(Figure figure) {
  if (figure <= Figure::lost_hours) return 0;
  return figure <= Figure::late_wait ? 1 : 2;
}

std::optional<double> figure_in(const TenantFigures& figures, const std::string& tenant, Figure figure) {
  const auto found = figures.find(tenant);
  return found == figures.end() ? std::nullopt : of(found->second, figure);
}

// What there is in some draws only is the mean of these.
class Mean {
 public:
  void add(std::optional<double> value) {
    if (!value) return;
    sum_ += *value;
    ++count_;
  }
  std::optional<double> value() const {
    return count_ == 0 ? std::nullopt : std::optional(sum_ / static_cast<double>(count_));
  }

 private:
  double sum_ = 0;
  std::size_t count_ = 0;
};

Difference difference_of(std::span<const Pair> pairs, const std::string& tenant, Figure figure) {
  Mean present;
  Mean changed;
  bool is_more = false;
  bool is_less = false;
  for (const Pair& pair : pairs) {
    const auto now = figure_in(pair.present, tenant, figure);
    const auto then = figure_in(pair.changed, tenant, figure);
    present.add(now);
    changed.add(then);
    if (!now || !then) continue;
    is_more = is_more || *then > *now;
    is_less = is_less || *then < *now;
  }
  return {.tenant = tenant,
          .figure = figure,
          .present = present.value(),
          .changed = changed.value(),
          .is_sure = !(is_more && is_less)};
}

// 0 to 1; what is on one side alone is as large as can be.
double size_of(const Difference& difference) {
  if (difference.is_none()) return 0;
  if (!difference.present || !difference.changed) return 1;
  const double larger = std::max(std::abs(*difference.present), std::abs(*difference.changed));
  return std::abs(*difference.changed - *difference.present) / larger;
}

}  // namespace

std::vector<Difference> compare(std::span<const Pair> pairs) {
  std::set<std::string> tenants;
  for (const Pair& pair : pairs) {
    for (const auto& [path, figures] : pair.present) tenants.insert(path);
    for (const auto& [path, figures] : pair.changed) tenants.insert(path);
  }
  std::vector<Difference> differences;
  for (const std::string& tenant : tenants) {
    for (std::size_t f = 0; f < figure_count; ++f) {
      differences.push_back(difference_of(pairs, tenant, static_cast<Figure>(f)));
    }
  }
  const auto order = [](const Difference& it) {
    return std::tuple(it.is_none(), rank_of(it.figure), -size_of(it), it.tenant, it.figure);
  };
  std::sort(differences.begin(), differences.end(),
            [&](const Difference& a, const Difference& b) { return order(a) < order(b); });
  return differences;
}

}  // namespace dure::what_if
