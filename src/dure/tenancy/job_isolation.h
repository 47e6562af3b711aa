// What keeps the jobs of one tenant from those of another.
#pragma once

#include <string>

#include "dure/base/result.h"
#include "dure/tenancy/tenants_spec.h"

namespace dure {

struct JobIsolation {
  bool has_launcher = false;         // each job of this machine runs as an account of its owner
  bool has_cluster_accounts = true;  // so does each of a cluster; true without clusters
  bool may_act_as_others = false;    // the server itself: what runs as its account could be anybody
  bool trusts_jobs = false;  // whoever runs the server says that tenants trust each other with all that jobs can reach
};

// Whether this machine is a part of the fleet.
enum class RunsHere : bool { no, yes };

// Refuses tenants of which more than one can have jobs where these would reach each other's files and processes, and
// jobs that would be given the rights of a server which may act as others.
Result<void> check_isolation(const TenantsSpec& tenants, RunsHere runs_here, JobIsolation isolation);

}  // namespace dure
