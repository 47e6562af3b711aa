// What jobs do to accounts and loans.
#include <algorithm>
#include <utility>

#include "dure/base/assert.h"
#include "dure/ledger/ledger.h"

namespace dure::ledger {

std::string_view to_text(Waiver waiver) {
  switch (waiver) {
    case Waiver::reclaim: return "reclaim";
    case Waiver::preempt: return "preempt";
    case Waiver::fairness: return "fairness";
    case Waiver::window: return "window";
    case Waiver::defragment: return "defragment";
    case Waiver::shrink: return "shrink";
    case Waiver::fault: return "fault";
    case Waiver::borrowed: return "borrowed";
    case Waiver::late: return "late";
  }
  return {};
}

void Ledger::hold(TenantId tenant, PoolId pool, std::int64_t milli, Time now) {
  if (milli == 0) return;
  close_months(now);
  books_[pool_of_[pool.index()]].hold(party_of_[tenant.index()], milli, false, now);
}

void Ledger::order(JobId job, TenantId tenant, PoolId pool, std::int64_t milli, Duration time_limit, Time now) {
  if (milli == 0) return;
  close_months(now);
  const std::uint32_t at = pool_of_[pool.index()];
  const std::optional<AccountId> id = account_of(tenant);
  const bool is_emergency = id && programmes_[accounts_[id->index()].programme].is_emergency;
  books_[at].hold(party_of_[tenant.index()], milli, is_emergency, now);
  if (!id) return;
  Account& account = accounts_[id->index()];
  const Micro per_hour = rate(pools_[at].kind);
  Hold hold{.account = *id,
            .pool = at,
            .rate = per_hour,
            .milli = milli,
            .micro = cost_of(per_hour, milli, time_limit),
            .is_emergency = is_emergency,
            .started = {},
            .parts = {}};
  hold.parts = account.purse.hold(pools_[at].kind, milli, hold.micro);
  hold.is_borrowed = hold.parts.empty() && hold.micro > 0;
  if (hold.is_borrowed) ++borrowing_[at];
  ++account.holds;
  holds_.insert(job, std::move(hold));
}

void Ledger::start(JobId job, Time at) {
  if (Hold* hold = holds_.find(job)) hold->started = at;
}

void Ledger::lose(JobId job, Duration lost) {
  if (Hold* hold = holds_.find(job)) hold->waived = hold->waived + lost;
}

void Ledger::end(JobId job, TenantId tenant, PoolId pool, std::int64_t milli, const End& end, Time now) {
  last_ = {.job = job, .account = {}, .why = {}};
  if (milli == 0) return;
  close_months(now);
  const Hold* held = holds_.find(job);
  books_[pool_of_[pool.index()]].hold(party_of_[tenant.index()], -milli, held != nullptr && held->is_emergency, now);
  if (held == nullptr) return;
  const Hold hold = *held;
  holds_.erase(job);
  if (hold.is_borrowed) --borrowing_[hold.pool];
  Account& account = accounts_[hold.account.index()];
  const Duration run = end.ran ? end.ran->second - end.ran->first : Duration{};
  const Duration lost = std::min(run, end.lost + hold.waived);
  const Micro total = cost_of(hold.rate, hold.milli, run);
  const Micro earned = cost_of(hold.rate, hold.milli, run - lost);
  const Micro charged = hold.is_borrowed ? 0 : std::min(earned, hold.micro);
  MonthLine& line = month(account, now);
  PoolLine& there = line.pool(hold.pool);
  const auto waive = [&](Waiver why, Micro micro) {
    if (micro == 0) return;
    there.waived[static_cast<std::size_t>(why)] += micro;
    if (!last_.why) last_.why = why;
  };
  if (end.lost >= lost) {
    waive(end.why, total - earned);
  } else {
    const Micro by_fault = total - cost_of(hold.rate, hold.milli, run - (lost - end.lost));
    waive(end.why, total - earned - by_fault);
    waive(Waiver::fault, by_fault);
  }
  waive(hold.is_borrowed ? Waiver::borrowed : Waiver::late, earned - charged);
  if (end.ran) ++there.runs;
  there.charged += charged;
  there.used += Wide{hold.milli} * run.ns;
  line.charged += charged;
  last_.account = hold.account;
  last_.charged = charged;
  last_.waived = total - charged;
  settle(hold, account, charged, total - charged, now);
}

void Ledger::settle(const Hold& hold, Account& account, Micro charged, Micro waived, Time now) {
  const Micro lapsed = account.purse.settle(pools_[hold.pool].kind, hold.milli, hold.parts, charged);
  month(account, now).lapsed += lapsed;
  --account.holds;
  std::optional<GrantId> first;
  for (const HeldPart& part : hold.parts) {
    if (part.lot == overrun_lot) continue;
    Grant& grant = grants_[account.purse.lots[part.lot].grant.index()];
    if (!first) grant.waived += waived;
    first = first.value_or(grant.id);
    if (grant.status == GrantStatus::closed) reset_wake(grant);
  }
  // What lapsed is told of the grants whose lots were over.
  for (const HeldPart& part : hold.parts) {
    if (part.lot == overrun_lot) continue;
    Grant& grant = grants_[account.purse.lots[part.lot].grant.index()];
    grant.lapsed = 0;
    for (const std::uint32_t at : grant.lots) grant.lapsed += account.purse.lots[at][Place::lapsed];
  }
}

void Ledger::reclaimed(JobId job, TenantId lender, TenantId borrower, PoolId pool, Duration promised, Time told,
                       Time now) {
  close_months(now);
  const Party from = party_of_[lender.index()];
  const Party to = party_of_[borrower.index()];
  if (from == to) return;
  const Hold* hold = holds_.find(job);
  const bool is_emergency = hold != nullptr && hold->is_emergency;
  const bool owns_some = books_[pool_of_[pool.index()]].share_of(to) > 0;
  const Loan wanted{.month = open_month_,
                    .pool = pool_of_[pool.index()],
                    .lender = from,
                    .borrower = to,
                    .reason = is_emergency ? LoanReason::emergency
                              : owns_some  ? LoanReason::burst
                                           : LoanReason::idle,
                    .reclaims = {}};
  const auto of_this_month =
      std::partition_point(loans_.begin(), loans_.end(), [&](const Loan& loan) { return loan.month < open_month_; });
  auto found = std::find_if(of_this_month, loans_.end(), [&](const Loan& loan) { return loan.is_alike(wanted); });
  if (found == loans_.end()) found = loans_.insert(loans_.end(), wanted);
  found->reclaims.add(promised, now - told);
}

void Ledger::close_months(Time now) {
  if (!is_open_) return;
  while (now >= month_end_) {
    for (std::size_t at = 0; at < books_.size(); ++at) {
      if (!books_[at].is_noting()) continue;
      books_[at].bring_up_to(month_end_);
      add_loans(loans_, books_[at].take(), static_cast<std::uint32_t>(at), open_month_);
    }
    open_month_ = after(open_month_);
    month_end_ = begin_of(after(open_month_), zone_);
  }
}

void Ledger::add_loans(std::vector<Loan>& loans, std::vector<Loan> more, std::uint32_t pool, Month month) {
  for (Loan& loan : more) {
    loan.month = month;
    loan.pool = pool;
    // What was taken back of it stands there already.
    const auto found = std::find_if(loans.rbegin(), loans.rend(), [&](const Loan& one) { return one.is_alike(loan); });
    if (found != loans.rend()) {
      found->used += loan.used;
    } else {
      loans.push_back(loan);
    }
  }
}

std::vector<Loan> Ledger::loans(Time now) const {
  std::vector<Loan> all = loans_;
  for (std::size_t at = 0; at < books_.size(); ++at) {
    add_unnoted(books_[at], static_cast<std::uint32_t>(at), open_month_, zone_, now, all);
  }
  return merged(std::move(all));
}

}  // namespace dure::ledger
