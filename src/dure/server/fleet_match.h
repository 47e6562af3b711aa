// Whether a machine is still the one that a journal knows.
#pragma once

#include <optional>
#include <string>

#include "dure/core/state.h"
#include "dure/fleet/fleet_spec.h"

namespace dure::server {

// What was placed by `known` lies on the same pools, nodes and GPUs in `found`; CPUs, memory and the like may differ.
bool has_same_places(const FleetSpec& known, const FleetSpec& found);

// The first job that holds GPUs, if there is one. O(jobs).
std::optional<JobId> first_with_gpus(const State& state);

// `local/gpu: 1 node, 4 x H100; local/cpu: 8 nodes, no GPUs`.
std::string summary(const FleetSpec& fleet);

}  // namespace dure::server
