// Which pools of a fleet may take a job.
#pragma once

#include <algorithm>
#include <span>

#include "dure/fleet/fleet.h"
#include "dure/work/shape.h"

namespace dure {

// Whether the pool is one of those that are named, ascending, if some are. O(log pools).
inline bool is_among(std::span<const PoolId> named, PoolId pool) {
  return named.empty() || std::binary_search(named.begin(), named.end(), pool);
}

// Whether a job of the shape may use the pool. O(log pools).
inline bool may_use(const Shape& shape, PoolId pool) { return is_among(shape.pools, pool); }

// Whether it is large enough for a job of the shape when it is empty.
inline bool could_hold(const Pool& pool, const Shape& shape) {
  return pool.most_tasks(shape.placing(), shape.within) >= shape.tasks_min;
}

// Whether the pool could ever take a job of the shape.
inline bool is_eligible(const Shape& shape, const Fleet& fleet, PoolId pool) {
  return may_use(shape, pool) && could_hold(fleet.pool(pool), shape);
}

}  // namespace dure
