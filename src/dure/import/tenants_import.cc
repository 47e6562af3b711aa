#include "dure/import/tenants_import.h"

#include <fmt/format.h>

#include <algorithm>
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

class Importer {
 public:
  Importer(const SlurmAccounts& accounts, const std::set<std::string>& with_jobs, const Fleet& fleet, Notes& notes)
      : accounts_(accounts), with_jobs_(with_jobs), fleet_(fleet), notes_(notes) {}

  TenantsImport read() {
    import_.tenants.fairness = Fairness::users;
    import_.tenants.roots = children_of("", "");
    if (needs_leaf(accounts_.root, "root")) import_.tenants.roots.push_back(own_leaf(accounts_.root, "root", ""));
    add_former();
    if (import_.tenants.roots.empty()) import_.tenants.roots.push_back({.name = "default"});
    tell_limits();
    tell_users();
    return std::move(import_);
  }

 private:
  void note(std::string place, std::string lost, std::string remedy) {
    notes_.push_back({std::move(place), std::move(lost), std::move(remedy)});
  }

  std::vector<TenantSpec> children_of(const std::string& parent, const std::string& path) {
    std::vector<TenantSpec> children;
    for (const SlurmAccount& account : accounts_.accounts) {
      if (account.parent == parent) children.push_back(make_tenant(account, path));
    }
    return children;
  }

  TenantSpec make_tenant(const SlurmAccount& account, const std::string& above) {
    TenantSpec tenant{.name = tenant_name(account.name), .weight = weight_of(account), .quotas = limits_of(account)};
    const std::string path = above + tenant.name;
    tenant.children = children_of(account.name, path + '/');
    if (tenant.children.empty()) {
      import_.leaf_of[account.name] = path;
    } else if (needs_leaf(account, account.name)) {
      tenant.children.push_back(own_leaf(account, account.name, path + '/'));
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
  TenantSpec own_leaf(const SlurmAccount& account, const std::string& name, const std::string& above) {
    std::int64_t share = 0;
    for (const SlurmUser& user : account.users) share += user.share;
    TenantSpec leaf{.name = tenant_name(name),
                    .weight = static_cast<std::uint32_t>(std::clamp<std::int64_t>(share, 1, largest_weight))};
    import_.leaf_of[name] = above + leaf.name;
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

  void add_former() {
    std::vector<std::string> gone;
    TenantSpec former{.name = "former"};
    for (const std::string& account : with_jobs_) {
      if (account.empty() || import_.leaf_of.contains(account)) continue;
      gone.push_back(account);
      former.children.push_back({.name = tenant_name(account)});
      import_.leaf_of[account] = "former/" + tenant_name(account);
    }
    if (gone.empty()) return;
    const auto same = [](const TenantSpec& a, const TenantSpec& b) { return a.name == b.name; };
    std::ranges::sort(former.children, {}, &TenantSpec::name);
    former.children.erase(std::unique(former.children.begin(), former.children.end(), same), former.children.end());
    import_.tenants.roots.push_back(std::move(former));
    note("accounts " + some_of(gone), "had jobs and are no more; they are below the tenant former",
         "remove it from tenants.yaml before serving");
  }

  const SlurmSettings& limits_above(const SlurmAccount& account) const {
    const auto parent = std::ranges::find(accounts_.accounts, account.parent, &SlurmAccount::name);
    return parent == accounts_.accounts.end() ? accounts_.root.limits : parent->limits;
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
  const std::set<std::string>& with_jobs_;
  const Fleet& fleet_;
  Notes& notes_;
  TenantsImport import_;
};

}  // namespace

TenantsImport import_tenants(const SlurmAccounts& accounts, const std::set<std::string>& with_jobs, const Fleet& fleet,
                             Notes& notes) {
  return Importer(accounts, with_jobs, fleet, notes).read();
}

}  // namespace dure::importing
