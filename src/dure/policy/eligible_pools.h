// The pools that a job could ever start in.
#pragma once

#include "dure/core/state.h"

namespace dure {

// Visits those that are large enough when empty, and not closed to its tenant by a limit, in ascending order.
// O(pools x depth of the tenant).
template <class Function>
void for_each_eligible(const State& state, const Job& job, Function&& function) {
  const Shape& shape = state.shape_of(job);
  // An accepted job can start somewhere; where it names one pool, that is it.
  if (shape.pools.size() == 1) return function(shape.pools.front());
  for (std::size_t i = 0; i < state.fleet().pools().size(); ++i) {
    const PoolId pool = id_of<PoolTag>(i);
    if (state.amount(shape, pool, shape.tasks_min) <= state.most_ever(job.tenant, job.grace(), pool) &&
        state.is_eligible(shape, pool)) {
      function(pool);
    }
  }
}

}  // namespace dure
