// What each tenant used of the fleet, beside what it is guaranteed.
#pragma once

#include <span>
#include <string>

#include "dure/simulate/report.h"

namespace dure::simulate {

// Returns the HTML of a row of bars for each of the first tenants, the rest summed. `utilisation` is that of
// the fleet: a tenant's share of what was used times this is its part of the fleet, which compares with its
// guarantee.
std::string tenant_chart(std::span<const TenantShare> tenants, double utilisation);
// Returns the HTML of all tenants as a table.
std::string tenant_table(std::span<const TenantShare> tenants, double utilisation, std::string_view unit);

}  // namespace dure::simulate
