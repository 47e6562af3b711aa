#include "dure/policy/reference/typical_pods.h"

#include "dure/work/eligible.h"

namespace dure {

bool TypicalPod::allows(PoolId pool) const { return is_among(pools, pool); }

std::uint64_t TypicalPods::covered() const {
  std::uint64_t covered = 0;
  for (const TypicalPod& pod : pods) covered += pod.count;
  return covered;
}

}  // namespace dure
