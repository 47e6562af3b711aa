// The account of who may use what, who did, and who lent it: the fold of changes and of what jobs hold.
//
// Nothing here costs anything until rates or programmes are declared.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/result.h"
#include "dure/base/slab.h"
#include "dure/base/time.h"
#include "dure/ledger/account.h"
#include "dure/ledger/change.h"
#include "dure/ledger/grant.h"
#include "dure/ledger/loans.h"
#include "dure/tenancy/tenants.h"

namespace dure::ledger {

// A pool as the ledger knows it, for good; fleets may be declared anew.
struct PoolEntry {
  std::string path;
  std::uint32_t kind = 0;
};

template <class Archive>
void fields(Archive& archive, Like<PoolEntry> auto& pool) {
  archive(pool.path);
  archive(pool.kind);
}

// What is set aside for a job that was ordered to start.
struct Hold {
  AccountId account;
  std::uint32_t pool = 0;  // of the ledger
  Micro rate = 0;          // of the start, which is what is charged
  std::int64_t milli = 0;
  Micro micro = 0;           // in all
  bool is_borrowed = false;  // nothing is set aside: it costs nothing, and gives way
  bool is_emergency = false;
  std::optional<Time> started;
  Duration waived;  // lost to faults since
  std::vector<HeldPart> parts;
};

template <class Archive>
void fields(Archive& archive, Like<Hold> auto& hold) {
  archive(hold.account);
  archive(hold.pool);
  archive(hold.rate);
  archive(hold.milli);
  archive(hold.micro);
  archive(hold.is_borrowed);
  archive(hold.is_emergency);
  archive(hold.started);
  archive(hold.waived);
  archive(hold.parts);
}

// What came of a hold.
struct Settlement {
  JobId job;
  std::optional<AccountId> account;  // that it was held of, which may no longer be the nearest
  Micro charged = 0;
  Micro waived = 0;
  std::optional<Waiver> why;  // of most of what is waived
};

template <class Archive>
void fields(Archive& archive, Like<Settlement> auto& settlement) {
  archive(settlement.job);
  archive(settlement.charged);
  archive(settlement.waived);
  archive(settlement.why);
}

// Calls `tell(grant, micro)` with what the hold's run has cost so far of each lot. `lots` are those of its account.
template <class Tell>
void for_each_use(const Hold& hold, const std::vector<Lot>& lots, Time now, const Tell& tell) {
  if (!hold.started) return;
  Micro left = cost_of(hold.rate, hold.milli, std::max(Duration{}, now - *hold.started));
  for (const HeldPart& part : hold.parts) {
    const Micro some = std::min(left, part.micro);
    if (part.lot != overrun_lot) tell(lots[part.lot].grant, some);
    left -= some;
  }
}

// A table of rates.
struct RateTable {
  Time from;
  std::vector<Micro> per_hour;  // by kind
};

template <class Archive>
void fields(Archive& archive, Like<RateTable> auto& table) {
  archive(table.from);
  archive(table.per_hour);
}

// What a fleet's pool is to the ledger.
struct DeclaredPool {
  std::string path;
  std::string kind;
  std::vector<std::pair<std::string, std::int64_t>> shares;  // root tenant, milli
};

// What would have been used of the grant by `now` at an even pace.
Micro even_use(const Grant& grant, Time now);

class Ledger {
 public:
  // Folds one change in. Total for whatever `check` accepts. O(grants + lots of the account + who waits x what is
  // freed); for ProgrammeDeclared O(accounts + grants squared).
  void apply(const Change& change, Time now);
  // Whether it may happen now; the error names the thing and the way out.
  Result<void> check(const Change& change, Time now) const;

  bool is_open() const { return is_open_; }

  // The estate, whenever it is declared. O(pools + tenants x depth).
  void set_pools(const std::vector<DeclaredPool>& pools, Time now);
  void set_tenants(const Tenants& tenants);

