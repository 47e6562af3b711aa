// What befalls a random world that counts credits: owners, rates, programmes, calls, grants.
#pragma once

#include "dure/base/random.h"
#include "dure/core/state.h"
#include "storm_world.h"

namespace dure {

// With kinds of GPUs, and owners of some of them.
void add_owners(Random& random, FleetSpec& fleet, const TenantsSpec& tenants);
// Something that a user, an officer or an operator does with credits. Some of it is refused.
ledger::Change random_change(Random& random, const State& state, Time now);

}  // namespace dure
