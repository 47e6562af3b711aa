// Siblings of the tree of tenants who have something to show, the first of them first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "dure/base/ids.h"

namespace dure {

// The order is asked for as `before(a, b)`, a total one, which may change for all at once (`loosen`) or for one
// (`move`). After `loosen` an insertion costs O(1), and a move nothing, until it is put in order again (`tighten`).
class SiblingOrder {
 public:
  // Requires that it is not there. O(siblings) to shift, O(log siblings) comparisons.
  template <class Before>
  void insert(TenantId tenant, Before&& before) {
    if (!is_sorted_) return order_.push_back(tenant);
    order_.insert(std::lower_bound(order_.begin(), order_.end(), tenant, before), tenant);
  }
  // Requires that it is there. O(siblings), without comparisons.
  void erase(TenantId tenant) { order_.erase(std::find(order_.begin(), order_.end(), tenant)); }
  // It, and nobody else, compares otherwise than before. Requires that it is there. As an erase and an insertion.
  template <class Before>
  void move(TenantId tenant, Before&& before) {
    if (!is_sorted_) return;
    erase(tenant);
    insert(tenant, before);
  }
  // Any may compare otherwise than before.
  void loosen() { is_sorted_ = false; }
  // O(siblings) comparisons if they are in order all the same.
  template <class Before>
  void tighten(Before&& before) {
    if (std::exchange(is_sorted_, true)) return;
    if (!std::is_sorted(order_.begin(), order_.end(), before)) std::sort(order_.begin(), order_.end(), before);
  }

  std::size_t size() const { return order_.size(); }
  // Requires that it is tight.
  TenantId operator[](std::size_t place) const { return order_[place]; }

 private:
  std::vector<TenantId> order_;
  bool is_sorted_ = true;
};

}  // namespace dure