  // What jobs do. Only where the ledger is open. O(depth + open lots + parties of the pool squared).
  // Requires `room` for it, or whatever is missing is owed.
  void order(JobId job, TenantId tenant, PoolId pool, std::int64_t milli, Duration time_limit, Time now);
  void start(JobId job, Time at);
  // So much of the run up to now is lost to a fault that does not end it.
  void lose(JobId job, Duration lost);
  // `ran`: none if it never began. `lost`: the end of the run that must be done again, and why.
  struct End {
    std::optional<std::pair<Time, Time>> ran;
    Duration lost;
    Waiver why = Waiver::fault;
  };
  // Of what it held of the pool, as in `order`.
  void end(JobId job, TenantId tenant, PoolId pool, std::int64_t milli, const End& end, Time now);
  // What was held in the pool by the tenant, a root, before the ledger was opened.
  void hold(TenantId tenant, PoolId pool, std::int64_t milli, Time now);
  // What was lent in the pool to the job, which is about to end, is back with its owner: told to stop at `told`.
  void reclaimed(JobId job, TenantId lender, TenantId borrower, PoolId pool, Duration promised, Time told, Time now);

  // The next thing that the rules do by `now`, if any: O(what runs) where use is looked at. And when there will be one.
  std::optional<Change> due(Time now) const;
  Time next_due() const;

  // Whether the tenant's jobs cost anything; then by which account.
  std::optional<AccountId> account_of(TenantId tenant) const {
    return tenant.index() < account_of_.size() ? account_of_[tenant.index()] : std::nullopt;
  }
  std::uint32_t kind_of(PoolId pool) const { return pools_[pool_of_[pool.index()]].kind; }
  Micro rate_of(PoolId pool) const { return rate(kind_of(pool)); }
  Micro rate(std::uint32_t kind) const;
  const Account& account(AccountId id) const { return accounts_[id.index()]; }
  const std::vector<Account>& accounts() const { return accounts_; }
  std::optional<AccountId> find_account(std::string_view path) const;
  // What the tenant's jobs share with others.
  Isolation isolation_of(TenantId tenant) const {
    const auto id = account_of(tenant);
    return id ? programmes_[accounts_[id->index()].programme].isolation : Isolation::shared;
  }
  const std::vector<Programme>& programmes() const { return programmes_; }
  const std::vector<Grant>& grants() const { return grants_; }                    // by GrantId
  const std::vector<Call>& calls() const { return calls_; }                       // by CallId
  const std::vector<Application>& applications() const { return applications_; }  // by ApplicationId
  const std::vector<std::string>& kinds() const { return kinds_; }
  const std::vector<PoolEntry>& pools() const { return pools_; }
  const std::vector<std::string>& parties() const { return parties_; }
  const Hold* hold_of(JobId job) const { return holds_.find(job); }
  // Whether anything runs there that nothing is set aside for.
  bool borrows_in(PoolId pool) const { return is_open_ && borrowing_[pool_of_[pool.index()]] > 0; }
  const Settlement& last_settlement() const { return last_; }
  Duration zone() const { return zone_; }
  const std::vector<RateTable>& rates() const { return rates_; }  // the first is what holds now
  std::uint32_t number_of(PoolId pool) const { return pool_of_[pool.index()]; }
  const std::vector<LoanBook>& loan_books() const { return books_; }  // by number of the pool
  const std::vector<Loan>& loans_noted() const { return loans_; }     // months ascend
  Month open_month() const { return open_month_; }                    // up to which they are noted
  const Call* find_call(std::string_view name) const;                 // null: none
  // What of the grant was used by `now`, with what runs. O(what runs).
  Micro used(const Grant& grant, Time now) const;
  // All loans up to `now`, by month, pool, lender, borrower, reason.
  std::vector<Loan> loans(Time now) const;
  std::uint64_t mask_of(const std::vector<std::string>& kinds) const;

  // What does not hold of rules 1, 2 and 6, a sentence each. O(everything).
  std::vector<std::string> violations() const;

  // All of it that does not follow from the rest, as canonical bytes.
  void write(ByteWriter& writer) const;
  void read(ByteReader& reader);
  // After `read`.
  void restore(const Tenants& tenants, const std::vector<std::string>& pool_paths, Time now);

 private:
  class Check;  // check.cc

