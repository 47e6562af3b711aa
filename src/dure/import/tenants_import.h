// Tenants made of Slurm's accounts.
#pragma once

#include <set>
#include <string>

#include "dure/fleet/fleet.h"
#include "dure/import/notes.h"
#include "dure/import/slurm_account.h"
#include "dure/tenancy/tenants_spec.h"

namespace dure::importing {

// An account is a tenant; one with accounts below it and users, or jobs, of its own has a leaf of its own name for
// these. `with_jobs` names accounts that had jobs; those that are gone are leaves below a tenant `former`.
TenantsSpec import_tenants(const SlurmAccounts& accounts, const std::set<std::string>& with_jobs, const Fleet& fleet,
                           Notes& notes);

}  // namespace dure::importing
