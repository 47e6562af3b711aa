#include "dure/fleet/renumbering.h"

#include <algorithm>

#include "dure/base/assert.h"

namespace dure {

Renumbering::Renumbering(const Fleet& former, const Fleet& now) {
  for (const Pool& pool : former.pools()) {
    const auto to = now.find_pool(pool.path);
    DURE_ASSERT(to.has_value());
    moves_.push_back({*to, pool.first_node, now.pool(*to).first_node});
  }
}

void Renumbering::renumber(PoolId& pool, Allocation& allocation) const {
  for (Placement& placement : allocation) placement.node = node(pool, placement.node);
  pool = this->pool(pool);
}

void Renumbering::renumber(std::vector<PoolId>& pools) const {
  for (PoolId& id : pools) id = pool(id);
  std::sort(pools.begin(), pools.end());
}

}  // namespace dure
