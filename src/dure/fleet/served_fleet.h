// The fleets that a server can run: this machine, as a site with the engine `local`, of one pool of one node,
// clusters that it was told how to reach, as sites with the engine `slurm`, and where it rehearses, sites that are not
// there, with the engine `simulated`.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "dure/fleet/fleet.h"

namespace dure {

struct FleetRefusal {
  std::string found;  // as "found 2 nodes in pool gpu"
  std::string remedy;
};

// Whether a server takes sites with the engine `simulated`, where nothing runs.
enum class Rehearses : bool { no, yes };

// What keeps a server from running the fleet; nullopt if nothing does. `clusters`: names of sites that it can reach.
std::optional<FleetRefusal> refusal_to_serve(const FleetSpec& fleet, std::span<const std::string> clusters,
                                             Rehearses rehearses);

// Whether this machine is a part of it.
bool has_local_site(const FleetSpec& fleet);
// Who runs the pool's work.
EngineKind engine_of(const Fleet& fleet, PoolId pool);
// Whether the pool is this machine.
bool is_local(const Fleet& fleet, PoolId pool);
// This machine's node, if it is part of the fleet. O(pools).
std::optional<NodeId> local_node(const Fleet& fleet);

}  // namespace dure
