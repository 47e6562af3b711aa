// Reads references to pools by their path, `site/pool`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/ids.h"
#include "dure/fleet/fleet.h"
#include "dure/spec/reader.h"

namespace dure::spec {

// What guarantees and shares of the pool count: "GPU" or "CPU".
std::string_view unit(const Pool& pool);

// The pool whose path is the key of `entry` of the mapping `node`. Without a fleet nothing is found nor
// reported.
std::optional<PoolId> find_pool_key(const Node& node, const Entry& entry, const Fleet* fleet);

// A list of pool paths -> ids, ascending and unique. Without a fleet the list is empty and only its form is
// checked.
std::optional<std::vector<PoolId>> read_pools(const Node& node, const Fleet* fleet);

}  // namespace dure::spec
