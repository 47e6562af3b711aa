// The fleets that a server without clusters can run: one site with the engine `local`, of one pool of one node.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dure/fleet/fleet_spec.h"

namespace dure {

// What the fleet has that such a one has not, as "found 2 sites"; nullopt if it is one.
std::optional<std::string> found_beyond_one_machine(const FleetSpec& fleet);

// What to do about it.
inline constexpr std::string_view one_machine = "write one site with engine: {kind: local} and one pool of one node";

}  // namespace dure
