// Makes the policy that a scenario names.
#pragma once

#include <memory>
#include <string>

#include "dure/policy/policy.h"
#include "dure/simulate/pack_source.h"
#include "dure/simulate/scenario.h"
#include "dure/world/world.h"

namespace dure::simulate {

// Requires a checked spec. `world` must outlive the policy: with exact estimates it is asked for run times. `pack`:
// what is packed, null unless that is the protocol.
std::unique_ptr<Policy> make_policy(const PolicySpec& spec, const World& world, const PackTrace* pack);

// Such as `easy-sjbf, last-2`.
std::string describe(const PolicySpec& spec);

}  // namespace dure::simulate
