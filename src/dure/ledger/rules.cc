// What the rules do by themselves, and when: lots open and lapse, use is looked at, what is freed goes to who waits.
#include <algorithm>

#include "dure/ledger/ledger.h"

namespace dure::ledger {
namespace {

constexpr Time at_once{INT64_MIN};

// The instant at which so many hundredths of the grant's term are over.
Time at_percent(const Grant& grant, std::uint32_t percent) {
  return grant.from + Duration{static_cast<std::int64_t>(Wide{(grant.to - grant.from).ns} * percent / 100)};
}

}  // namespace

Micro Ledger::used(const Grant& grant, Time now) const {
  const std::vector<Lot>& lots = accounts_[grant.account.index()].purse.lots;
  Micro used = grant.waived;
  for (const std::uint32_t at : grant.lots) used += lots[at][Place::spent];
  if (accounts_[grant.account.index()].holds == 0) return used;
  holds_.for_each([&](JobId, const Hold& hold) {
    if (hold.account != grant.account) return;
    for_each_use(hold, lots, now, [&](GrantId of, Micro micro) { used += of == grant.id ? micro : 0; });
  });
  return used;
}

Micro even_use(const Grant& grant, Time now) {
  const Duration term = grant.to - grant.from;
  const Duration over = std::clamp(now - grant.from, Duration{}, term);
  return static_cast<Micro>(Wide{grant.awarded} * over.ns / term.ns);
}

bool Ledger::is_held(const Grant& grant) const {
  const std::vector<Lot>& lots = accounts_[grant.account.index()].purse.lots;
  return std::any_of(grant.lots.begin(), grant.lots.end(),
                     [&](std::uint32_t at) { return lots[at][Place::held] != 0; });
}

Time Ledger::wakes(const Grant& grant) const {
  if (grant.status == GrantStatus::settled) return Time::never();
  if (grant.status == GrantStatus::closed) return is_held(grant) ? Time::never() : at_once;
  Time first = Time::never();
  for (std::uint32_t number = 0; number < grant.lots.size(); ++number) {
    const Lot& one = lot(grant, number);
    if (one.state == LotState::to_come) first = std::min(first, one.from);
    if (one.state == LotState::open) first = std::min(first, one.to);
  }
  const std::vector<UseRule>& rules = programmes_[grant.programme].use;
  if (grant.notice && grant.notice->rule < rules.size()) {
    const UseRule& rule = rules[grant.notice->rule];
    if (grant.notice->appeal == Appeal::filed) return first;
    if (grant.notice->number == 1) first = std::min(first, grant.notice->first + rule.second_notice);
    return std::min(first, grant.notice->first + rule.appeal);
  }
  if (grant.next_rule < rules.size()) first = std::min(first, at_percent(grant, rules[grant.next_rule].at_percent));
  return first;
}

void Ledger::reset_wake(const Grant& grant) {
  Time& known = wake_of_[grant.id.index()];
  if (known != Time::never()) wakes_.erase({known, grant.id});
  known = wakes(grant);
  if (known != Time::never()) wakes_.emplace(known, grant.id);
}

Time Ledger::next_due() const {
  Time first = wakes_.empty() ? Time::never() : wakes_.begin()->first;
  if (rates_.size() > 1) first = std::min(first, rates_[1].from);
  return first;
}

std::optional<Change> Ledger::due(Time now) const {
  if (rates_.size() > 1 && rates_[1].from <= now) return RatesBegun{};
  if (!wakes_.empty() && wakes_.begin()->first <= now) return due_of(grants_[wakes_.begin()->second.index()], now);
  if (ready_) return award_from(calls_[ready_->index()], now);
  return std::nullopt;
}

std::optional<Change> Ledger::due_of(const Grant& grant, Time now) const {
  if (grant.status == GrantStatus::closed) return GrantSettled{grant.id};
  for (std::uint32_t number = 0; number < grant.lots.size(); ++number) {
    const Lot& one = lot(grant, number);
    if (one.state == LotState::to_come && one.from <= now) return LotOpened{grant.id, number};
    if (one.state == LotState::open && one.to <= now) return LotLapsed{grant.id, number};
  }
  return check_use(grant, now);
}

std::optional<Change> Ledger::check_use(const Grant& grant, Time now) const {
  const std::vector<UseRule>& rules = programmes_[grant.programme].use;
  const std::uint32_t at = grant.notice ? grant.notice->rule : grant.next_rule;
  const UseRule& rule = rules[at];
  const Micro use = used(grant, now);
  const Micro even = even_use(grant, now);
  const Micro wanted = static_cast<Micro>(Wide{even} * rule.least_percent / 100);
  const bool is_enough = use >= wanted;
  if (!grant.notice || is_enough) return UseChecked{grant.id, at, use, wanted, static_cast<std::uint8_t>(!is_enough)};
  // Also where the appeal was decided long after.
  if (grant.notice->number == 1) return UseChecked{grant.id, at, use, wanted, 2};
  return GrantReduced{grant.id, at, use, even};
}

// Whoever waits first and for whom there are enough cards.
std::optional<Change> Ledger::award_from(const Call& call, Time now) const {
  const Time from = std::max(now, call.from);
  for (const ApplicationId id : call.waiting) {
    const Application& application = applications_[id.index()];
    for (const Ask& ask : application.asks) {
      const auto wanted = find_kind(ask.kind);
      if (!wanted || rate(*wanted) == 0) continue;
      std::int64_t left = ask.cards;
      Time end = months_later(from, application.months, zone_);
      for (const Freed& freed : call.freed) {
        if ((freed.kinds >> *wanted & 1) == 0 || freed.until <= from || left == 0) continue;
        left -= std::min(left, freed.cards);
        end = std::min(end, freed.until);
      }
      if (left > 0) continue;
      const Micro micro = cost_of(rate(*wanted), ask.cards * 1000, end - from);
      return GrantAwarded{.grant = id_of<GrantTag>(grants_.size()),
                          .programme = programmes_[call.programme].name,
                          .tenant = application.tenant,
                          .kinds = {ask.kind},
                          .cards = ask.cards,
                          .lots = {{from, end, micro}},
                          .application = id,
                          .why = "next in order of score, for cards that others gave up",
                          .by = {}};
    }
  }
  return std::nullopt;
}

void Ledger::find_ready(Time now) {
  ready_.reset();
  for (const Call& call : calls_) {
    if (call.freed.empty() || call.waiting.empty()) continue;
    if (award_from(call, now)) {
      ready_ = call.id;
      return;
    }
  }
}

}  // namespace dure::ledger
