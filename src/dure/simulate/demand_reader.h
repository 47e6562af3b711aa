// Reads the demand model of a scenario.
#pragma once

#include <optional>
#include <span>

#include "dure/fleet/fleet.h"
#include "dure/simulate/demand.h"
#include "dure/simulate/scenario.h"
#include "dure/spec/reader.h"

namespace dure::simulate {

// Reads `demand:`. The fleet is null, and there are no trees, where their own mistakes keep them from being known; then
// the classes are not checked against them.
std::optional<DemandSpec> read_demand_spec(const spec::Node& node, const Fleet* fleet,
                                           std::span<const TenantsFrom> trees);

}  // namespace dure::simulate
