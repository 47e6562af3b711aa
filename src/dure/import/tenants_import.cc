#include "dure/import/tenants_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/fleet/demand.h"
#include "dure/spec/scalars.h"

namespace dure::importing {
namespace {

constexpr std::int64_t largest_weight = 1'000'000;
constexpr std::string_view gpu_of_model = "gres/gpu:";

class TenantsImporter {
 public:
  TenantsImporter(const SlurmAccounts& accounts, const std::set<std::string>& with_jobs, const Fleet& fleet,
                  Notes& notes)
      : accounts_(accounts), with_jobs_(with_jobs), fleet_(fleet), notes_(notes) {
    for (const SlurmAccount& account : accounts.accounts) {
      by_name_.emplace(account.name, &account);
      below_[account.parent].push_back(&account);
    }
  }

  TenantsSpec read() {
    tenants_.fairness = Fairness::users;
    tenants_.roots = children_of("");
    if (needs_leaf(accounts_.root, "root")) tenants_.roots.push_back(own_leaf(accounts_.root, "root"));
    add_former();
    if (tenants_.roots.empty()) tenants_.roots.push_back({.name = "default"});
    tell_limits();
    tell_users();
    return std::move(tenants_);
  }

 private:
  void note(std::string place, std::string lost, std::string remedy) {
    notes_.push_back({std::move(place), std::move(lost), std::move(remedy)});
  }

  std::vector<TenantSpec> children_of(const std::string& parent) {
    std::vector<TenantSpec> children;
    const auto below = below_.find(parent);
    if (below == below_.end()) return children;
    for (const SlurmAccount* account : below->second) children.push_back(make_tenant(*account));
    return children;
  }

  TenantSpec make_tenant(const SlurmAccount& account) {
    TenantSpec tenant{.name = tenant_name(account.name), .weight = weight_of(account), .quotas = limits_of(account)};
    tenant.children = children_of(account.name);
    if (tenant.children.empty()) {
      with_leaf_.insert(account.name);
    } else if (needs_leaf(account, account.name)) {
      tenant.children.push_back(own_leaf(account, account.name));
    }
    return tenant;
  }

  // Root's own user is in every cluster, and runs nothing.
  bool needs_leaf(const SlurmAccount& account, const std::string& name) const {
    const bool has_users =
        std::ranges::any_of(account.users, [](const SlurmUser& user) { return user.name != "root"; });
    return has_users || with_jobs_.contains(name);
  }

  // Slurm shares an account out among its users and the accounts below it.
  TenantSpec own_leaf(const SlurmAccount& account, const std::string& name) {
    std::int64_t share = 0;
    for (const SlurmUser& user : account.users) share += user.share;
    TenantSpec leaf{.name = tenant_name(name),
                    .weight = static_cast<std::uint32_t>(std::clamp<std::int64_t>(share, 1, largest_weight))};
    with_leaf_.insert(name);
    return leaf;
  }

  std::uint32_t weight_of(const SlurmAccount& account) {
    if (account.has_parents_share) {
      note("account " + account.name, "fairshare=parent: its users share as those of the account above",
           "its weight is 1; write another in tenants.yaml");
    } else if (account.share < 1 || account.share > largest_weight) {
      note("account " + account.name, fmt::format("fairshare={}: weights are 1 to {}", account.share, largest_weight),
           "");
    }
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(account.share, 1, largest_weight));
  }

  // What GrpTRES allows of a pool, in whole units, if anything.
  static std::optional<std::int64_t> allowed(const std::string& tres, const Pool& pool) {
    if (!pool.has_gpus()) return tres_count(tres, "cpu");
    const auto of_model = tres_count(tres, std::string(gpu_of_model) + pool.spec.gpu_model);
    return of_model ? of_model : tres_count(tres, "gres/gpu");
  }

  std::vector<QuotaSpec> limits_of(const SlurmAccount& account) {
    std::vector<QuotaSpec> quotas;
    std::size_t gpu_pools = 0;
    for (const Pool& pool : fleet_.pools()) {
      const auto most = allowed(account.group_tres, pool);
      if (!most) continue;
      if (pool.has_gpus()) ++gpu_pools;
      if (*most >= pool.capacity() / whole) continue;
      QuotaSpec quota{.pool = pool.path, .guarantee_milli = {}, .limit_milli = *most * whole, .racks = {}};
      quotas.push_back(std::move(quota));
    }
    if (gpu_pools > 1 && tres_count(account.group_tres, "gres/gpu")) {
      note("account " + account.name, "GrpTRES counts the GPUs of all pools together; Dure limits each pool by itself",
           "divide its limit in tenants.yaml");
    }
    tell_other_tres(account);
    return quotas;
  }

