// What each organisation and each programme used of the fleet, and how long its jobs waited.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dure/core/state.h"
#include "dure/simulate/summary.h"

namespace dure::simulate {

// Root tenants and programmes: the tenants right below them, and whom the ledger's programmes are of. O(tenants x
// pools) when the tree changes, else O(programmes above the tenant) a change.
class UseByTenant {
 public:
  // Pools that are not counted are passed over. `of_ledger` are paths of tenants.
  UseByTenant(const State& state, std::vector<bool> counts_pool, std::vector<std::string> of_ledger);

  // Nothing was held before.
  void begin(Time now);
  // The tree is another from now on; who is gone keeps what it used.
  void declare(const State& state);
  // The tenant holds so much more, or less, in that pool from now on.
  void hold(TenantId tenant, PoolId pool, std::int64_t milli, Time now);
  void add_wait(TenantId tenant, double wait_s);

  // Up to `end`, for `owners` and `programmes`.
  void fill(Time end, Summary& summary) const;

 private:
  // In one pool: thousandths, and their sums over time.
  struct Holding {
    std::int64_t held = 0;
    std::int64_t guarantee = 0;
    Time since;
    double used_ns = 0;
    double guaranteed_ns = 0;
    double beyond_ns = 0;  // used beyond the guarantee

    void settle(Time now);
  };
  struct Account {
    std::string path;
    bool is_owner = false;
    std::vector<Holding> pools;
    std::vector<double> waits_s;
  };
  // Those that what a tenant does is booked on.
  using Bookings = std::vector<std::size_t>;

  std::size_t account_of(const std::string& path, bool is_owner, Time now);
  static TenantUse use_of(Account account, Time end);

  std::vector<bool> counts_pool_;
  std::vector<std::string> of_ledger_;
  std::vector<Account> accounts_;
  std::vector<Bookings> bookings_;  // by TenantId
};

}  // namespace dure::simulate
