#include "dure/server/estate.h"

#include "dure/core/state.h"

namespace dure::server {

Estate estate_of(const Config& config, const engine::Machine& machine) {
  return {.fleet = config.fleet ? *config.fleet : fleet_of(machine),
          .tenants = config.tenants.value_or(TenantsSpec{.roots = {{.name = "default"}}, .fairness = Fairness::users})};
}

JobIsolation isolation_of(const Config& config) {
  // On clusters all jobs have one account.
  return {.has_launcher = !config.launcher.empty() && config.slurm.empty(), .trusts_jobs = config.trusts_jobs};
}

Result<void> check(const Estate& estate, JobIsolation isolation) {
  if (auto checked = check_isolation(estate.tenants, isolation); !checked) return checked;
  State state;
  state.apply({Time{}, FleetDeclared{estate.fleet}});
  return state.check(TenantsDeclared{estate.tenants});
}

}  // namespace dure::server
