// Which changes may happen now.
#include <fmt/format.h>

#include <algorithm>

#include "dure/ledger/ledger.h"

namespace dure::ledger {
namespace {

constexpr std::size_t most_lots = 1'000;
constexpr std::size_t most_lots_of_one = 4'000;  // account, ever
constexpr std::int64_t most_cards = 100'000'000;

auto bad(std::string text) { return fail(Code::invalid_argument, std::move(text)); }

Result<void> check_rule(const UseRule& rule) {
  if (rule.at_percent < 1 || rule.at_percent > 99) {
    return bad(fmt::format("use is looked at after 1% to 99% of the term, not after {}%", rule.at_percent));
  }
  if (rule.least_percent < 1 || rule.least_percent > 100) {
    return bad(fmt::format("at least 1% to 100% of even use may be asked for, not {}%", rule.least_percent));
  }
  if (rule.second_notice <= Duration{} || rule.appeal <= rule.second_notice || rule.appeal > longest_duration) {
    return bad(fmt::format("the second notice comes after the first and before appeals end: found {} and {}",
                           dure::to_text(rule.second_notice), dure::to_text(rule.appeal)));
  }
  return {};
}

Result<void> check_rules(const std::vector<UseRule>& rules) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (auto checked = check_rule(rules[i]); !checked) return checked;
    if (i > 0 && rules[i].at_percent <= rules[i - 1].at_percent) return bad("rules of use come in order of their time");
  }
  return {};
}

bool is_among(const std::vector<std::string>& paths, const std::string& path) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

}  // namespace

// One rule for each change.
class Ledger::Check {
 public:
  Check(const Ledger& ledger, Time now) : of_(ledger), now_(now) {}

  Result<void> operator()(const RatesDeclared& c) const;
  Result<void> operator()(const ProgrammeDeclared& c) const;
  Result<void> operator()(const CallOpened& c) const;
  Result<void> operator()(const ApplicationFiled& c) const;
  Result<void> operator()(const ApplicationReviewed& c) const;
  Result<void> operator()(const CallDecided& c) const;
  Result<void> operator()(const GrantAwarded& c) const;
  Result<void> operator()(const LotOpened& c) const {
    return lot_is(c.grant, c.lot, LotState::to_come, "the lot is open");
  }
  Result<void> operator()(const LotLapsed& c) const {
    return lot_is(c.grant, c.lot, LotState::open, "the lot is not open");
  }
  Result<void> operator()(const UseChecked& c) const;
  Result<void> operator()(const AppealFiled& c) const;
  Result<void> operator()(const AppealDecided& c) const;
  Result<void> operator()(const GrantReduced& c) const;
  Result<void> operator()(const GrantClosed& c) const;
  Result<void> operator()(const GrantSettled& c) const;
  Result<void> operator()(const CreditsRefunded& c) const;
  Result<void> operator()(const RatesBegun&) const;

 private:
  Result<const Grant*> live_grant(GrantId id) const;
  Result<void> lot_is(GrantId id, std::uint32_t number, LotState state, const char* otherwise) const;
  Result<void> check_kinds(const std::vector<Rate>& rates) const;
  Result<void> check_known(const Programme& declared) const;
  Result<void> check_asks(const ApplicationFiled& c) const;
  Result<void> check_tenant(const GrantAwarded& c, const Programme& programme) const;
  Result<void> check_lots(const GrantAwarded& c) const;
  Result<void> check_application(const GrantAwarded& c, std::uint32_t programme) const;

  const Ledger& of_;
  Time now_;
};

Result<void> Ledger::check(const Change& change, Time now) const { return std::visit(Check(*this, now), change); }

Result<void> Ledger::Check::operator()(const RatesDeclared& c) const {
  if (c.rates.empty()) return bad("a table of rates names at least one kind");
  if (c.from < now_) {
    return bad(
        fmt::format("rates hold from now on or later, not from {}: what is charged is charged", dure::to_text(c.from)));
  }
  if (of_.rates_.size() > 1 && c.from <= of_.rates_.back().from) {
    return bad(fmt::format("rates are declared already from {}; declare these from later",
                           dure::to_text(of_.rates_.back().from)));
  }
  if (of_.is_open_ && c.zone != of_.zone_) return bad("the zone by which months end cannot be changed any more");
  if (c.zone < hours(-14) || c.zone > hours(14)) return bad("a zone is at most 14 hours from UTC");
  return check_kinds(c.rates);
}

