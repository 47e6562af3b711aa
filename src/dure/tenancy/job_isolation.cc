#include "dure/tenancy/job_isolation.h"

#include <vector>

namespace dure {
namespace {

// Those without tenants below: jobs belong to no others.
void add_leaves(const std::vector<TenantSpec>& tenants, const std::string& above, std::vector<std::string>& leaves) {
  for (const TenantSpec& tenant : tenants) {
    const std::string path = above + tenant.name;
    if (tenant.children.empty()) leaves.push_back(path);
    add_leaves(tenant.children, path + "/", leaves);
  }
}

}  // namespace

Result<void> check_isolation(const TenantsSpec& tenants, RunsHere runs_here, JobIsolation isolation) {
  const bool is_apart_here = isolation.has_launcher || runs_here == RunsHere::no;
  if (isolation.trusts_jobs || (is_apart_here && isolation.has_cluster_accounts)) return {};
  if (isolation.may_act_as_others && !is_apart_here) {
    return fail(
        Code::invalid_argument,
        "jobs of this machine would run as the server's account, which may act as any other; take the site with "
        "the engine local out of the fleet, or name a `launcher`");
  }
  std::vector<std::string> leaves;
  add_leaves(tenants.roots, "", leaves);
  if (leaves.size() < 2) return {};
  return fail(Code::invalid_argument,
              "the tenants " + leaves[0] + " and " + leaves[1] +
                  " would run jobs as one account, which could read, change and end each other's; write trust_jobs: "
                  "true into the server's configuration if they trust each other, or keep one tenant");
}

}  // namespace dure
