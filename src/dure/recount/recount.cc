#include "dure/recount/recount.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "dure/fleet/fleet.h"
#include "dure/tenancy/tenants.h"

namespace dure::recount {
namespace {

constexpr Micro most = 1'000'000'000'000'000'000;

// In whole hours and what is left over; rounded up once, at the end.
Micro cost(Micro per_hour, std::int64_t milli, Duration time) {
  constexpr Wide hour = hours(1).ns;
  const Wide per = Wide{per_hour} * milli;  // thousandths of a micro-credit, an hour
  const Wide whole_hours = per * (time.ns / hour);
  const Wide rest = whole_hours % 1000 * hour + per * (time.ns % hour);
  const Wide sum = whole_hours / 1000 + (rest + 1000 * hour - 1) / (1000 * hour);
  return sum > most ? most : static_cast<Micro>(sum);
}

bool pays_for(const LotFigures& lot, const std::string& kind) {
  if (lot.phase != Phase::open) return false;
  return lot.kinds.empty() || std::find(lot.kinds.begin(), lot.kinds.end(), kind) != lot.kinds.end();
}

std::string root_of(const std::string& tenant) { return tenant.substr(0, tenant.find('/')); }

ledger::Waiver waiver_of(StopCause cause) {
  switch (cause) {
    case StopCause::reclaim: return ledger::Waiver::reclaim;
    case StopCause::preempt: return ledger::Waiver::preempt;
    case StopCause::fairness: return ledger::Waiver::fairness;
    case StopCause::window: return ledger::Waiver::window;
    case StopCause::defragment: return ledger::Waiver::defragment;
    case StopCause::shrink: return ledger::Waiver::shrink;
    case StopCause::asked:
    case StopCause::fault: break;
  }
  return ledger::Waiver::fault;
}

}  // namespace

void Recount::add(const Fact& fact) {
  now_ = fact.time;
  std::visit(
      [&](const auto& change) {
        if constexpr (std::is_same_v<std::decay_t<decltype(change)>, Booked>) {
          std::visit([&](const auto& booked) { add(booked); }, change.change);
        } else {
          add(change);
        }
      },
      fact.change);
}

// The estate.

void Recount::add(const FleetDeclared& change) {
  const Fleet fleet(change.fleet);
  pool_paths_ = fleet.pool_paths();
  for (std::size_t i = 0; i < pool_paths_.size(); ++i) {
    const PoolSpec& spec = fleet.pool(id_of<PoolTag>(i)).spec;
    Pool& pool = pools_[pool_paths_[i]];
    note_loans(pool, pool_paths_[i]);
    pool.has_gpus = spec.gpus_per_node > 0;
    pool.kind = pool.has_gpus ? spec.gpu_model : "cpu";
    pool.promise = spec.reclaim_within;
    std::vector<std::pair<std::string, std::int64_t>> shares;
    for (const OwnerShare& share : spec.owners) shares.emplace_back(share.tenant, share.amount_milli);
    pool.lending.declare(shares);
  }
}

void Recount::add(const TenantsDeclared& change) {
  const Tenants tenants(change.tenants, pool_paths_);
  tenants_.clear();
  for (std::size_t i = 0; i < tenants.size(); ++i) tenants_.push_back(tenants[id_of<TenantTag>(i)].path);
}

// Jobs.

void Recount::add(const JobSubmitted& change) {
  const JobSpec& spec = change.spec;
  Work& work = work_[change.job];
  work.tenant = tenants_[spec.tenant.index()];
  work.per_task = spec.shape.per_task;
  work.time_limit = spec.time_limit;
  work.checkpoint = spec.checkpoint;
  work.comes_back = spec.requeues;
}

void Recount::add(const JobUpdated& change) {
  Work& work = work_[change.job];
  work.time_limit = change.time_limit.value_or(work.time_limit);
}

void Recount::add(const JobCancelled& change) { work_.erase(change.job); }

void Recount::add(const StartOrdered& change) {
  Work& work = work_[change.job];
  std::uint32_t tasks = 0;
  for (const Placement& placement : change.allocation) tasks += placement.tasks;
  work.pool = pool_paths_[change.pool.index()];
  work.milli = (pools_[work.pool].has_gpus ? work.per_task.gpu_milli : work.per_task.cpu_milli) * tasks;
  work.run = Run::ordered;
  work.has_begun = false;
  work.ordered = now_;
  work.lost = {};
  hold(work);
}

void Recount::hold(Work& work) {
  if (!is_open_ || work.milli == 0) return;
  Pool& pool = pools_[work.pool];
  note_loans(pool, work.pool);
  std::string path;
  AccountFigures* account = account_of(work.tenant, path);
  const bool is_emergency = account != nullptr && programmes_[account->programme].is_emergency;
  pool.lending.hold(root_of(work.tenant), work.milli, is_emergency);
  if (account == nullptr) return;
  Hold hold{.account = path, .rate = rate(pool.kind), .is_emergency = is_emergency, .parts = {}};
  hold.micro = cost(hold.rate, work.milli, work.time_limit);
  Micro free = -account->owed - account->held_beyond;
  std::vector<std::size_t> payers = open_lots(*account);
  std::erase_if(payers, [&](std::size_t lot) { return !pays_for(account->lots[lot], pool.kind); });
  for (const std::size_t lot : payers) free += account->lots[lot].free;
  free = std::max<Micro>(0, free);
  hold.is_free = programmes_[account->programme].overrun == ledger::Overrun::borrow && free < hold.micro;
  Micro left = hold.is_free ? 0 : hold.micro;
  for (const std::size_t lot : payers) {
    const Micro some = std::min({left, free, account->lots[lot].free});
    if (some == 0) continue;
    account->lots[lot].free -= some;
    account->lots[lot].held += some;
    left -= some;
    free -= some;
    hold.parts.push_back({lot, some});
  }
  if (left > 0) {
    account->held_beyond += left;
    hold.parts.push_back({std::nullopt, left});
  }
  work.hold = std::move(hold);
}

void Recount::add(const StopOrdered& change) {
  Work& work = work_[change.job];
  if (work.run != Run::stopping) work.told = now_;
  work.run = Run::stopping;
  work.told_to = change.outcome;
  if (is_interruption(change.outcome)) work.why = change.why;
  if (change.outcome == Outcome::cancelled) work.comes_back = false;
}

void Recount::add(const Started& change) { begin(work_[change.job], change.at.value_or(now_)); }

void Recount::begin(Work& work, Time at) {
  if (work.run == Run::ordered) work.run = Run::began;
  work.has_begun = true;
  work.began = std::max(at, work.ordered);
  work.went_on = work.began;
}

void Recount::add(const StartFailed& change) { stop_running(work_[change.job], std::nullopt, {}, {}); }

void Recount::add(const NodesSwapped& change) {
  Work& work = work_[change.job];
  work.lost = work.lost + at_stake(work, now_);
  work.went_on = now_;
}

// What would be lost: since the last whole number of intervals, where it saves its work and starts again.
Duration Recount::at_stake(const Work& work, Time at) const {
  if (!work.has_begun) return {};
  const Duration since = at - work.went_on;
  if (!work.checkpoint || !work.comes_back) return since;
  return since - work.checkpoint->every * (since.ns / work.checkpoint->every.ns);
}

void Recount::add(const Ended& change) {
  Work& work = work_[change.job];
  const Time end = std::max(change.ran ? change.ran->to : now_, work.ordered);
  if (change.ran) {
    const bool was_swapped = work.has_begun && work.went_on != work.began;
    const Time went_on = work.went_on;
    begin(work, change.ran->from);
    if (was_swapped) work.went_on = went_on;
  }
  note_reclaim(work);
  const bool is_lost = is_interruption(change.outcome) && work.told_to != Outcome::cancelled;
  const Duration lost = is_lost ? at_stake(work, std::max(end, work.went_on)) : Duration{};
  const auto why = change.outcome == Outcome::evicted ? waiver_of(work.why.cause) : ledger::Waiver::fault;
  stop_running(work, end, lost, why);
  work.told_to.reset();
  if (!is_interruption(change.outcome) || !work.comes_back) work_.erase(change.job);
}

void Recount::note_reclaim(const Work& work) {
  const bool is_reclaim = work.run == Run::stopping && work.told_to == Outcome::evicted &&
                          work.why.cause == StopCause::reclaim && work.why.beneficiary;
  if (!is_open_ || !is_reclaim) return;
  const auto owner = work_.find(*work.why.beneficiary);
  if (owner == work_.end() || root_of(owner->second.tenant) == root_of(work.tenant)) return;
  const Pool& pool = pools_[work.pool];
  const std::string borrower = root_of(work.tenant);
  const bool is_emergency = work.hold && work.hold->is_emergency;
  const std::string_view reason = is_emergency ? "emergency" : pool.lending.owns(borrower) ? "burst" : "idle";
  LoanFigures& loan =
      loans_[{ledger::month_of(now_, zone_), work.pool, root_of(owner->second.tenant), borrower, reason}];
  const Duration took = now_ - work.told;
  ++loan.reclaims;
  loan.late += took > pool.promise ? 1u : 0u;
  loan.promised = pool.promise;
  loan.longest = std::max(loan.longest, took);
  loan.sum += took.ns;
}

// `end`: none if it never began.
void Recount::stop_running(Work& work, std::optional<Time> end, Duration lost, ledger::Waiver why) {
  work.run = Run::none;
  if (!is_open_ || work.milli == 0) return;
  Pool& pool = pools_[work.pool];
  note_loans(pool, work.pool);
  pool.lending.hold(root_of(work.tenant), -work.milli, work.hold && work.hold->is_emergency);
  if (!work.hold) return;
  const Hold& hold = *work.hold;
  const bool ran = end && work.has_begun;
  const Duration time = ran ? std::max(Duration{}, *end - work.began) : Duration{};
  const Micro all = cost(hold.rate, work.milli, time);
  const Duration lost_to_swaps = std::min(work.lost, time - std::min(lost, time));
  const Micro done = cost(hold.rate, work.milli, time - std::min(lost, time) - lost_to_swaps);
  const Micro without_swaps = cost(hold.rate, work.milli, time - lost_to_swaps);
  const Micro charged = hold.is_free ? 0 : std::min(done, hold.micro);
  MonthFigures& line = month(accounts_[hold.account]);
  PoolFigures& figures = line.pools[work.pool];
  figures.runs += ran ? 1u : 0u;
  figures.used += Wide{work.milli} * time.ns;
  figures.charged += charged;
  figures.waived[static_cast<std::size_t>(ledger::Waiver::fault)] += all - without_swaps;
  figures.waived[static_cast<std::size_t>(why)] += without_swaps - done;
  figures.waived[static_cast<std::size_t>(hold.is_free ? ledger::Waiver::borrowed : ledger::Waiver::late)] +=
      done - charged;
  line.charged += charged;
  settle(work, charged, all - charged);
}

void Recount::settle(Work& work, Micro charged, Micro waived) {
  AccountFigures& account = accounts_[work.hold->account];
  bool is_first = true;
  for (const Part& part : work.hold->parts) {
    const Micro spent = std::min(charged, part.micro);
    charged -= spent;
    if (!part.lot) {
      account.held_beyond -= part.micro;
      account.owed += spent;
      continue;
    }
    LotFigures& lot = account.lots[*part.lot];
    lot.held -= part.micro;
    lot.spent += spent;
    const Micro left = part.micro - spent;
    (lot.phase == Phase::over ? lot.lapsed : lot.free) += left;
    if (lot.phase == Phase::over) month(account).lapsed += left;
    if (std::exchange(is_first, false)) grants_[lot.grant].waived += waived;
  }
  work.hold.reset();
  pay_what_is_owed(account);
}

// What is free pays, the first to end first.
void Recount::pay_what_is_owed(AccountFigures& account) {
  for (const std::size_t at : open_lots(account)) {
    LotFigures& lot = account.lots[at];
    const Micro paid = std::min(lot.free, account.owed);
    lot.free -= paid;
    lot.spent += paid;
    account.owed -= paid;
  }
}

// Credits.

void Recount::add(const ledger::RatesDeclared& change) {
  Rates table{.from = std::max(change.from, now_), .per_hour = {}};
  if (!rates_.empty()) table.per_hour = rates_.back().per_hour;
  for (const ledger::Rate& rate : change.rates) table.per_hour[rate.kind] = rate.per_hour;
  const bool opens = !is_open_;
  if (opens) {
    is_open_ = true;
    zone_ = change.zone;
    rates_.push_back({.from = now_, .per_hour = {}});
  }
  if (table.from <= now_) rates_.clear();
  rates_.push_back(std::move(table));
  if (!opens) return;
  // What runs already counts as lent from now on, in the order of the tree.
  for (auto& [path, pool] : pools_) {
    pool.noted_to = now_;
    for (const std::string& tenant : tenants_) {
      if (tenant != root_of(tenant)) continue;
      std::int64_t held = 0;
      for (const auto& [id, work] : work_) {
        if (work.run != Run::none && work.pool == path && root_of(work.tenant) == tenant) held += work.milli;
      }
      if (held > 0) pool.lending.hold(tenant, held, false);
    }
  }
}

void Recount::add(const ledger::RatesBegun&) { rates_.erase(rates_.begin()); }

Micro Recount::rate(const std::string& kind) const {
  const auto found = rates_.front().per_hour.find(kind);
  return found == rates_.front().per_hour.end() ? 0 : found->second;
}

void Recount::add(const ledger::ProgrammeDeclared& change) {
  programmes_[change.programme.name] = change.programme;
  open_account(change.programme.tenant, change.programme.name);
}

AccountFigures& Recount::open_account(const std::string& path, const std::string& programme) {
  return accounts_.try_emplace(path, AccountFigures{.programme = programme, .lots = {}, .months = {}}).first->second;
}

AccountFigures* Recount::account_of(const std::string& tenant, std::string& path) {
  for (path = tenant; !path.empty(); path = path.substr(0, path.rfind('/'))) {
    if (const auto found = accounts_.find(path); found != accounts_.end()) return &found->second;
    if (path.find('/') == std::string::npos) break;
  }
  return nullptr;
}

void Recount::add(const ledger::ApplicationFiled& change) { calls_[change.call].filed.insert(change.application); }

void Recount::add(const ledger::CallDecided& change) {
  for (const ledger::Refused& refused : change.waiting) {
    if (!refused.asks || !refused.asks->empty()) calls_[change.call].waiting.insert(refused.application);
  }
}

CallFigures* Recount::call_of(std::optional<ApplicationId> application) {
  for (auto& [id, call] : calls_) {
    if (application && call.filed.contains(*application)) return &call;
  }
  return nullptr;
}

void Recount::free_cards(const GrantFigures& grant, std::int64_t cards) {
  CallFigures* call = call_of(grant.application);
  if (call == nullptr || cards == 0) return;
  const auto sooner = std::find_if(call->freed.begin(), call->freed.end(),
                                   [&](const FreedFigures& one) { return one.until < grant.to; });
  call->freed.insert(sooner, {grant.kinds, cards, grant.to});
}

// Who waited gets what others gave up, of those that end last.
void Recount::take_freed(const ledger::GrantAwarded& award) {
  CallFigures* call = call_of(award.application);
  const bool waited = call != nullptr && call->waiting.erase(*award.application) > 0;
  std::int64_t left = award.cards;
  if (waited) {
    for (FreedFigures& freed : call->freed) {
      const bool is_its_kind = freed.kinds.empty() || award.kinds.empty() ||
                               std::find_first_of(freed.kinds.begin(), freed.kinds.end(), award.kinds.begin(),
                                                  award.kinds.end()) != freed.kinds.end();
      if (!is_its_kind || freed.until <= now_) continue;
      const std::int64_t some = std::min(left, freed.cards);
      freed.cards -= some;
      left -= some;
    }
  }
  const std::int64_t found = waited ? award.cards - left : 0;
  expect(award.by || found == award.cards, award.grant, "cards that others gave up", award.cards, found);
}

void Recount::add(const ledger::GrantAwarded& change) {
  take_freed(change);
  AccountFigures& account = open_account(change.tenant, change.programme);
  if (programmes_[change.programme].tenant.size() <= programmes_[account.programme].tenant.size()) {
    account.programme = change.programme;
  }
  GrantFigures& grant = grants_[change.grant];
  grant = {.account = change.tenant,
           .kinds = change.kinds,
           .application = change.application,
           .lots = {},
           .cards = change.cards,
           .from = change.lots.front().from,
           .to = change.lots.front().to};
  for (const ledger::LotSpec& spec : change.lots) {
    grant.lots.push_back(account.lots.size());
    account.lots.push_back({.grant = change.grant,
                            .number = static_cast<std::uint32_t>(grant.lots.size() - 1),
                            .kinds = change.kinds,
                            .to = spec.to,
                            .awarded = spec.micro,
                            .free = spec.micro});
    grant.awarded += spec.micro;
    grant.from = std::min(grant.from, spec.from);
    grant.to = std::max(grant.to, spec.to);
  }
  month(account).awarded += grant.awarded;
}

void Recount::add(const ledger::LotOpened& change) {
  AccountFigures& account = accounts_[grants_[change.grant].account];
  account.lots[grants_[change.grant].lots[change.lot]].phase = Phase::open;
  pay_what_is_owed(account);
}

void Recount::lapse(GrantId grant, std::size_t at) {
  AccountFigures& account = accounts_[grants_[grant].account];
  LotFigures& lot = account.lots[at];
  lot.phase = Phase::over;
  month(account).lapsed += lot.free;
  lot.lapsed += std::exchange(lot.free, 0);
}

void Recount::add(const ledger::LotLapsed& change) { lapse(change.grant, grants_[change.grant].lots[change.lot]); }

void Recount::add(const ledger::GrantClosed& change) {
  const GrantFigures& grant = grants_[change.grant];
  for (const std::size_t lot : grant.lots) lapse(change.grant, lot);
  if (now_ < grant.to) free_cards(grant, grant.cards);
}

void Recount::add(const ledger::UseChecked& change) {
  expect(change.used == used(change.grant), change.grant, "used", change.used, used(change.grant));
  expect((change.notice == 0) == (change.used >= change.wanted), change.grant, "wanted", change.wanted, change.used);
}

void Recount::add(const ledger::GrantReduced& change) {
  GrantFigures& grant = grants_[change.grant];
  AccountFigures& account = accounts_[grant.account];
  expect(change.used == used(change.grant), change.grant, "used", change.used, used(change.grant));
  for (const std::size_t at : grant.lots) {
    LotFigures& lot = account.lots[at];
    if (change.due == 0 || change.used >= change.due) continue;
    const auto stays = static_cast<Micro>(Wide{lot.free} * change.used / change.due);
    month(account).reduced += lot.free - stays;
    lot.lapsed += lot.free - stays;
    lot.free = stays;
  }
  if (change.due == 0 || change.used >= change.due) return;
  const Wide cards = Wide{grant.cards} * change.used;
  const std::int64_t had =
      std::exchange(grant.cards, static_cast<std::int64_t>(cards / change.due + (cards % change.due == 0 ? 0 : 1)));
  free_cards(grant, had - grant.cards);
}

void Recount::add(const ledger::CreditsRefunded& change) {
  AccountFigures& account = accounts_[grants_[change.grant].account];
  std::vector<std::size_t> lots = open_lots(account);
  std::reverse(lots.begin(), lots.end());
  Micro left = change.micro;
  for (const std::size_t at : lots) {
    LotFigures& lot = account.lots[at];
    if (lot.grant != change.grant) continue;
    const Micro some = std::min(left, lot.spent);
    lot.spent -= some;
    lot.free += some;
    left -= some;
  }
  month(account).refunded += change.micro;
  pay_what_is_owed(account);
}

// What was charged and waived, and what runs as if it ended now.
Micro Recount::used(GrantId id) const {
  const GrantFigures& grant = grants_.at(id);
  const AccountFigures& account = accounts_.at(grant.account);
  Micro used = grant.waived;
  for (const std::size_t lot : grant.lots) used += account.lots[lot].spent;
  for (const auto& [job, work] : work_) {
    if (!work.hold || work.hold->account != grant.account || !work.has_begun) continue;
    Micro left = cost(work.hold->rate, work.milli, std::max(Duration{}, now_ - work.began));
    for (const Part& part : work.hold->parts) {
      const Micro some = std::min(left, part.micro);
      left -= some;
      if (part.lot && account.lots[*part.lot].grant == id) used += some;
    }
  }
  return used;
}

// The first to end first, then the older.
std::vector<std::size_t> Recount::open_lots(const AccountFigures& account) const {
  std::vector<std::pair<Time, std::size_t>> open;
  for (std::size_t at = 0; at < account.lots.size(); ++at) {
    if (account.lots[at].phase == Phase::open) open.emplace_back(account.lots[at].to, at);
  }
  std::sort(open.begin(), open.end());
  std::vector<std::size_t> lots;
  for (const auto& [to, at] : open) lots.push_back(at);
  return lots;
}

MonthFigures& Recount::month(AccountFigures& account) { return account.months[ledger::month_of(now_, zone_)]; }

// Loans.

// By what is lent now, since it was last noted; month by month.
void Recount::note_loans(Pool& pool, const std::string& path) {
  const std::vector<Lent> lent = is_open_ ? pool.lending.lent() : std::vector<Lent>{};
  while (!lent.empty() && pool.noted_to < now_) {
    const Month month = ledger::month_of(pool.noted_to, zone_);
    const Time until = std::min(now_, ledger::begin_of(ledger::after(month), zone_));
    for (const Lent& one : lent) {
      loans_[{month, path, one.lender, one.borrower, one.reason}].used += Wide{one.milli} * (until - pool.noted_to).ns;
    }
    pool.noted_to = until;
  }
  pool.noted_to = now_;
}

std::map<LoanKey, LoanFigures> Recount::loans(Time now) const {
  Recount then = *this;
  then.now_ = now;
  for (auto& [path, pool] : then.pools_) then.note_loans(pool, path);
  return then.loans_;
}

void Recount::expect(bool holds, GrantId grant, std::string_view what, Micro told, Micro found) {
  if (holds) return;
  disputed_.push_back(
      fmt::format("grant {} at {}: {} was told as {} and is {}", grant.value, to_text(now_), what, told, found));
}

}  // namespace dure::recount