Result<void> Ledger::Check::check_kinds(const std::vector<Rate>& rates) const {
  std::size_t fresh = of_.kinds_.size();
  for (auto rate = rates.begin(); rate != rates.end(); ++rate) {
    if (rate->per_hour < 0 || rate->per_hour > most_rate) {
      return bad(fmt::format("the rate of {} is not within 0 and {} credits an hour", rate->kind, most_rate / credit));
    }
    const auto is_it = [&](const Rate& one) { return one.kind == rate->kind; };
    if (rate->kind.empty() || std::any_of(rates.begin(), rate, is_it)) {
      return bad(fmt::format("a kind has one name and one rate; '{}' has not", rate->kind));
    }
    if (!of_.find_kind(rate->kind)) ++fresh;
  }
  if (fresh > most_kinds) return bad("at most 64 kinds of devices have rates");
  return {};
}

Result<void> Ledger::Check::operator()(const ProgrammeDeclared& c) const {
  if (!of_.is_open_) return bad("declare rates first: without them nothing costs anything");
  const Programme& declared = c.programme;
  if (declared.name.empty()) return bad("a programme needs a name");
  if (!is_among(of_.tenant_paths_, declared.tenant)) {
    return bad(fmt::format("tenant {} does not exist; declare it first", declared.tenant));
  }
  if (declared.hours && (declared.hours->from_minute >= 1440 || declared.hours->to_minute >= 1440 ||
                         declared.hours->from_minute == declared.hours->to_minute)) {
    return bad("hours go from one time of the day to another, such as 20:00 to 08:00");
  }
  if (declared.debt < 0 || declared.debt > most_micro) return bad("the debt is at least 0");
  return check_known(declared).and_then([&] { return check_rules(declared.use); });
}

// Whether it may take the place of the one of its name, if there is any.
Result<void> Ledger::Check::check_known(const Programme& declared) const {
  const auto known = of_.find_programme(declared.name);
  if (!known) return {};
  const Programme& former = of_.programmes_[*known];
  if (former.tenant != declared.tenant) {
    return bad(fmt::format("programme {} is that of tenant {}, and stays so", declared.name, former.tenant));
  }
  const bool is_granted = std::any_of(of_.grants_.begin(), of_.grants_.end(), [&](const Grant& grant) {
    return grant.programme == *known && grant.status < GrantStatus::closed;
  });
  if (is_granted && former.use != declared.use) {
    return bad(fmt::format("programme {} has grants under its rules of use, which stay", declared.name));
  }
  return {};
}

Result<void> Ledger::Check::operator()(const CallOpened& c) const {
  if (c.call.index() != of_.calls_.size()) return bad("the call is opened already");
  if (!of_.find_programme(c.programme)) {
    return fail(Code::not_found, fmt::format("programme {} does not exist", c.programme));
  }
  if (of_.find_call(c.name) != nullptr) return bad(fmt::format("there is a call {} already", c.name));
  return {};
}

Result<void> Ledger::Check::operator()(const ApplicationFiled& c) const {
  if (c.application.index() != of_.applications_.size()) return bad("the application is filed already");
  if (c.call.index() >= of_.calls_.size()) return fail(Code::not_found, "no such call");
  const Call& call = of_.calls_[c.call.index()];
  if (call.is_decided) return bad(fmt::format("call {} is decided", call.name));
  if (!is_among(of_.tenant_paths_, c.tenant)) {
    return fail(Code::not_found, fmt::format("tenant {} does not exist", c.tenant));
  }
  for (const Application& other : of_.applications_) {
    if (other.call == c.call && other.name == c.name) {
      return bad(fmt::format("call {} has an application {} already", call.name, c.name));
    }
  }
  return check_asks(c);
}

Result<void> Ledger::Check::check_asks(const ApplicationFiled& c) const {
  if (c.asks.empty() || c.months < 1 || c.months > 600) {
    return bad("an application asks for cards, for a month or more");
  }
  for (const Ask& ask : c.asks) {
    if (!of_.find_kind(ask.kind)) return bad(fmt::format("there are no cards of kind {}", ask.kind));
    if (ask.cards < 1 || ask.cards > most_cards) return bad("an application asks for at least one card");
  }
  return {};
}

