// A scenario made smaller, or without lending: what `scale` and `lending` of a scenario file do.
#pragma once

#include <cstdint>

#include "dure/fleet/fleet.h"
#include "dure/simulate/scenario.h"

namespace dure::simulate {

// Makes fleet, guarantees and work an n-th of what they are, so that load and shares stay. Blocks keep their number and
// have an n-th of their nodes, rounded up; jobs on n nodes or more keep their number and have an n-th of their tasks,
// rounded down; of jobs on fewer there are fewer, by the GPU time that they are to take. Limits stay at a node or more,
// so that every job still fits in. Requires a demand model without segments, n >= 1.
void scale_down(Scenario& scenario, std::uint32_t n);

// Holds every root tenant to what it is guaranteed, pool by pool, in all trees. Requires named tenants, and that
// `fleet` is the scenario's.
void end_lending(Scenario& scenario, const Fleet& fleet);

}  // namespace dure::simulate
