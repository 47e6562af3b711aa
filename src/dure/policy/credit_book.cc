#include "dure/policy/credit_book.h"

#include <algorithm>

namespace dure {

void CreditBook::reset(const State& state) {
  ledger_ = &state.ledger();
  purses_.clear();
  for (const ledger::Account& account : ledger_->accounts()) purses_.push_back(account.purse);
}

void CreditBook::refresh(const State& state, AccountId account) {
  purses_[account.index()] = state.ledger().account(account).purse;
}

std::int64_t CreditBook::room(const Job& job, PoolId pool) const {
  const auto account = purses_.empty() ? std::nullopt : account_of(job.tenant);
  if (!account) return no_limit;
  return purses_[account->index()].room(ledger_->kind_of(pool), ledger_->rate_of(pool), job.time_limit, now_);
}

std::int64_t CreditBook::paid_room(const Job& job, PoolId pool) const {
  const auto account = purses_.empty() ? std::nullopt : account_of(job.tenant);
  if (!account) return no_limit;
  return purses_[account->index()].paid_room(ledger_->kind_of(pool), ledger_->rate_of(pool), job.time_limit, now_);
}

Time CreditBook::next_hours(Time now) const {
  Time first = Time::never();
  for (const ledger::Purse& purse : purses_) {
    if (purse.hours) first = std::min(first, ledger::next_begin(*purse.hours, purse.zone, now));
  }
  return first;
}

void CreditBook::hold(const Job& job, PoolId pool, std::int64_t milli) {
  const auto account = purses_.empty() ? std::nullopt : account_of(job.tenant);
  if (!account || milli == 0) return;
  purses_[account->index()].hold(ledger_->kind_of(pool), milli,
                                 ledger::cost_of(ledger_->rate_of(pool), milli, job.time_limit));
}

}  // namespace dure
