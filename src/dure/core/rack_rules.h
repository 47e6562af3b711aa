// What is to be said of racks that are kept for tenants before it is so (docs/design/0020).
#pragma once

#include "dure/base/result.h"
#include "dure/fleet/fleet.h"
#include "dure/tenancy/tenants.h"
#include "dure/tenancy/tenants_spec.h"
#include "dure/work/shape.h"

namespace dure {

// Whether the racks are covered by what is guaranteed to their tenants. An error names the tenant, the pool and the way
// out. Racks that are covered fit into the pool where guarantees do. O(tenants x quotas).
Result<void> check_racks(const TenantsSpec& spec, const Fleet& fleet);

// Whether a job of the tenant would fit into the empty pool without the racks that are kept for others. Requires that
// it fits into the empty pool. O(racks x depth).
bool fits_beside_kept_racks(const Tenants& tenants, const Fleet& fleet, PoolId pool, TenantId tenant,
                            const Shape& shape);

}  // namespace dure
