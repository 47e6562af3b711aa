// Makes what readers see of the ledger, as it changes.
#pragma once

#include <set>

#include "dure/api/view.h"
#include "dure/core/state.h"

namespace dure::server {

// Copies, once a publication, the accounts, grants, applications and books of loans that were touched since the last.
class LedgerPublisher {
 public:
  // Makes all of it anew. O(ledger).
  void rebuild(const State& state);
  // After the state has it.
  void hear(const State& state, const Fact& fact);
  void publish(const State& state, api::View& view);

 private:
  void hear(const ledger::Ledger& ledger, const ledger::Change& change);
  void touch(const ledger::Ledger& ledger, GrantId grant);
  void touch_job(const ledger::Ledger& ledger, const Job& job, std::optional<AccountId> id);
  void touch_all(const ledger::Ledger& ledger);

  bool is_frame_stale_ = true;
  bool are_loans_stale_ = true;  // of the month at hand, and of those that were since the last publication
  std::set<AccountId> accounts_touched_;
  std::set<GrantId> grants_touched_;
  std::set<ApplicationId> applications_touched_;
  std::set<std::size_t> books_touched_;
  std::shared_ptr<const api::LedgerFrame> frame_;
  api::PageWriter<ledger::Account> accounts_;
  api::PageWriter<ledger::Grant> grants_;
  api::PageWriter<ledger::Application> applications_;
  api::PageWriter<ledger::LoanBook> books_;
  api::PageWriter<ledger::Loan> loans_;
};

}  // namespace dure::server