  void tell_other_tres(const SlurmAccount& account) {
    std::vector<std::string> others;
    const bool has_cpu_pool = std::ranges::any_of(fleet_.pools(), [](const Pool& pool) { return !pool.has_gpus(); });
    const bool has_gpu_pool = std::ranges::any_of(fleet_.pools(), &Pool::has_gpus);
    for (const std::string& item : comma_parts(account.group_tres)) {
      const bool is_gpu = item.starts_with("gres/gpu=") || item.starts_with(gpu_of_model);
      const bool is_kept = (is_gpu && has_gpu_pool) || (item.starts_with("cpu=") && has_cpu_pool);
      if (!is_kept) others.push_back(item);
    }
    if (others.empty()) return;
    note("account " + account.name,
         "GrpTRES of " + some_of(others) + ": limits count GPUs, and CPUs where there are none", "");
  }

  // Accounts that had jobs and that Slurm does not tell of: below one tenant, or all there are.
  void add_former() {
    std::vector<std::string> gone;
    std::set<std::string> names;
    for (const std::string& account : with_jobs_) {
      if (account.empty() || with_leaf_.contains(account)) continue;
      gone.push_back(account);
      names.insert(tenant_name(account));
    }
    if (gone.empty()) return;
    std::vector<TenantSpec> leaves;
    for (const std::string& name : names) leaves.push_back({.name = name});
    std::vector<TenantSpec>& roots = tenants_.roots;
    if (accounts_.accounts.empty()) {
      std::ranges::move(leaves, std::back_inserter(roots));
      return;
    }
    TenantSpec former{.name = "former"};
    while (std::ranges::find(roots, former.name, &TenantSpec::name) != roots.end()) former.name += '-';
    former.children = std::move(leaves);
    note("accounts " + some_of(gone), "had jobs and are no more; they are below the tenant " + former.name,
         "remove it from tenants.yaml before serving");
    roots.push_back(std::move(former));
  }

  const SlurmSettings& limits_above(const SlurmAccount& account) const {
    const auto parent = by_name_.find(account.parent);
    return parent == by_name_.end() ? accounts_.root.limits : parent->second->limits;
  }

  // By the kind of limit, who has it of its own: Slurm tells what is inherited at everyone below, too.
  void tell_limits() {
    std::map<std::string, std::vector<std::string>> of_accounts;
    std::map<std::string, std::vector<std::string>> of_users;
    const auto add = [](auto& limits, const std::string& name, const SlurmSettings& own, const SlurmSettings& above) {
      for (const auto& limit : own) {
        const bool is_inherited = std::ranges::find(above, limit) != above.end();
        if (!is_inherited) limits[limit.first].push_back(fmt::format("{} {}", name, limit.second));
      }
    };
    add(of_accounts, "root", accounts_.root.limits, {});
    for (const SlurmAccount& account : accounts_.accounts) {
      add(of_accounts, account.name, account.limits, limits_above(account));
      for (const SlurmUser& user : account.users) add(of_users, user.name, user.limits, account.limits);
    }
    for (const auto& [key, who] : of_accounts) note(key + " of accounts", some_of(who), "");
    for (const auto& [key, who] : of_users) note(key + " of users", some_of(who), "");
  }

  void tell_users() {
    std::set<std::string> users;
    bool is_equal = true;
    const auto add = [&](const SlurmAccount& account) {
      for (const SlurmUser& user : account.users) {
        if (user.name != "root") users.insert(user.name);
        is_equal = is_equal && user.share == 1;
      }
    };
    add(accounts_.root);
    std::ranges::for_each(accounts_.accounts, add);
    if (users.empty()) return;
    note(counted(users.size(), "user"), "no member of a tenant yet",
         "give each a token: dure token create NAME member:TENANT");
    if (!is_equal) note("users", "fairshare of users: within a tenant all are equal", "");
  }

  const SlurmAccounts& accounts_;
  std::map<std::string_view, const SlurmAccount*> by_name_;
  std::map<std::string_view, std::vector<const SlurmAccount*>> below_;  // by parent
  const std::set<std::string>& with_jobs_;
  const Fleet& fleet_;
  Notes& notes_;
  TenantsSpec tenants_;
  std::set<std::string> with_leaf_;  // accounts whose jobs have a tenant
};

}  // namespace

TenantsSpec import_tenants(const SlurmAccounts& accounts, const std::set<std::string>& with_jobs, const Fleet& fleet,
                           Notes& notes) {
  return TenantsImporter(accounts, with_jobs, fleet, notes).read();
}

}  // namespace dure::importing
