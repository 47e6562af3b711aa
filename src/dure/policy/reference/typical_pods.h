// The pods that are expected: the most frequent of a list.
#pragma once

#include <cstdint>
#include <vector>

#include "dure/base/ids.h"
#include "dure/fleet/demand.h"

namespace dure {

struct TypicalPod {
  Demand demand;              // memory plays no part
  std::vector<PoolId> pools;  // where it may go, ascending; empty: anywhere
  std::uint64_t count = 0;    // >= 1

  bool allows(PoolId pool) const;
};

// In the order of the list, which decides how sums are rounded.
struct TypicalPods {
  std::vector<TypicalPod> pods;
  std::uint64_t total = 0;  // pods of the list they are taken from

  std::uint64_t covered() const;  // pods that are typical
};

}  // namespace dure