  void apply(const RatesDeclared& change, Time now);
  void apply(const ProgrammeDeclared& change, Time now);
  void apply(const CallOpened& change, Time now);
  void apply(const ApplicationFiled& change, Time now);
  void apply(const ApplicationReviewed& change, Time now);
  void apply(const CallDecided& change, Time now);
  void apply(const GrantAwarded& change, Time now);
  void apply(const LotOpened& change, Time now);
  void apply(const LotLapsed& change, Time now);
  void apply(const UseChecked& change, Time now);
  void apply(const AppealFiled& change, Time now);
  void apply(const AppealDecided& change, Time now);
  void apply(const GrantReduced& change, Time now);
  void apply(const GrantClosed& change, Time now);
  void apply(const GrantSettled& change, Time now);
  void apply(const CreditsRefunded& change, Time now);
  void apply(const RatesBegun& change, Time now);

  template <class Archive, class AnyLedger>
  static void image(Archive& archive, AnyLedger& ledger);
  std::uint32_t kind(const std::string& name);
  std::optional<std::uint32_t> find_kind(std::string_view name) const;
  std::optional<std::uint32_t> find_programme(std::string_view name) const;
  Party party(const std::string& root);
  AccountId open_account(const std::string& path, std::uint32_t programme);
  void take_rules(Account& account);
  void find_accounts();
  Lot& lot(const Grant& grant, std::uint32_t number);
  const Lot& lot(const Grant& grant, std::uint32_t number) const;
  void find_open_lots(Account& account);
  void close_lot(Grant& grant, Lot& lot);
  void free_cards(const Grant& grant, std::int64_t cards);
  void end_grant(Grant& grant);
  void find_caps(AccountId id);
  static std::int64_t cards_after(const Grant& grant, const GrantReduced& change);
  void note(Grant& grant, Time now, std::string text, std::optional<UserId> by = {}, std::string why = {});
  bool is_held(const Grant& grant) const;
  Time wakes(const Grant& grant) const;
  void reset_wake(const Grant& grant);
  std::optional<Change> due_of(const Grant& grant, Time now) const;
  std::optional<Change> check_use(const Grant& grant, Time now) const;
  std::optional<Change> award_from(const Call& call, Time now) const;
  void find_ready(Time now);
  void take_freed(Call& call, const Application& application, std::uint64_t kinds, std::int64_t cards, Time now);
  void settle(const Hold& hold, Account& account, Micro charged, Micro waived, Time now);
  void close_months(Time now);
  static void add_loans(std::vector<Loan>& loans, std::vector<Loan> more, std::uint32_t pool, Month month);
  MonthLine& month(Account& account, Time at) { return account.month(month_of(at, zone_)); }

  bool is_open_ = false;
  Duration zone_;
  std::vector<std::string> kinds_;
  std::vector<RateTable> rates_;  // ascending; the first is what holds now
  std::vector<Programme> programmes_;
  std::vector<Account> accounts_;
  std::vector<Grant> grants_;
  std::vector<Call> calls_;
  std::vector<Application> applications_;
  Slab<JobId, Hold> holds_;
  std::vector<PoolEntry> pools_;
  std::vector<std::string> parties_{std::string()};
  std::vector<LoanBook> books_;  // by pool of the ledger
  std::vector<Loan> loans_;      // of months that are over, and what was taken back of this one
  Month open_month_;             // of the loans

  // From here on: follows from the rest.
  std::vector<std::uint32_t> pool_of_;                // by PoolId
  std::vector<std::optional<AccountId>> account_of_;  // by TenantId
  std::vector<std::string> tenant_paths_;             // likewise
  std::map<std::string, AccountId, std::less<>> account_by_path_;
  std::vector<Party> party_of_;  // likewise
  std::set<std::pair<Time, GrantId>> wakes_;
  std::vector<Time> wake_of_;             // by GrantId
  std::vector<std::uint32_t> borrowing_;  // by pool of the ledger: holds that are borrowed
  std::optional<CallId> ready_;           // has somebody who waits, and cards for them
  Time month_end_ = Time::never();
  Settlement last_;
};

}  // namespace dure::ledger
