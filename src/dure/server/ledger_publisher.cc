#include "dure/server/ledger_publisher.h"

#include <utility>

#include "dure/base/overload.h"

namespace dure::server {

using ledger::Ledger;

namespace {

std::shared_ptr<const api::LedgerFrame> frame_of(const State& state) {
  const Ledger& ledger = state.ledger();
  auto frame = std::make_shared<api::LedgerFrame>(api::LedgerFrame{.zone = ledger.zone(),
                                                                   .open_month = ledger.open_month(),
                                                                   .kinds = ledger.kinds(),
                                                                   .rates = ledger.rates(),
                                                                   .programmes = ledger.programmes(),
                                                                   .calls = ledger.calls(),
                                                                   .pools = ledger.pools(),
                                                                   .parties = ledger.parties(),
                                                                   .account_of = {},
                                                                   .pool_of = {}});
  for (std::size_t tenant = 0; tenant < state.tenants().size(); ++tenant)
    frame->account_of.push_back(ledger.account_of(id_of<TenantTag>(tenant)));
  for (std::size_t pool = 0; pool < state.fleet().pools().size(); ++pool)
    frame->pool_of.push_back(ledger.number_of(id_of<PoolTag>(pool)));
  return frame;
}

}  // namespace

void LedgerPublisher::touch_all(const Ledger& ledger) {
  is_frame_stale_ = are_loans_stale_ = true;
  for (std::size_t i = 0; i < ledger.accounts().size(); ++i) accounts_touched_.insert(id_of<AccountTag>(i));
  for (std::size_t i = 0; i < ledger.grants().size(); ++i) grants_touched_.insert(id_of<GrantTag>(i));
  for (std::size_t i = 0; i < ledger.applications().size(); ++i) applications_touched_.insert(id_of<ApplicationTag>(i));
  for (std::size_t i = 0; i < ledger.loan_books().size(); ++i) books_touched_.insert(i);
}

void LedgerPublisher::rebuild(const State& state) {
  frame_ = nullptr;
  if (state.ledger().is_open()) touch_all(state.ledger());
}

void LedgerPublisher::touch(const Ledger& ledger, GrantId grant) {
  grants_touched_.insert(grant);
  accounts_touched_.insert(ledger.grants()[grant.index()].account);
}

// The account is that by which its devices are held, or were until just now.
void LedgerPublisher::touch_job(const Ledger& ledger, const Job& job, std::optional<AccountId> id) {
  books_touched_.insert(ledger.number_of(job.pool));
  if (!id) return;
  accounts_touched_.insert(*id);
  for (const ledger::Lot& lot : ledger.account(*id).purse.lots) {
    if (ledger.grants()[lot.grant.index()].status < ledger::GrantStatus::settled) grants_touched_.insert(lot.grant);
  }
}

void LedgerPublisher::hear(const State& state, const Fact& fact) {
  const Ledger& ledger = state.ledger();
  if (!ledger.is_open()) return;
  std::visit(Overload{
                 [&](const Booked& c) { hear(ledger, c.change); },
                 [&](const StartOrdered& c) {
                   const Job& job = state.jobs()[c.job];
                   touch_job(ledger, job, ledger.account_of(job.tenant));
                 },
                 [&](const StartFailed&) { touch_job(ledger, state.departed(), ledger.last_settlement().account); },
                 [&](const Ended&) {
                   are_loans_stale_ = true;
                   touch_job(ledger, state.departed(), ledger.last_settlement().account);
                 },
                 [&](const FleetDeclared&) { touch_all(ledger); },
                 [&](const TenantsDeclared&) { touch_all(ledger); },
                 [](const auto&) {},
             },
             fact.change);
}

void LedgerPublisher::hear(const Ledger& ledger, const ledger::Change& change) {
  is_frame_stale_ = true;
  std::visit(Overload{
                 [&](const ledger::RatesDeclared&) { touch_all(ledger); },
                 [&](const ledger::ProgrammeDeclared&) { touch_all(ledger); },
                 [&](const ledger::ApplicationFiled& c) { applications_touched_.insert(c.application); },
                 [&](const ledger::ApplicationReviewed& c) { applications_touched_.insert(c.application); },
                 [&](const ledger::CallDecided& c) {
                   applications_touched_.insert(c.awarded.begin(), c.awarded.end());
                   for (const ledger::Refused& refused : c.waiting) applications_touched_.insert(refused.application);
                 },
                 [&](const ledger::GrantAwarded& c) {
                   if (c.application) applications_touched_.insert(*c.application);
                   touch(ledger, c.grant);
                 },
                 [](const ledger::RatesBegun&) {},
                 [](const ledger::CallOpened&) {},
                 [&](const auto& c) { touch(ledger, c.grant); },
             },
             change);
}

void LedgerPublisher::publish(const State& state, api::View& view) {
  const Ledger& ledger = state.ledger();
  if (!ledger.is_open()) return;
  if (frame_ == nullptr || frame_->open_month != ledger.open_month()) {
    is_frame_stale_ = are_loans_stale_ = true;
    for (std::size_t i = 0; i < ledger.loan_books().size(); ++i) books_touched_.insert(i);
  }
  if (std::exchange(are_loans_stale_, false)) {
    const std::vector<ledger::Loan>& loans = ledger.loans_noted();
    const ledger::Month since = frame_ != nullptr ? frame_->open_month : ledger::Month{INT32_MIN};
    for (std::size_t i = loans.size(); i > 0 && loans[i - 1].month >= since; --i) loans_.put(i - 1, loans[i - 1]);
  }
  if (std::exchange(is_frame_stale_, false)) frame_ = frame_of(state);
  for (const AccountId id : std::exchange(accounts_touched_, {})) accounts_.put(id.index(), ledger.account(id));
  for (const GrantId id : std::exchange(grants_touched_, {})) grants_.put(id.index(), ledger.grants()[id.index()]);
  for (const ApplicationId id : std::exchange(applications_touched_, {}))
    applications_.put(id.index(), ledger.applications()[id.index()]);
  for (const std::size_t pool : std::exchange(books_touched_, {})) books_.put(pool, ledger.loan_books()[pool]);
  view.ledger = frame_;
  view.accounts = accounts_.publish();
  view.grants = grants_.publish();
  view.applications = applications_.publish();
  view.loan_books = books_.publish();
  view.loans = loans_.publish();
}

}  // namespace dure::server
