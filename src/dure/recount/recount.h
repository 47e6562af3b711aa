// The accounts once more, from the facts alone and by none of the ledger's means but its calendar: what a statement is
// held against.
//
// It is made to be read, not to be fast: it looks at everything for each fact.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/core/fact.h"
#include "dure/core/state.h"
#include "dure/recount/figures.h"
#include "dure/recount/lending.h"

namespace dure::recount {

class Recount {
 public:
  // All facts from the first on, one by one.
  void add(const Fact& fact);

  // By the path of their tenant.
  const std::map<std::string, AccountFigures>& accounts() const { return accounts_; }
  const std::map<GrantId, GrantFigures>& grants() const { return grants_; }
  // Up to `now`.
  std::map<LoanKey, LoanFigures> loans(Time now) const;

  // What of `state`, which the same facts led to, says something else; and what the facts themselves say wrong. A
  // sentence each.
  std::vector<std::string> differences(const State& state) const;

 private:
  struct Part {
    std::optional<std::size_t> lot;  // of the account; none: beyond them
    Micro micro = 0;
  };
  struct Hold {
    std::string account;
    Micro rate = 0;
    Micro micro = 0;
    bool is_free = false;  // nothing was left, and the programme lets it run
    bool is_emergency = false;
    std::vector<Part> parts;
  };
  enum class Run : std::uint8_t { none, ordered, began, stopping };
  struct Work {
    std::string tenant;
    Demand per_task;
    Duration time_limit;
    std::optional<Checkpoint> checkpoint;
    bool comes_back = true;
    Run run = Run::none;
    bool has_begun = false;  // since the last order
    std::string pool;
    std::int64_t milli = 0;
    Time ordered;
    Time began;
    Time went_on;   // from its start, or the last swap, on
    Time told;      // to stop
    Duration lost;  // to swaps
    std::optional<Outcome> told_to;
    StopReason why;
    std::optional<Hold> hold;
  };
  struct Pool {
    std::string kind;
    bool has_gpus = false;
    Duration promise;
    Lending lending;
    Time noted_to;
  };
  struct Rates {
    Time from;
    std::map<std::string, Micro> per_hour;
  };

  void add(const FleetDeclared& change);
  void add(const TenantsDeclared& change);
  void add(const JobSubmitted& change);
  void add(const JobUpdated& change);
  void add(const JobCancelled& change);
  void add(const StartOrdered& change);
  void add(const StopOrdered& change);
  void add(const Started& change);
  void add(const StartFailed& change);
  void add(const Ended& change);
  void add(const NodesSwapped& change);
  void add(const ledger::RatesDeclared& change);
  void add(const ledger::RatesBegun& change);
  void add(const ledger::ProgrammeDeclared& change);
  void add(const ledger::ApplicationFiled& change);
  void add(const ledger::CallDecided& change);
  void add(const ledger::GrantAwarded& change);
  void add(const ledger::LotOpened& change);
  void add(const ledger::LotLapsed& change);
  void add(const ledger::UseChecked& change);
  void add(const ledger::GrantReduced& change);
  void add(const ledger::GrantClosed& change);
  void add(const ledger::CreditsRefunded& change);
  // Facts that cost nobody anything.
  template <class Other>
  void add(const Other&) {}

  void begin(Work& work, Time at);
  void stop_running(Work& work, std::optional<Time> end, Duration lost, ledger::Waiver why);
  void settle(Work& work, Micro charged, Micro waived);
  void note_reclaim(const Work& work);
  Duration at_stake(const Work& work, Time at) const;
  void hold(Work& work);
  void pay_what_is_owed(AccountFigures& account);
  void lapse(GrantId grant, std::size_t lot);
  void free_cards(const GrantFigures& grant, std::int64_t cards);
  void take_freed(const ledger::GrantAwarded& award);
  CallFigures* call_of(std::optional<ApplicationId> application);
  void note_loans(Pool& pool, const std::string& path);
  AccountFigures* account_of(const std::string& tenant, std::string& path);
  AccountFigures& open_account(const std::string& path, const std::string& programme);
  std::vector<std::size_t> open_lots(const AccountFigures& account) const;
  MonthFigures& month(AccountFigures& account);
  Micro rate(const std::string& kind) const;
  Micro used(GrantId grant) const;
  void expect(bool holds, GrantId grant, std::string_view what, Micro told, Micro found);

  void compare_accounts(const ledger::Ledger& ledger, std::vector<std::string>& out) const;
  void compare_grants(const ledger::Ledger& ledger, std::vector<std::string>& out) const;
  void compare_calls(const ledger::Ledger& ledger, std::vector<std::string>& out) const;
  void compare_loans(const ledger::Ledger& ledger, Time now, std::vector<std::string>& out) const;

  Time now_;
  bool is_open_ = false;
  Duration zone_;
  std::vector<Rates> rates_;  // the first holds
  std::map<std::string, ledger::Programme> programmes_;
  std::map<std::string, AccountFigures> accounts_;
  std::map<GrantId, GrantFigures> grants_;
  std::map<CallId, CallFigures> calls_;
  std::map<LoanKey, LoanFigures> loans_;
  std::map<std::string, Pool> pools_;
  std::vector<std::string> pool_paths_;  // by PoolId
  std::vector<std::string> tenants_;     // by TenantId
  std::map<JobId, Work> work_;
  std::vector<std::string> disputed_;
};

}  // namespace dure::recount
