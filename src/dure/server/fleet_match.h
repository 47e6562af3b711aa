// Whether a machine is still the one that a journal was begun on.
#pragma once

#include "dure/base/result.h"
#include "dure/fleet/fleet_spec.h"

namespace dure::server {

// What was placed by `known` must lie on the same pools, nodes and GPUs in `found`; CPUs, memory and the like may
// differ, and stay what `known` says. An error shows both.
Result<void> check_same_places(const FleetSpec& known, const FleetSpec& found);

}  // namespace dure::server
