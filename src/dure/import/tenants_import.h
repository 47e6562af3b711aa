// Tenants made of Slurm's accounts.
#pragma once

#include <map>
#include <set>
#include <string>

#include "dure/fleet/fleet.h"
#include "dure/import/notes.h"
#include "dure/import/slurm_account.h"
#include "dure/tenancy/tenants_spec.h"

namespace dure::importing {

struct TenantsImport {
  TenantsSpec tenants;
  std::map<std::string, std::string> leaf_of;  // by account: the path of the tenant that its jobs belong to
};

// An account is a tenant; one with accounts below it and users, or jobs, of its own has a leaf of its own name for
// these. `with_jobs` names accounts that had jobs; those that are gone are leaves below a tenant `former`.
TenantsImport import_tenants(const SlurmAccounts& accounts, const std::set<std::string>& with_jobs, const Fleet& fleet,
                             Notes& notes);

}  // namespace dure::importing
