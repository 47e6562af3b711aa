// Reads the settings of a policy.
#pragma once

#include <optional>

#include "dure/policy/dure_policy.h"
#include "dure/spec/reader.h"

namespace dure::server {

// `{reservations: 4, reclaim: true}`: what it does not state is as in `otherwise`.
std::optional<DureOptions> read_policy(const spec::Node& node, const DureOptions& otherwise);

}  // namespace dure::server
