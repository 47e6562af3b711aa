#include "dure/policy/eligible_pools.h"

namespace dure {

std::vector<PoolId> eligible_pools(const State& state, const Job& job) {
  const Shape& shape = state.shape_of(job);
  // An accepted job can start somewhere; where it names one pool, that is it.
  if (shape.pools.size() == 1) return shape.pools;
  std::vector<PoolId> pools;
  for (std::size_t i = 0; i < state.fleet().pools().size(); ++i) {
    const PoolId pool = id_of<PoolTag>(i);
    const bool is_open = state.amount(shape, pool, shape.tasks_min) <= state.most_ever(job.tenant, job.grace(), pool);
    if (is_open && state.is_eligible(shape, pool)) pools.push_back(pool);
  }
  return pools;
}

}  // namespace dure
