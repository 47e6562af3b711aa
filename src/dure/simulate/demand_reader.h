// Reads the demand model of a scenario.
#pragma once

#include <optional>

#include "dure/fleet/fleet.h"
#include "dure/simulate/scenario.h"
#include "dure/spec/reader.h"
#include "dure/tenancy/tenants.h"

namespace dure::simulate {

// Reads `demand:`. The fleet and the tenants are null where their own mistakes keep them from being known;
// then the classes are not checked against them.
std::optional<DemandSpec> read_demand_spec(const spec::Node& node, const Fleet* fleet, const Tenants* tenants);

}  // namespace dure::simulate