Result<void> Ledger::Check::operator()(const ApplicationReviewed& c) const {
  if (c.application.index() >= of_.applications_.size()) return fail(Code::not_found, "no such application");
  const Application& application = of_.applications_[c.application.index()];
  if (application.status > ApplicationStatus::reviewed) {
    return bad(fmt::format("application {} is decided", application.name));
  }
  if (c.score < 0 || c.score > 1'000'000) return bad("a score is within 0 and 10000");
  return {};
}

Result<void> Ledger::Check::operator()(const CallDecided& c) const {
  if (c.call.index() >= of_.calls_.size()) return fail(Code::not_found, "no such call");
  const Call& call = of_.calls_[c.call.index()];
  if (call.is_decided) return bad(fmt::format("call {} is decided", call.name));
  std::set<ApplicationId> named(c.awarded.begin(), c.awarded.end());
  for (const Refused& refused : c.waiting) named.insert(refused.application);
  std::size_t filed = 0;
  for (const Application& one : of_.applications_) {
    if (one.call != c.call) continue;
    ++filed;
    if (!named.contains(one.id)) return bad(fmt::format("application {} is neither chosen nor refused", one.name));
  }
  if (named.size() != filed || named.size() != c.awarded.size() + c.waiting.size()) {
    return bad("the decision names applications of other calls, or some twice");
  }
  return {};
}

Result<void> Ledger::Check::operator()(const UseChecked& c) const {
  return live_grant(c.grant).and_then([&](const Grant* grant) -> Result<void> {
    if (c.rule < of_.programmes_[grant->programme].use.size() && c.notice <= 2) return {};
    return bad("no such rule of use");
  });
}

Result<void> Ledger::Check::operator()(const AppealFiled& c) const {
  return live_grant(c.grant).and_then([&](const Grant* grant) -> Result<void> {
    if (!grant->notice) {
      return bad(fmt::format("grant {} was not warned: there is nothing to appeal against", c.grant.value));
    }
    if (grant->notice->appeal == Appeal::none) return {};
    return bad(fmt::format("the appeal of grant {} is {} already", c.grant.value, to_text(grant->notice->appeal)));
  });
}

Result<void> Ledger::Check::operator()(const AppealDecided& c) const {
  return live_grant(c.grant).and_then([&](const Grant* grant) -> Result<void> {
    if (grant->notice && grant->notice->appeal == Appeal::filed) return {};
    return bad(fmt::format("grant {} has no appeal to decide", c.grant.value));
  });
}

Result<void> Ledger::Check::operator()(const GrantReduced& c) const {
  return live_grant(c.grant).and_then([&](const Grant*) -> Result<void> {
    if (c.used < 0 || c.due < 0) return bad("use is not below zero");
    return {};
  });
}

Result<void> Ledger::Check::operator()(const GrantClosed& c) const {
  return live_grant(c.grant).map([](const Grant*) {});
}

Result<void> Ledger::Check::operator()(const GrantSettled& c) const {
  const bool is_closed =
      c.grant.index() < of_.grants_.size() && of_.grants_[c.grant.index()].status == GrantStatus::closed;
  if (is_closed && !of_.is_held(of_.grants_[c.grant.index()])) return {};
  return bad("the grant is not to be settled");
}

Result<void> Ledger::Check::operator()(const CreditsRefunded& c) const {
  return live_grant(c.grant).and_then([&](const Grant* grant) -> Result<void> {
    Micro spent = 0;
    for (std::uint32_t number = 0; number < grant->lots.size(); ++number) {
      const Lot& one = of_.lot(*grant, number);
      if (one.state == LotState::open) spent += one[Place::spent];
    }
    if (c.micro >= 1 && c.micro <= spent) return {};
    if (spent == 0)
      return bad(fmt::format("of grant {} nothing can be refunded: its open lots were charged nothing", c.grant.value));
    return bad(
        fmt::format("of grant {} between 0.000001 and {}.{:06} credits can be refunded, which its open lots were "
                    "charged",
                    c.grant.value, spent / credit, spent % credit));
  });
}

Result<void> Ledger::Check::operator()(const RatesBegun&) const {
  return of_.rates_.size() > 1 && of_.rates_[1].from <= now_ ? Result<void>{} : bad("no rates begin now");
}

