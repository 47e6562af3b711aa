#include "dure/policy/reference/typical_pods.h"

#include <algorithm>

namespace dure {

bool TypicalPod::allows(PoolId pool) const {
  return pools.empty() || std::binary_search(pools.begin(), pools.end(), pool);
}

std::uint64_t TypicalPods::covered() const {
  std::uint64_t covered = 0;
  for (const TypicalPod& pod : pods) covered += pod.count;
  return covered;
}

}  // namespace dure
