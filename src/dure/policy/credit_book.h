// What accounts leave to spend, with what is about to be started.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dure/core/state.h"
#include "dure/ledger/account.h"

namespace dure {

class CreditBook {
 public:
  // As the state has it. O(accounts).
  void reset(const State& state);
  void refresh(const State& state, AccountId account);
  // Nullopt: the tenant's jobs cost nothing.
  std::optional<AccountId> account_of(TenantId tenant) const { return ledger_->account_of(tenant); }
  // Whether its jobs run on what is idle where nothing is left.
  bool may_borrow(AccountId account) const { return purses_[account.index()].overrun == ledger::Overrun::borrow; }
  bool is_in_use() const { return !purses_.empty(); }
  void set_time(Time now) { now_ = now; }
  // When the hours of some account begin that has some, after that instant; never if none has.
  Time next_hours(Time now) const;

  // The most that the job may start with in the pool, in its unit; `no_limit` where nothing is counted.
  // O(lots that are open).
  std::int64_t room(const Job& job, PoolId pool) const;
  // The same without what it may only borrow.
  std::int64_t paid_room(const Job& job, PoolId pool) const;
  // It is about to start.
  void hold(const Job& job, PoolId pool, std::int64_t milli);

 private:
  Time now_;
  const ledger::Ledger* ledger_ = nullptr;  // the state's, which outlives this
  std::vector<ledger::Purse> purses_;       // by AccountId
};

}  // namespace dure
