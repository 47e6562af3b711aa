#include "ledger_laws.h"

#include <fmt/format.h>

#include <algorithm>

#include "dure/base/overload.h"

namespace dure {

using ledger::Micro;
using ledger::Place;

void LedgerLaws::expect(int rule, bool holds, std::string_view law) {
  ++checks_[static_cast<std::size_t>(rule)];
  if (holds || complaints_.size() >= 5) return;
  complaints_.push_back(fmt::format("{} fact {} rule {}: {}", to_text(now_), state_.fact_count(), rule, law));
}

LedgerLaws::Sums LedgerLaws::sums() const {
  Sums sums;
  const std::vector<ledger::Account>& accounts = state_.ledger().accounts();
  for (std::size_t a = 0; a < accounts.size(); ++a) {
    const ledger::Purse& purse = accounts[a].purse;
    for (std::size_t at = 0; at < purse.lots.size(); ++at) {
      const ledger::Lot& lot = purse.lots[at];
      sums.awarded -= lot[Place::awarded];
      sums.lapsed += lot[Place::lapsed];
      sums.rest += lot[Place::free] + lot[Place::held] + lot[Place::spent];
      sums.held[lot.grant] += lot[Place::held];
      if (lot.state == ledger::LotState::over) sums.held_over[{a, at}] = lot[Place::held];
    }
    sums.rest += purse.line[Place::free] + purse.line[Place::held] + purse.line[Place::spent];
  }
  return sums;
}

void LedgerLaws::before(const Fact& fact) {
  now_ = fact.time;
  note_use();
  if (!state_.ledger().is_open()) return;
  sums_ = sums();
  std::visit(Overload{
                 [&](const StartOrdered& c) { before(c); },
                 [&](const Ended& c) { before(c); },
                 [&](const Booked& c) { before(c.change); },
                 [](const auto&) {},
             },
             fact.change);
}

void LedgerLaws::after(const Fact& fact) {
  recount_.add(fact);
  if (!state_.ledger().is_open()) return;
  const Sums now = sums();
  nothing_is_made_or_lost(fact.change, now);
  lots_that_are_over_only_shrink(now);
  for (const std::string& wrong : state_.ledger().violations()) expect(1, false, wrong);
  std::visit(Overload{
                 [&](const StartOrdered& c) { after(c); },
                 [&](const Ended& c) { after(c); },
                 [&](const Booked& c) { after(c.change); },
                 [](const auto&) {},
             },
             fact.change);
}

// Rule 1.
void LedgerLaws::nothing_is_made_or_lost(const Change& change, const Sums& now) {
  const Micro awarded = now.awarded - sums_.awarded;
  const Micro lapsed = now.lapsed - sums_.lapsed;
  expect(1, now.rest - sums_.rest == awarded - lapsed, "credits were made or lost");
  const auto* booked = std::get_if<Booked>(&change);
  const auto is = [&]<class Kind>(Kind*) { return booked != nullptr && std::get_if<Kind>(&booked->change) != nullptr; };
  const bool is_end = std::holds_alternative<Ended>(change) || std::holds_alternative<StartFailed>(change);
  const bool is_expiry = is(static_cast<ledger::LotLapsed*>(nullptr)) ||
                         is(static_cast<ledger::GrantClosed*>(nullptr)) ||
                         is(static_cast<ledger::GrantReduced*>(nullptr));
  expect(1, awarded == 0 || is(static_cast<ledger::GrantAwarded*>(nullptr)), "credits came from nowhere");
  expect(1, lapsed == 0 || is_expiry || is_end, "credits lapsed before their time");
}

// Rule 4: nobody may hold more of them than when they ended.
void LedgerLaws::lots_that_are_over_only_shrink(const Sums& now) {
  for (const auto& [lot, held] : now.held_over) {
    const auto known = sums_.held_over.find(lot);
    if (known != sums_.held_over.end()) expect(4, held <= known->second, "a hold on a lot that is over has grown");
  }
}

Micro LedgerLaws::free(const ledger::Account& account, std::uint32_t kind) const {
  Micro free = -account.purse.line[Place::spent] - account.purse.line[Place::held];
  for (const ledger::Lot& lot : account.purse.lots) free += lot.pays_for(kind) ? lot[Place::free] : 0;
  return free;
}

std::int64_t LedgerLaws::cards_left(AccountId account, std::uint32_t kind) const {
  std::int64_t cards = 0;
  bool is_bounded = false;
  for (const ledger::Grant& grant : state_.ledger().grants()) {
    const bool counts = grant.status > ledger::GrantStatus::awarded && grant.status < ledger::GrantStatus::closed;
    if (grant.account != account || !counts || (grant.kinds >> kind & 1) == 0) continue;
    if (grant.cards == 0 || state_.ledger().programmes()[grant.programme].bursts) return INT64_MAX;
    is_bounded = true;
    cards += grant.cards_kept * 1000;
  }
  if (!is_bounded) return INT64_MAX;
  state_.jobs().for_each([&](JobId id, const Job& job) {
    const ledger::Hold* hold = state_.ledger().hold_of(id);
    if (hold == nullptr || hold->account != account || state_.ledger().kind_of(job.pool) != kind) return;
    cards -= hold->milli;
  });
  return cards;
}

std::int64_t LedgerLaws::milli_of(const Job& job, PoolId pool, const Allocation& allocation) const {
  return state_.amount(state_.shape_of(job), pool, placed_tasks(allocation));
}

// Rules 2 and 6.
void LedgerLaws::before(const StartOrdered& start) {
  const Job& job = state_.jobs()[start.job];
  const std::int64_t milli = milli_of(job, start.pool, start.allocation);
  const auto id = state_.ledger().account_of(job.tenant);
  if (!id || milli == 0) return;
  const ledger::Account& account = state_.ledger().account(*id);
  const ledger::Programme& programme = state_.ledger().programmes()[account.programme];
  const std::uint32_t kind = state_.ledger().kind_of(start.pool);
  const Micro cost = ledger::cost_of(state_.ledger().rate_of(start.pool), milli, job.time_limit);
  free_ = free(account, kind);
  expect(2, milli <= cards_left(*id, kind), "starts on more cards than are granted");
  if (cost == 0) return;
  switch (programme.overrun) {
    case ledger::Overrun::refuse: expect(2, cost <= free_, "holds more than is free"); break;
    case ledger::Overrun::finish: expect(6, free_ > 0, "starts though nothing is left"); break;
    case ledger::Overrun::debt: expect(2, cost <= free_ + programme.debt, "holds more than may be owed"); break;
    case ledger::Overrun::borrow: break;
  }
}

void LedgerLaws::after(const StartOrdered& start) {
  const Job& job = state_.jobs()[start.job];
  const std::int64_t milli = milli_of(job, start.pool, start.allocation);
  const auto id = state_.ledger().account_of(job.tenant);
  const ledger::Hold* hold = state_.ledger().hold_of(start.job);
  expect(2, (hold != nullptr) == (id && milli > 0), "holds though it has no account, or has one and does not");
  if (hold == nullptr) return;
  const ledger::Account& account = state_.ledger().account(*id);
  const Micro cost = ledger::cost_of(state_.ledger().rate_of(start.pool), milli, job.time_limit);
  Micro held = 0;
  for (const ledger::HeldPart& part : hold->parts) held += part.micro;
  const bool borrows = state_.ledger().programmes()[account.programme].overrun == ledger::Overrun::borrow &&
                       std::max<Micro>(0, free_) < cost;
  expect(6, hold->is_borrowed == borrows, "borrows though there is enough left, or does not though there is not");
  expect(2, held == (borrows ? 0 : cost), "holds something else than its rate, width and time limit");
  for (const ledger::HeldPart& part : hold->parts) {
    const bool is_beyond = part.lot == ledger::overrun_lot;
    for (std::size_t at = 0; at < account.purse.lots.size(); ++at) {
      const ledger::Lot& lot = account.purse.lots[at];
      if (!lot.pays_for(state_.ledger().kind_of(start.pool)) || at == part.lot) continue;
      const bool is_sooner = !is_beyond && lot.to < account.purse.lots[part.lot].to;
      if (is_sooner) expect(4, lot[Place::free] == 0, "another lot ends before the one that is spent");
    }
  }
}

void LedgerLaws::before(const Ended& end) {
  const ledger::Hold* hold = state_.ledger().hold_of(end.job);
  hold_ = hold != nullptr ? std::optional(*hold) : std::nullopt;
  job_ = state_.jobs()[end.job];
}

// Rules 3 and 5.
void LedgerLaws::after(const Ended& end) {
  expect(3, state_.ledger().hold_of(end.job) == nullptr, "an end leaves something held");
  expect(3, !state_.check(end), "an end is taken twice");
  if (!hold_) return;
  const ledger::Settlement& settled = state_.ledger().last_settlement();
  expect(3, settled.job == end.job && settled.charged >= 0 && settled.charged <= hold_->micro,
         "more is charged than was held");
  Micro held = 0;
  for (const auto& [grant, micro] : sums().held) held += micro;
  for (const auto& [grant, micro] : sums_.held) held -= micro;
  for (const ledger::HeldPart& part : hold_->parts) held += part.lot == ledger::overrun_lot ? 0 : part.micro;
  expect(3, held == 0, "not all of a hold is released");
  if (end.ran || !hold_->started) return;
  const Duration run = now_ - job_->started;
  expect(3, settled.charged + settled.waived == ledger::cost_of(hold_->rate, hold_->milli, run),
         "what is charged and waived is not what was allocated");
  if (!is_interruption(end.outcome) || job_->stop_ordered == Outcome::cancelled) return;
  const Duration saves = job_->checkpoint && job_->requeues ? job_->checkpoint->every : longest_duration;
  const Duration saved = saves * ((now_ - job_->resumed).ns / saves.ns);
  const Micro most = ledger::cost_of(hold_->rate, hold_->milli, job_->resumed - job_->started + saved);
  expect(5, settled.charged <= most, "lost work is charged");
  expect(5, settled.waived == 0 || settled.why, "a waiver has no cause");
}

void LedgerLaws::before(const ledger::Change& change) {
  if (const auto* award = std::get_if<ledger::GrantAwarded>(&change); award != nullptr && !award->by) {
    before_award(*award);
  }
}

// Rule 8: what others gave up goes to the first in order whom it covers.
void LedgerLaws::before_award(const ledger::GrantAwarded& award) {
  const ledger::Ledger& ledger = state_.ledger();
  const ledger::Application& winner = ledger.applications()[award.application->index()];
  const ledger::Call& call = ledger.calls()[winner.call.index()];
  const auto covers = [&](const ledger::Ask& ask) {
    std::int64_t cards = 0;
    for (const ledger::Freed& freed : call.freed) {
      if ((freed.kinds & ledger.mask_of({ask.kind})) != 0 && freed.until > now_) cards += freed.cards;
    }
    const auto kind = std::find(ledger.kinds().begin(), ledger.kinds().end(), ask.kind) - ledger.kinds().begin();
    return cards >= ask.cards && ledger.rate(static_cast<std::uint32_t>(kind)) > 0;
  };
  for (const ApplicationId id : call.waiting) {
    const ledger::Application& other = ledger.applications()[id.index()];
    const bool is_covered = std::any_of(other.asks.begin(), other.asks.end(), covers);
    if (id == winner.id) return expect(8, is_covered, "cards are awarded that nobody gave up");
    expect(8, !is_covered, "somebody is passed over");
  }
  expect(8, false, "cards go to who does not wait");
}

void LedgerLaws::after(const ledger::Change& change) {
  const auto rule_of = [&](GrantId id, std::uint32_t rule) {
    return state_.ledger().programmes()[state_.ledger().grants()[id.index()].programme].use[rule];
  };
  std::visit(Overload{
                 [&](const ledger::UseChecked& c) {
                   Notices& notices = notices_[c.grant];
                   if (c.notice == 0) {
                     notices = {};
                   } else if (c.notice == 1) {
                     expect(8, notices.number == 0, "a first notice comes twice");
                     notices = {.rule = c.rule, .number = 1, .first = now_};
                   } else {
                     expect(8, notices.number == 1 && !notices.is_appealed, "a second notice comes out of turn");
                     expect(8, now_ >= notices.first + rule_of(c.grant, c.rule).second_notice, "it comes early");
                     notices.number = 2;
                   }
                 },
                 [&](const ledger::AppealFiled& c) { notices_[c.grant].is_appealed = true; },
                 [&](const ledger::AppealDecided& c) {
                   notices_[c.grant].is_appealed = false;
                   if (c.is_granted) notices_[c.grant] = {};
                 },
                 [&](const ledger::GrantReduced& c) {
                   const Notices& notices = notices_[c.grant];
                   expect(8, notices.number == 2, "a grant is reduced without two notices");
                   expect(8, !notices.is_appealed, "a grant is reduced under an appeal");
                   expect(8, now_ >= notices.first + rule_of(c.grant, c.rule).appeal, "a grant is reduced early");
                   expect(8, sums().held == sums_.held, "what was held is taken back");
                   notices_[c.grant] = {};
                 },
                 [&](const ledger::GrantClosed& c) { its_cards_are_freed(c.grant); },
                 [](const auto&) {},
             },
             change);
}

// Rule 8, of one that was closed before its end.
void LedgerLaws::its_cards_are_freed(GrantId id) {
  const ledger::Grant& grant = state_.ledger().grants()[id.index()];
  if (!grant.application || grant.cards_kept == 0 || grant.to <= now_) return;
  const ledger::Application& application = state_.ledger().applications()[grant.application->index()];
  const std::vector<ledger::Freed>& freed = state_.ledger().calls()[application.call.index()].freed;
  expect(8,
         std::any_of(freed.begin(), freed.end(),
                     [&](const ledger::Freed& one) {
                       return one.cards == grant.cards_kept && one.kinds == grant.kinds && one.until == grant.to;
                     }),
         "nobody may have the cards of a grant that was closed");
}

// By what the tenants of the tree hold, whoever lends it.
void LedgerLaws::note_use() {
  const Time since = std::exchange(used_to_, now_);
  if (!state_.ledger().is_open() || since == now_) return;
  const std::vector<std::string> paths = state_.fleet().pool_paths();
  for (std::size_t p = 0; p < paths.size(); ++p) {
    const PoolId pool = id_of<PoolTag>(p);
    std::map<std::string, std::int64_t> left;
    for (const OwnerShare& share : state_.fleet().pool(pool).spec.owners) left[share.tenant] = share.amount_milli;
    for (const TenantId root : state_.tenants().roots()) {
      left[state_.tenants()[root].path] -= state_.usage(root, pool).held_milli;
    }
    for (const auto& [root, milli] : left) {
      (milli < 0 ? beyond_ : idle_)[{paths[p], root}] += Wide{milli < 0 ? -milli : milli} * (now_ - since).ns;
    }
  }
}

// Rule 7.
void LedgerLaws::loans_are_what_is_beyond_shares() {
  const ledger::Ledger& ledger = state_.ledger();
  Integrals borrowed;
  Integrals lent;
  Wide net = 0;
  std::map<std::string, Wide> of_party;
  for (const ledger::Loan& loan : ledger.loans(state_.now())) {
    const std::string& pool = ledger.pools()[loan.pool].path;
    borrowed[{pool, ledger.parties()[loan.borrower]}] += loan.used;
    lent[{pool, ledger.parties()[loan.lender]}] += loan.used;
    of_party[ledger.parties()[loan.lender]] += loan.used;
    of_party[ledger.parties()[loan.borrower]] -= loan.used;
    expect(7, loan.used >= 0 && loan.lender != loan.borrower, "a loan is none");
  }
  for (const auto& [party, sum] : of_party) net += sum;
  std::erase_if(borrowed, [](const auto& entry) { return entry.second == 0; });
  expect(7, borrowed == beyond_, "what is borrowed is not what is held beyond shares");
  for (const auto& [of, sum] : lent) {
    expect(7, of.second.empty() || sum <= idle_[of], "more is lent than was idle");
  }
  expect(7, net == 0, "the net over owners is not zero");
}

void LedgerLaws::a_recount_matches() {
  if (!state_.ledger().is_open()) return;
  now_ = state_.now();
  for (const std::string& wrong : recount_.differences(state_)) expect(9, false, wrong);
  expect(9, true, "");
  loans_are_what_is_beyond_shares();
}

}  // namespace dure
