// What keeps the jobs of one tenant from those of another.
#pragma once

#include <string>

#include "dure/base/result.h"
#include "dure/tenancy/tenants_spec.h"

namespace dure {

struct JobIsolation {
  bool has_launcher = false;  // each job runs as an account of its tenant
  bool trusts_jobs = false;   // whoever runs the server says that tenants trust each other with all that jobs can reach

  // Whether a second tenant may have jobs here.
  bool may_share() const { return has_launcher || trusts_jobs; }
};

// Refuses tenants of which more than one can have jobs where these would reach each other's files and processes.
Result<void> check_isolation(const TenantsSpec& tenants, JobIsolation isolation);

}  // namespace dure