// That has not been closed.
Result<const Grant*> Ledger::Check::live_grant(GrantId id) const {
  if (id.index() >= of_.grants_.size()) return fail(Code::not_found, fmt::format("grant {} does not exist", id.value));
  const Grant& grant = of_.grants_[id.index()];
  if (grant.status < GrantStatus::closed) return &grant;
  return fail(Code::invalid_argument, fmt::format("grant {} is {}", id.value, to_text(grant.status)));
}

Result<void> Ledger::Check::lot_is(GrantId id, std::uint32_t number, LotState state, const char* otherwise) const {
  return live_grant(id).and_then([&](const Grant* grant) -> Result<void> {
    if (number < grant->lots.size() && of_.lot(*grant, number).state == state) return {};
    return bad(otherwise);
  });
}

Result<void> Ledger::Check::operator()(const GrantAwarded& c) const {
  if (c.grant.index() != of_.grants_.size()) return bad("the grant is awarded already");
  const auto programme = of_.find_programme(c.programme);
  if (!programme) return fail(Code::not_found, fmt::format("programme {} does not exist", c.programme));
  return check_tenant(c, of_.programmes_[*programme])
      .and_then([&]() -> Result<void> {
        for (const std::string& kind : c.kinds) {
          if (!of_.find_kind(kind)) return bad(fmt::format("there are no devices of kind {}", kind));
        }
        if (c.cards >= 0 && c.cards <= most_cards) return {};
        return bad("a grant is for at least one card, or for any number: 0");
      })
      .and_then([&] { return check_lots(c); })
      .and_then([&] { return check_application(c, *programme); });
}

Result<void> Ledger::Check::check_tenant(const GrantAwarded& c, const Programme& programme) const {
  const std::string& within = programme.tenant;
  const bool is_within =
      c.tenant.starts_with(within) && (c.tenant.size() == within.size() || c.tenant[within.size()] == '/');
  if (!is_within) {
    return bad(fmt::format("programme {} awards to tenants of {}, and {} is none", c.programme, within, c.tenant));
  }
  if (is_among(of_.tenant_paths_, c.tenant)) return {};
  return fail(Code::not_found, fmt::format("tenant {} does not exist; declare it first", c.tenant));
}

// Also with those that the account had before.
Result<void> Ledger::Check::check_lots(const GrantAwarded& c) const {
  if (c.lots.empty() || c.lots.size() > most_lots) return bad("a grant has at least one lot, and at most a thousand");
  Micro sum = 0;
  for (const LotSpec& lot : c.lots) {
    if (lot.micro <= 0 || lot.micro > most_micro) return bad("a lot has some credits, and at most 10^12");
    if (lot.to <= lot.from || lot.to <= now_) {
      return bad(fmt::format("a lot ends after it begins, and later than now: found {} to {}", dure::to_text(lot.from),
                             dure::to_text(lot.to)));
    }
    sum = std::min(most_micro + 1, sum + lot.micro);
  }
  if (const auto account = of_.find_account(c.tenant)) {
    const std::vector<Lot>& lots = of_.accounts_[account->index()].purse.lots;
    if (lots.size() + c.lots.size() > most_lots_of_one) {
      return bad(
          fmt::format("account {} has had {} lots, and can have {} in all", c.tenant, lots.size(), most_lots_of_one));
    }
    for (const Lot& lot : lots) sum = std::min(most_micro + 1, sum - lot[Place::awarded]);
  }
  if (sum > most_micro) return bad("an account can be given at most 10^12 credits in all");
  return {};
}

Result<void> Ledger::Check::check_application(const GrantAwarded& c, std::uint32_t programme) const {
  if (!c.application) return {};
  if (c.application->index() >= of_.applications_.size()) return fail(Code::not_found, "no such application");
  const Application& application = of_.applications_[c.application->index()];
  if (application.tenant != c.tenant) {
    return bad(fmt::format("application {} is of {}", application.name, application.tenant));
  }
  if (const std::uint32_t its = of_.calls_[application.call.index()].programme; its != programme) {
    return bad(fmt::format("application {} is to programme {}, not to {}", application.name, of_.programmes_[its].name,
                           c.programme));
  }
  for (const Grant& grant : of_.grants_) {
    if (grant.application == c.application) {
      return bad(fmt::format("application {} has grant {} already", application.name, grant.id.value));
    }
  }
  if (application.status < ApplicationStatus::awarded) {
    return bad(fmt::format("application {} is not decided yet", application.name));
  }
  return {};
}

}  // namespace dure::ledger
