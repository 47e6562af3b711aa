// The pools that a job could ever start in.
#pragma once

#include <vector>

#include "dure/core/state.h"

namespace dure {

// Those that are large enough when empty, and not closed to its tenant by a limit, ascending.
// O(pools x depth of the tenant).
std::vector<PoolId> eligible_pools(const State& state, const Job& job);

}  // namespace dure
