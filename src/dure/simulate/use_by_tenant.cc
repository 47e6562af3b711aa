#include "dure/simulate/use_by_tenant.h"

#include <algorithm>
#include <utility>

#include "dure/simulate/percentile.h"

namespace dure::simulate {

void UseByTenant::Holding::settle(Time now) {
  const auto ns = static_cast<double>((now - since).ns);
  used_ns += static_cast<double>(held) * ns;
  guaranteed_ns += static_cast<double>(guarantee) * ns;
  beyond_ns += static_cast<double>(std::max(held - guarantee, std::int64_t{0})) * ns;
  since = now;
}

UseByTenant::UseByTenant(const State& state, std::vector<bool> counts_pool, std::vector<std::string> of_ledger)
    : counts_pool_(std::move(counts_pool)), of_ledger_(std::move(of_ledger)) {
  declare(state);
}

std::size_t UseByTenant::account_of(const std::string& path, bool is_owner, Time now) {
  const auto found = std::find_if(accounts_.begin(), accounts_.end(), [&](const Account& account) {
    return account.path == path && account.is_owner == is_owner;
  });
  if (found != accounts_.end()) return static_cast<std::size_t>(found - accounts_.begin());
  accounts_.push_back({.path = path, .is_owner = is_owner, .pools = {}, .waits_s = {}});
  accounts_.back().pools.resize(counts_pool_.size(), {.since = now});
  return accounts_.size() - 1;
}

void UseByTenant::begin(Time now) {
  for (Account& account : accounts_) {
    for (Holding& holding : account.pools) holding = {.guarantee = holding.guarantee, .since = now};
  }
}

void UseByTenant::declare(const State& state) {
  const Tenants& tenants = state.tenants();
  const Time now = state.now();
  for (Account& account : accounts_) {
    for (Holding& holding : account.pools) {
      holding.settle(now);
      holding.guarantee = 0;
    }
  }
  const auto open = [&](TenantId tenant, bool is_owner) {
    const std::size_t index = account_of(tenants[tenant].path, is_owner, now);
    for (std::size_t p = 0; p < counts_pool_.size(); ++p) {
      if (!counts_pool_[p]) continue;
      accounts_[index].pools[p].guarantee = tenants.quota(tenant, id_of<PoolTag>(p)).guarantee_milli;
    }
    return index;
  };
  bookings_.assign(tenants.size(), {});
  for (std::size_t t = 0; t < tenants.size(); ++t) {
    const auto tenant = id_of<TenantTag>(t);
    const std::optional<TenantId> parent = tenants[tenant].parent;
    bookings_[t] = parent ? bookings_[parent->index()] : Bookings{open(tenant, true)};
    const bool is_below_root = parent && !tenants[*parent].parent;
    const bool is_of_ledger = std::find(of_ledger_.begin(), of_ledger_.end(), tenants[tenant].path) != of_ledger_.end();
    if (is_below_root || is_of_ledger) bookings_[t].push_back(open(tenant, false));
  }
}

void UseByTenant::hold(TenantId tenant, PoolId pool, std::int64_t milli, Time now) {
  if (!counts_pool_[pool.index()]) return;
  for (const std::size_t account : bookings_[tenant.index()]) {
    Holding& holding = accounts_[account].pools[pool.index()];
    holding.settle(now);
    holding.held += milli;
  }
}

void UseByTenant::add_wait(TenantId tenant, double wait_s) {
  for (const std::size_t account : bookings_[tenant.index()]) accounts_[account].waits_s.push_back(wait_s);
}

void UseByTenant::fill(Time end, Summary& summary) const {
  for (const Account& account : accounts_) {
    (account.is_owner ? summary.owners : summary.programmes).push_back(use_of(account, end));
  }
}

TenantUse UseByTenant::use_of(Account account, Time end) {
  constexpr double milli_ns_per_hour = 1e3 * 3.6e12;
  TenantUse use{.path = std::move(account.path), .jobs = account.waits_s.size()};
  for (Holding& holding : account.pools) {
    holding.settle(std::max(end, holding.since));
    use.gpu_hours += holding.used_ns / milli_ns_per_hour;
    use.guaranteed_gpu_hours += holding.guaranteed_ns / milli_ns_per_hour;
    use.beyond_gpu_hours += holding.beyond_ns / milli_ns_per_hour;
  }
  use.p50_wait_s = percentile(account.waits_s, 0.50);
  use.p95_wait_s = percentile(account.waits_s, 0.95);
  return use;
}

}  // namespace dure::simulate
