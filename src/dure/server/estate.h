// The fleet and the tenants with which the journal of a server begins.
#pragma once

#include "dure/base/result.h"
#include "dure/engine/local/machine.h"
#include "dure/fleet/fleet_spec.h"
#include "dure/server/config.h"
#include "dure/tenancy/job_isolation.h"
#include "dure/tenancy/tenants_spec.h"

namespace dure::server {

struct Estate {
  FleetSpec fleet;
  TenantsSpec tenants;
};

// What the configuration names, and for what it leaves out the machine and one tenant, `default`.
Estate estate_of(const Config& config, const engine::Machine& machine);

JobIsolation isolation_of(const Config& config);

// Refuses tenants whose jobs would reach each other in that fleet.
Result<void> check_isolation(const FleetSpec& fleet, const TenantsSpec& tenants, JobIsolation isolation);
// Refuses what a new journal cannot begin with.
Result<void> check(const Estate& estate, JobIsolation isolation);

}  // namespace dure::server
