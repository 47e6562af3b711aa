// What tenants have held lately, once a minute.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "dure/api/access.h"
#include "dure/api/view.h"

namespace dure::server {

// A day of it at most, in memory: some 6 KiB for a tenant and pool that held something. Any thread.
class UseHistory {
 public:
  static constexpr Duration every = minutes(1);
  static constexpr std::size_t most_samples = 1440;

  // Called once in `every`. O(tenants x pools).
  void add(const api::View& view, Time now);
  // Of the tenants within `tenant`, or all, whose use the caller may see, as JSON. Those before the first sample of a
  // pair are zero.
  std::string json(const api::View& view, const api::Access& access, std::optional<TenantId> tenant) const;

 private:
  // Thousandths at each sample; what comes before is left out, as it is zero.
  using Series = std::deque<std::int64_t>;

  mutable std::mutex mutex_;                                    // guards the rest
  std::map<std::pair<std::string, std::string>, Series> held_;  // by paths of tenant and pool: ids may change
  std::size_t samples_ = 0;
  Time until_;
};

}  // namespace dure::server
