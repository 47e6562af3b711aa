// What declaring a part of the estate anew would change, a line for each: `+ new`, `- gone`, `~ what: from -> to`.
#pragma once

#include <string>
#include <vector>

#include "dure/fleet/fleet.h"
#include "dure/tenancy/tenants.h"

namespace dure::api {

// Both specs must be checked ones.
std::vector<std::string> differences(const Tenants& now, const TenantsSpec& spec, const Fleet& fleet);
std::vector<std::string> differences(const Fleet& now, const FleetSpec& spec);

}  // namespace dure::api
