#include "dure/ledger/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dure/base/assert.h"

namespace dure::ledger {
namespace {

bool is_within(std::string_view path, std::string_view above) {
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

// `part` of `whole`, of an amount; rounded down.
Micro part_of(Micro micro, Micro part, Micro whole) {
  return whole == 0 ? micro : static_cast<Micro>(Wide{micro} * std::min(part, whole) / whole);
}

}  // namespace

void Ledger::apply(const Change& change, Time now) {
  close_months(now);
  std::visit([&](const auto& c) { apply(c, now); }, change);
  find_ready(now);
}

void Ledger::apply(const RatesDeclared& change, Time now) {
  if (!is_open_) {
    is_open_ = true;
    zone_ = change.zone;
    open_month_ = month_of(now, zone_);
    month_end_ = begin_of(after(open_month_), zone_);
    rates_.push_back({.from = now, .per_hour = {}});
  }
  // What it does not name costs what it did.
  RateTable table{.from = std::max(change.from, now), .per_hour = rates_.back().per_hour};
  for (const Rate& rate : change.rates) {
    const std::uint32_t at = kind(rate.kind);
    if (at >= table.per_hour.size()) table.per_hour.resize(at + 1);
    table.per_hour[at] = rate.per_hour;
  }
  if (table.from <= now) rates_.clear();
  rates_.push_back(std::move(table));
}

void Ledger::apply(const RatesBegun&, Time) { rates_.erase(rates_.begin()); }

void Ledger::apply(const ProgrammeDeclared& change, Time) {
  const Programme& declared = change.programme;
  const auto found = find_programme(declared.name);
  if (found) {
    programmes_[*found] = declared;
  } else {
    programmes_.push_back(declared);
  }
  const std::uint32_t at = found.value_or(static_cast<std::uint32_t>(programmes_.size() - 1));
  if (!find_account(declared.tenant)) open_account(declared.tenant, at);
  for (Account& account : accounts_) {
    if (account.programme != at) continue;
    take_rules(account);
  }
  for (const Grant& grant : grants_) {
    if (grant.programme != at) continue;
    find_caps(grant.account);
    reset_wake(grant);
  }
}

void Ledger::apply(const CallOpened& change, Time now) {
  DURE_ASSERT(change.call.index() == calls_.size());
  calls_.push_back({.id = change.call,
                    .name = change.name,
                    .programme = *find_programme(change.programme),
                    .from = change.from,
                    .text = change.text,
                    .waiting = {},
                    .freed = {},
                    .steps = {{now, "opened", change.by, {}}}});
}

void Ledger::apply(const ApplicationFiled& change, Time now) {
  DURE_ASSERT(change.application.index() == applications_.size());
  applications_.push_back({.id = change.application,
                           .call = change.call,
                           .name = change.name,
                           .tenant = change.tenant,
                           .asks = change.asks,
                           .months = change.months,
                           .text = change.text,
                           .by = change.by,
                           .why_not = {},
                           .steps = {{now, "filed", change.by, {}}}});
}

void Ledger::apply(const ApplicationReviewed& change, Time now) {
  Application& application = applications_[change.application.index()];
  application.score = change.score;
  application.status = ApplicationStatus::reviewed;
  application.steps.push_back(
      {now, fmt::format("reviewed: {}.{:02}", change.score / 100, change.score % 100), change.by, change.why});
}

void Ledger::apply(const CallDecided& change, Time now) {
  Call& call = calls_[change.call.index()];
  call.is_decided = true;
  call.steps.push_back({now, "decided", change.by, change.why});
  for (const ApplicationId id : change.awarded) {
    applications_[id.index()].status = ApplicationStatus::awarded;
    applications_[id.index()].steps.push_back({now, "chosen", change.by, {}});
  }
  for (const Refused& refused : change.waiting) {
    Application& application = applications_[refused.application.index()];
    if (refused.asks) application.asks = *refused.asks;
    const bool waits = !application.asks.empty();
    application.status = waits ? ApplicationStatus::waiting : ApplicationStatus::refused;
    application.why_not = refused.why;
    application.steps.push_back({now, waits ? "waits" : "refused", change.by, refused.why});
    if (waits) call.waiting.push_back(refused.application);
  }
}

void Ledger::apply(const GrantAwarded& change, Time now) {
  DURE_ASSERT(change.grant.index() == grants_.size());
  const std::uint32_t programme = *find_programme(change.programme);
  const auto found = find_account(change.tenant);
  const AccountId id = found ? *found : open_account(change.tenant, programme);
  Account& account = accounts_[id.index()];
  // Nobody below loosens the rules of a programme above.
  const std::size_t rank = programmes_[account.programme].tenant.size();
  if (programmes_[programme].tenant.size() <= rank) account.programme = programme;
  take_rules(account);
  const std::uint64_t kinds = mask_of(change.kinds);
  Grant grant{.id = change.grant,
              .programme = programme,
              .account = id,
              .kinds = kinds,
              .cards = change.cards,
              .cards_kept = change.cards,
              .lots = {},
              .from = change.lots.front().from,
              .application = change.application,
              .notice = {},
              .steps = {}};
  for (const LotSpec& spec : change.lots) {
    grant.lots.push_back(static_cast<std::uint32_t>(account.purse.lots.size()));
    Lot lot{.grant = change.grant,
            .number = static_cast<std::uint32_t>(grant.lots.size() - 1),
            .kinds = kinds,
            .from = spec.from,
            .to = spec.to};
    lot.move(Place::awarded, Place::free, spec.micro);
    account.purse.lots.push_back(lot);
    grant.awarded += spec.micro;
    grant.from = std::min(grant.from, spec.from);
    grant.to = std::max(grant.to, spec.to);
  }
  month(account, now).awarded += grant.awarded;
  note(grant, now, "awarded", change.by, change.why);
  if (change.application) {
    Application& application = applications_[change.application->index()];
    Call& call = calls_[application.call.index()];
    if (application.status == ApplicationStatus::waiting) take_freed(call, application, kinds, change.cards, now);
    application.status = ApplicationStatus::awarded;
    application.steps.push_back({now, fmt::format("awarded grant {}", change.grant.value), change.by, change.why});
  }
  grants_.push_back(std::move(grant));
  wake_of_.push_back(Time::never());
  find_caps(id);
  reset_wake(grants_.back());
}

// What others gave up is used up, the longest first.
void Ledger::take_freed(Call& call, const Application& application, std::uint64_t kinds, std::int64_t cards, Time now) {
  std::erase(call.waiting, application.id);
  for (Freed& freed : call.freed) {
    if ((freed.kinds & kinds) == 0 || freed.until <= now) continue;
    const std::int64_t some = std::min(cards, freed.cards);
    freed.cards -= some;
    cards -= some;
  }
  std::erase_if(call.freed, [&](const Freed& freed) { return freed.cards == 0 || freed.until <= now; });
}

void Ledger::apply(const LotOpened& change, Time now) {
  Grant& grant = grants_[change.grant.index()];
  Account& account = accounts_[grant.account.index()];
  lot(grant, change.lot).state = LotState::open;
  find_open_lots(account);
  account.purse.pay_debt();
  if (grant.status == GrantStatus::awarded) {
    grant.status = GrantStatus::active;
    find_caps(grant.account);
    note(grant, now, "active");
  }
  reset_wake(grant);
}

void Ledger::apply(const LotLapsed& change, Time now) {
  Grant& grant = grants_[change.grant.index()];
  Lot& over = lot(grant, change.lot);
  const Micro left = over[Place::free];
  close_lot(grant, over);
  month(accounts_[grant.account.index()], now).lapsed += left;
  note(grant, now, fmt::format("lot {} over, {}.{:06} credits lapsed", change.lot + 1, left / credit, left % credit));
  const bool is_over = std::all_of(grant.lots.begin(), grant.lots.end(), [&](std::uint32_t at) {
    return accounts_[grant.account.index()].purse.lots[at].state == LotState::over;
  });
  if (is_over) end_grant(grant);
  reset_wake(grant);
}

// What is free of it lapses; what is held goes on to the end of its job.
void Ledger::close_lot(Grant& grant, Lot& lot) {
  grant.lapsed += lot[Place::free];
  lot.move(Place::free, Place::lapsed, lot[Place::free]);
  lot.state = LotState::over;
  find_open_lots(accounts_[grant.account.index()]);
}

// Whoever waits of its call may have them, until it would have ended; those that end last are given first.
void Ledger::free_cards(const Grant& grant, std::int64_t cards) {
  if (!grant.application || cards == 0) return;
  std::vector<Freed>& all = calls_[applications_[grant.application->index()].call.index()].freed;
  const auto later = [&](const Freed& one) { return one.until >= grant.to; };
  all.insert(std::partition_point(all.begin(), all.end(), later), {grant.kinds, cards, grant.to});
}

// Its cards go with it.
void Ledger::end_grant(Grant& grant) {
  grant.status = GrantStatus::closed;
  grant.notice.reset();
  find_caps(grant.account);
}

// How many cards its grants that have begun give it at once. O(grants).
void Ledger::find_caps(AccountId id) {
  Purse& purse = accounts_[id.index()].purse;
  purse.caps.clear();
  purse.unbounded = 0;
  for (const Grant& grant : grants_) {
    const bool counts = grant.status > GrantStatus::awarded && grant.status < GrantStatus::closed;
    if (grant.account != id || !counts) continue;
    if (grant.cards == 0 || programmes_[grant.programme].bursts) {
      purse.unbounded |= grant.kinds;
    } else {
      purse.caps.push_back({grant.kinds, grant.cards_kept});
    }
  }
}

void Ledger::apply(const UseChecked& change, Time now) {
  Grant& grant = grants_[change.grant.index()];
  grant.next_rule = std::max(grant.next_rule, change.rule + 1);
  const auto text = [&](std::string_view what) {
    return fmt::format("{}: used {}.{:06} of at least {}.{:06}", what, change.used / credit, change.used % credit,
                       change.wanted / credit, change.wanted % credit);
  };
  if (change.notice == 0) {
    grant.notice.reset();
    grant.status = grant.cards_kept < grant.cards ? GrantStatus::reduced : GrantStatus::active;
    note(grant, now, text("enough"));
  } else {
    if (!grant.notice) grant.notice = Notice{.rule = change.rule, .first = now};
    grant.notice->number = change.notice;
    grant.status = GrantStatus::warned;
    note(grant, now, text(change.notice == 1 ? "first notice" : "second notice"));
  }
  reset_wake(grant);
}

void Ledger::apply(const AppealFiled& change, Time now) {
  Grant& grant = grants_[change.grant.index()];
  grant.notice->appeal = Appeal::filed;
  note(grant, now, "appeal", change.by, change.why);
  reset_wake(grant);
}

void Ledger::apply(const AppealDecided& change, Time now) {
  Grant& grant = grants_[change.grant.index()];
  note(grant, now, change.is_granted ? "appeal granted" : "appeal refused", change.by, change.why);
  if (change.is_granted) {
    grant.notice.reset();
    grant.status = grant.cards_kept < grant.cards ? GrantStatus::reduced : GrantStatus::active;
  } else {
    grant.notice->appeal = Appeal::refused;
  }
  reset_wake(grant);
}

void Ledger::apply(const GrantReduced& change, Time now) {
  Grant& grant = grants_[change.grant.index()];
  Account& account = accounts_[grant.account.index()];
  Micro taken = 0;
  for (const std::uint32_t at : grant.lots) {
    Lot& lot = account.purse.lots[at];
    if (lot.state == LotState::over) continue;
    const Micro gone = lot[Place::free] - part_of(lot[Place::free], change.used, change.due);
    lot.move(Place::free, Place::lapsed, gone);
    taken += gone;
  }
  grant.lapsed += taken;
  month(account, now).reduced += taken;
  const std::int64_t kept = cards_after(grant, change);
  const std::int64_t freed = grant.cards_kept - kept;
  grant.cards_kept = kept;
  find_caps(grant.account);
  free_cards(grant, freed);
  grant.notice.reset();
  grant.status = GrantStatus::reduced;
  note(grant, now,
       fmt::format("reduced by {}.{:06} credits{}", taken / credit, taken % credit,
                   freed > 0 ? fmt::format(", {} cards of {} stay", kept, grant.cards) : ""));
  reset_wake(grant);
}

// As many as are used, rounded up.
std::int64_t Ledger::cards_after(const Grant& grant, const GrantReduced& change) {
  if (change.due == 0) return grant.cards_kept;
  const Wide used = std::min(change.used, change.due);
  return static_cast<std::int64_t>((Wide{grant.cards_kept} * used + change.due - 1) / change.due);
}

void Ledger::apply(const GrantClosed& change, Time now) {
  Grant& grant = grants_[change.grant.index()];
  Account& account = accounts_[grant.account.index()];
  const Micro before = grant.lapsed;
  for (const std::uint32_t at : grant.lots) {
    if (account.purse.lots[at].state != LotState::over) close_lot(grant, account.purse.lots[at]);
  }
  month(account, now).lapsed += grant.lapsed - before;
  if (grant.to > now) free_cards(grant, grant.cards_kept);
  end_grant(grant);
  note(grant, now, "closed", change.by, change.why);
  reset_wake(grant);
}

void Ledger::apply(const GrantSettled& change, Time now) {
  Grant& grant = grants_[change.grant.index()];
  Micro spent = 0;
  for (const std::uint32_t at : grant.lots) spent += accounts_[grant.account.index()].purse.lots[at][Place::spent];
  grant.status = GrantStatus::settled;
  note(grant, now,
       fmt::format("settled: of {}.{:06} credits {}.{:06} spent, {}.{:06} lapsed", grant.awarded / credit,
                   grant.awarded % credit, spent / credit, spent % credit, grant.lapsed / credit,
                   grant.lapsed % credit));
  reset_wake(grant);
}

// To the lots that are open, the last to end first.
void Ledger::apply(const CreditsRefunded& change, Time now) {
  Grant& grant = grants_[change.grant.index()];
  Account& account = accounts_[grant.account.index()];
  Micro left = change.micro;
  for (auto at = account.purse.open.rbegin(); at != account.purse.open.rend(); ++at) {
    Lot& lot = account.purse.lots[*at];
    if (lot.grant != grant.id) continue;
    const Micro some = std::min(left, lot[Place::spent]);
    lot.move(Place::spent, Place::free, some);
    left -= some;
  }
  DURE_ASSERT(left == 0);
  account.purse.pay_debt();
  month(account, now).refunded += change.micro;
  note(grant, now, fmt::format("refunded {}.{:06} credits", change.micro / credit, change.micro % credit), change.by,
       change.why);
}

void Ledger::note(Grant& grant, Time now, std::string text, std::optional<UserId> by, std::string why) {
  grant.steps.push_back({now, std::move(text), by, std::move(why)});
}

std::uint32_t Ledger::kind(const std::string& name) {
  if (const auto found = find_kind(name)) return *found;
  kinds_.push_back(name);
  return static_cast<std::uint32_t>(kinds_.size() - 1);
}

std::optional<std::uint32_t> Ledger::find_kind(std::string_view name) const {
  const auto found = std::find(kinds_.begin(), kinds_.end(), name);
  if (found == kinds_.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - kinds_.begin());
}

std::uint64_t Ledger::mask_of(const std::vector<std::string>& kinds) const {
  if (kinds.empty()) return ~std::uint64_t{0};
  std::uint64_t mask = 0;
  for (const std::string& name : kinds) {
    if (const auto found = find_kind(name)) mask |= std::uint64_t{1} << *found;
  }
  return mask;
}

Micro Ledger::rate(std::uint32_t kind) const {
  return rates_.empty() || kind >= rates_.front().per_hour.size() ? 0 : rates_.front().per_hour[kind];
}

std::optional<std::uint32_t> Ledger::find_programme(std::string_view name) const {
  const auto found =
      std::find_if(programmes_.begin(), programmes_.end(), [&](const Programme& one) { return one.name == name; });
  if (found == programmes_.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - programmes_.begin());
}

const Call* Ledger::find_call(std::string_view name) const {
  const auto found = std::find_if(calls_.begin(), calls_.end(), [&](const Call& call) { return call.name == name; });
  return found == calls_.end() ? nullptr : &*found;
}

std::optional<AccountId> Ledger::find_account(std::string_view path) const {
  const auto found = account_by_path_.find(path);
  return found == account_by_path_.end() ? std::nullopt : std::optional(found->second);
}

// Those of its programme.
void Ledger::take_rules(Account& account) {
  const Programme& programme = programmes_[account.programme];
  account.purse.overrun = programme.overrun;
  account.purse.debt = programme.debt;
  account.purse.hours = programme.hours;
  account.purse.zone = zone_;
}

AccountId Ledger::open_account(const std::string& path, std::uint32_t programme) {
  const AccountId id = id_of<AccountTag>(accounts_.size());
  Account& account = accounts_.emplace_back();
  account.path = path;
  account.programme = programme;
  take_rules(account);
  account_by_path_.emplace(path, id);
  for (std::size_t t = 0; t < tenant_paths_.size(); ++t) {
    if (!is_within(tenant_paths_[t], path)) continue;
    const auto former = account_of_[t];
    if (!former || accounts_[former->index()].path.size() < path.size()) account_of_[t] = id;
  }
  return id;
}

void Ledger::set_tenants(const Tenants& tenants) {
  tenant_paths_.clear();
  party_of_.clear();
  for (std::size_t t = 0; t < tenants.size(); ++t) {
    const std::string& path = tenants[id_of<TenantTag>(t)].path;
    tenant_paths_.push_back(path);
    party_of_.push_back(party(path.substr(0, path.find('/'))));
  }
  find_accounts();
}

void Ledger::find_accounts() {
  account_of_.assign(tenant_paths_.size(), std::nullopt);
  for (std::size_t t = 0; t < tenant_paths_.size(); ++t) {
    std::string_view path = tenant_paths_[t];
    for (auto found = find_account(path);; found = find_account(path)) {
      if (found) account_of_[t] = found;
      const std::size_t slash = path.rfind('/');
      if (found || slash == std::string_view::npos) break;
      path = path.substr(0, slash);
    }
  }
}

void Ledger::set_pools(const std::vector<DeclaredPool>& pools, Time now) {
  pool_of_.clear();
  for (const DeclaredPool& declared : pools) {
    auto found =
        std::find_if(pools_.begin(), pools_.end(), [&](const PoolEntry& entry) { return entry.path == declared.path; });
    if (found == pools_.end()) {
      pools_.push_back({declared.path, kind(declared.kind)});
      books_.emplace_back();
      borrowing_.push_back(0);
      found = pools_.end() - 1;
    }
    found->kind = kind(declared.kind);
    const auto at = static_cast<std::uint32_t>(found - pools_.begin());
    pool_of_.push_back(at);
    std::vector<LoanBook::Standing> shares;
    for (const auto& [owner, milli] : declared.shares) shares.push_back({.party = party(owner), .share_milli = milli});
    close_months(now);
    books_[at].set_shares(shares, now);
  }
}

Party Ledger::party(const std::string& root) {
  const auto found = std::find(parties_.begin() + 1, parties_.end(), root);
  if (found != parties_.end()) return static_cast<Party>(found - parties_.begin());
  parties_.push_back(root);
  return static_cast<Party>(parties_.size() - 1);
}

Lot& Ledger::lot(const Grant& grant, std::uint32_t number) {
  return accounts_[grant.account.index()].purse.lots[grant.lots[number]];
}

const Lot& Ledger::lot(const Grant& grant, std::uint32_t number) const {
  return accounts_[grant.account.index()].purse.lots[grant.lots[number]];
}

void Ledger::find_open_lots(Account& account) {
  std::vector<std::uint32_t>& open = account.purse.open;
  const std::vector<Lot>& lots = account.purse.lots;
  open.clear();
  for (std::uint32_t at = 0; at < lots.size(); ++at) {
    if (lots[at].state == LotState::open) open.push_back(at);
  }
  std::sort(open.begin(), open.end(),
            [&](std::uint32_t a, std::uint32_t b) { return std::pair(lots[a].to, a) < std::pair(lots[b].to, b); });
}

}  // namespace dure::ledger
