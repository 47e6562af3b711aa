// Reads a fleet: sites and pools with counts, owners and promises (`fleet.yaml`).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/fleet/fleet_spec.h"
#include "dure/spec/reader.h"

namespace dure::spec {

// Returns a spec from which a Fleet can be made, or every mistake of the file.
Result<FleetSpec> read_fleet(const std::filesystem::path& path);
// The same from text; `name` stands for the file in messages.
Result<FleetSpec> read_fleet_text(std::string_view text, std::string name);
// The same as a part of something larger. A Fleet can be made of it only if no mistake was reported.
std::optional<FleetSpec> read_fleet_node(const Node& node);

}  // namespace dure::spec
