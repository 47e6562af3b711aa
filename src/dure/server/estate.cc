#include "dure/server/estate.h"

#include <algorithm>

#include "dure/core/state.h"
#include "dure/fleet/served_fleet.h"

namespace dure::server {

Estate estate_of(const Config& config, const engine::Machine& machine) {
  return {.fleet = config.fleet ? *config.fleet : fleet_of(machine),
          .tenants = config.tenants.value_or(TenantsSpec{.roots = {{.name = "default"}}, .fairness = Fairness::users})};
}

JobIsolation isolation_of(const Config& config) {
  const auto has_accounts = [](const SlurmConfig& cluster) { return cluster.accounts.has_value(); };
  return {.has_launcher = !config.launcher.empty(),
          .has_cluster_accounts = std::all_of(config.slurm.begin(), config.slurm.end(), has_accounts),
          .may_act_as_others = std::any_of(config.slurm.begin(), config.slurm.end(), has_accounts),
          .trusts_jobs = config.trusts_jobs};
}

Result<void> check_isolation(const FleetSpec& fleet, const TenantsSpec& tenants, JobIsolation isolation) {
  return dure::check_isolation(tenants, has_local_site(fleet) ? RunsHere::yes : RunsHere::no, isolation);
}

Result<void> check(const Estate& estate, JobIsolation isolation) {
  if (auto checked = check_isolation(estate.fleet, estate.tenants, isolation); !checked) return checked;
  State state;
  state.apply({Time{}, FleetDeclared{estate.fleet}});
  return state.check(TenantsDeclared{estate.tenants});
}

}  // namespace dure::server
