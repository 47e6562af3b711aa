// Which changes may happen now.
#include <fmt/format.h>

#include <algorithm>

#include "dure/base/overload.h"
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

}  // namespace

Result<void> Ledger::check(const Change& change, Time now) const {
  const auto application = [&](ApplicationId id) -> const Application* {
    return id.index() < applications_.size() ? &applications_[id.index()] : nullptr;
  };
  return std::visit(
      Overload{
          [&](const RatesDeclared& c) -> Result<void> {
            if (c.rates.empty()) return bad("a table of rates names at least one kind");
            if (c.from < now) {
              return bad(fmt::format("rates hold from now on or later, not from {}: what is charged is charged",
                                     dure::to_text(c.from)));
            }
            if (rates_.size() > 1 && c.from <= rates_.back().from) {
              return bad(fmt::format("rates are declared already from {}; declare these from later",
                                     dure::to_text(rates_.back().from)));
            }
            if (is_open_ && c.zone != zone_) return bad("the zone by which months end cannot be changed any more");
            if (c.zone < hours(-14) || c.zone > hours(14)) return bad("a zone is at most 14 hours from UTC");
            std::size_t fresh = kinds_.size();
            for (std::size_t i = 0; i < c.rates.size(); ++i) {
              const Rate& rate = c.rates[i];
              if (rate.per_hour < 0 || rate.per_hour > most_rate) {
                return bad(fmt::format("the rate of {} is not within 0 and {} credits an hour", rate.kind,
                                       most_rate / credit));
              }
              const auto is_it = [&](const Rate& one) { return one.kind == rate.kind; };
              if (rate.kind.empty() || std::find_if(c.rates.begin(), c.rates.end(), is_it) !=
                                           c.rates.begin() + static_cast<std::ptrdiff_t>(i)) {
                return bad(fmt::format("a kind has one name and one rate; '{}' has not", rate.kind));
              }
              if (!find_kind(rate.kind)) ++fresh;
            }
            if (fresh > most_kinds) return bad("at most 64 kinds of devices have rates");
            return {};
          },
          [&](const ProgrammeDeclared& c) -> Result<void> {
            if (!is_open_) return bad("declare rates first: without them nothing costs anything");
            const Programme& declared = c.programme;
            if (declared.name.empty()) return bad("a programme needs a name");
            if (std::find(tenant_paths_.begin(), tenant_paths_.end(), declared.tenant) == tenant_paths_.end()) {
              return bad(fmt::format("tenant {} does not exist; declare it first", declared.tenant));
            }
            if (declared.hours && (declared.hours->from_minute >= 1440 || declared.hours->to_minute >= 1440 ||
                                   declared.hours->from_minute == declared.hours->to_minute)) {
              return bad("hours go from one time of the day to another, such as 20:00 to 08:00");
            }
            if (declared.debt < 0 || declared.debt > most_micro) return bad("the debt is at least 0");
            const auto known = find_programme(declared.name);
            if (known && programmes_[*known].tenant != declared.tenant) {
              return bad(fmt::format("programme {} is that of tenant {}, and stays so", declared.name,
                                     programmes_[*known].tenant));
            }
            if (known && programmes_[*known].use != declared.use) {
              const bool is_granted = std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
                return grant.programme == *known && grant.status < GrantStatus::closed;
              });
              if (is_granted)
                return bad(fmt::format("programme {} has grants under its rules of use, which stay", declared.name));
            }
            for (std::size_t i = 0; i < declared.use.size(); ++i) {
              if (auto checked = check_rule(declared.use[i]); !checked) return checked;
              if (i > 0 && declared.use[i].at_percent <= declared.use[i - 1].at_percent) {
                return bad("rules of use come in order of their time");
              }
            }
            return {};
          },
          [&](const CallOpened& c) -> Result<void> {
            if (c.call.index() != calls_.size()) return bad("the call is opened already");
            if (!find_programme(c.programme))
              return fail(Code::not_found, fmt::format("programme {} does not exist", c.programme));
            if (find_call(c.name) != nullptr) return bad(fmt::format("there is a call {} already", c.name));
            return {};
          },
          [&](const ApplicationFiled& c) -> Result<void> {
            if (c.application.index() != applications_.size()) return bad("the application is filed already");
            if (c.call.index() >= calls_.size()) return fail(Code::not_found, "no such call");
            const Call& call = calls_[c.call.index()];
            if (call.is_decided) return bad(fmt::format("call {} is decided", call.name));
            if (std::find(tenant_paths_.begin(), tenant_paths_.end(), c.tenant) == tenant_paths_.end()) {
              return fail(Code::not_found, fmt::format("tenant {} does not exist", c.tenant));
            }
            for (const Application& other : applications_) {
              if (other.call == c.call && other.name == c.name) {
                return bad(fmt::format("call {} has an application {} already", call.name, c.name));
              }
            }
            if (c.asks.empty() || c.months < 1 || c.months > 600)
              return bad("an application asks for cards, for a month or more");
            for (const Ask& ask : c.asks) {
              if (!find_kind(ask.kind)) return bad(fmt::format("there are no cards of kind {}", ask.kind));
              if (ask.cards < 1 || ask.cards > most_cards) return bad("an application asks for at least one card");
            }
            return {};
          },
          [&](const ApplicationReviewed& c) -> Result<void> {
            const Application* found = application(c.application);
            if (found == nullptr) return fail(Code::not_found, "no such application");
            if (found->status > ApplicationStatus::reviewed) {
              return bad(fmt::format("application {} is decided", found->name));
            }
            if (c.score < 0 || c.score > 1'000'000) return bad("a score is within 0 and 10000");
            return {};
          },
          [&](const CallDecided& c) -> Result<void> {
            if (c.call.index() >= calls_.size()) return fail(Code::not_found, "no such call");
            if (calls_[c.call.index()].is_decided)
              return bad(fmt::format("call {} is decided", calls_[c.call.index()].name));
            std::set<ApplicationId> named(c.awarded.begin(), c.awarded.end());
            for (const Refused& refused : c.waiting) named.insert(refused.application);
            std::size_t filed = 0;
            for (const Application& one : applications_) {
              if (one.call != c.call) continue;
              ++filed;
              if (!named.contains(one.id))
                return bad(fmt::format("application {} is neither chosen nor refused", one.name));
            }
            if (named.size() != filed || named.size() != c.awarded.size() + c.waiting.size()) {
              return bad("the decision names applications of other calls, or some twice");
            }
            return {};
          },
          [&](const GrantAwarded& c) { return check_award(c, now); },
          [&](const LotOpened& c) -> Result<void> {
            const auto found = live_grant(c.grant);
            if (!found) return tl::unexpected(found.error());
            if (c.lot >= (*found)->lots.size() || lot(**found, c.lot).state != LotState::to_come)
              return bad("the lot is open");
            return {};
          },
          [&](const LotLapsed& c) -> Result<void> {
            const auto found = live_grant(c.grant);
            if (!found) return tl::unexpected(found.error());
            if (c.lot >= (*found)->lots.size() || lot(**found, c.lot).state != LotState::open)
              return bad("the lot is not open");
            return {};
          },
          [&](const UseChecked& c) -> Result<void> {
            const auto found = live_grant(c.grant);
            if (!found) return tl::unexpected(found.error());
            if (c.rule >= programmes_[(*found)->programme].use.size() || c.notice > 2)
              return bad("no such rule of use");
            return {};
          },
          [&](const AppealFiled& c) -> Result<void> {
            const auto found = live_grant(c.grant);
            if (!found) return tl::unexpected(found.error());
            const auto& notice = (*found)->notice;
            if (!notice)
              return bad(fmt::format("grant {} was not warned: there is nothing to appeal against", c.grant.value));
            if (notice->appeal != Appeal::none) {
              return bad(fmt::format("the appeal of grant {} is {} already", c.grant.value, to_text(notice->appeal)));
            }
            return {};
          },
          [&](const AppealDecided& c) -> Result<void> {
            const auto found = live_grant(c.grant);
            if (!found) return tl::unexpected(found.error());
            if ((*found)->notice && (*found)->notice->appeal == Appeal::filed) return {};
            return bad(fmt::format("grant {} has no appeal to decide", c.grant.value));
          },
          [&](const GrantReduced& c) -> Result<void> {
            const auto found = live_grant(c.grant);
            if (!found) return tl::unexpected(found.error());
            if (c.used < 0 || c.due < 0) return bad("use is not below zero");
            return {};
          },
          [&](const GrantClosed& c) -> Result<void> {
            const auto found = live_grant(c.grant);
            return found ? Result<void>{} : tl::unexpected(found.error());
          },
          [&](const GrantSettled& c) -> Result<void> {
            const bool is_closed =
                c.grant.index() < grants_.size() && grants_[c.grant.index()].status == GrantStatus::closed;
            return is_closed && !is_held(grants_[c.grant.index()]) ? Result<void>{}
                                                                   : bad("the grant is not to be settled");
          },
          [&](const CreditsRefunded& c) -> Result<void> {
            const auto found = live_grant(c.grant);
            if (!found) return tl::unexpected(found.error());
            Micro spent = 0;
            for (std::uint32_t number = 0; number < (*found)->lots.size(); ++number) {
              const Lot& one = lot(**found, number);
              if (one.state == LotState::open) spent += one[Place::spent];
            }
            if (c.micro >= 1 && c.micro <= spent) return {};
            return bad(
                fmt::format("of grant {} between 0.000001 and {}.{:06} credits can be refunded, which its open "
                            "lots were charged",
                            c.grant.value, spent / credit, spent % credit));
          },
          [&](const RatesBegun&) -> Result<void> {
            return rates_.size() > 1 && rates_[1].from <= now ? Result<void>{} : bad("no rates begin now");
          },
      },
      change);
}

// That has not been closed.
Result<const Grant*> Ledger::live_grant(GrantId id) const {
  if (id.index() >= grants_.size()) return fail(Code::not_found, fmt::format("grant {} does not exist", id.value));
  const Grant& grant = grants_[id.index()];
  if (grant.status < GrantStatus::closed) return &grant;
  return fail(Code::invalid_argument, fmt::format("grant {} is {}", id.value, to_text(grant.status)));
}

Result<void> Ledger::check_award(const GrantAwarded& c, Time now) const {
  if (c.grant.index() != grants_.size()) return bad("the grant is awarded already");
  const auto programme = find_programme(c.programme);
  if (!programme) return fail(Code::not_found, fmt::format("programme {} does not exist", c.programme));
  const std::string& within = programmes_[*programme].tenant;
  const bool is_within =
      c.tenant.starts_with(within) && (c.tenant.size() == within.size() || c.tenant[within.size()] == '/');
  if (!is_within) {
    return bad(fmt::format("programme {} awards to tenants of {}, and {} is none", c.programme, within, c.tenant));
  }
  if (std::find(tenant_paths_.begin(), tenant_paths_.end(), c.tenant) == tenant_paths_.end()) {
    return fail(Code::not_found, fmt::format("tenant {} does not exist; declare it first", c.tenant));
  }
  for (const std::string& kind : c.kinds) {
    if (!find_kind(kind)) return bad(fmt::format("there are no devices of kind {}", kind));
  }
  if (c.cards < 0 || c.cards > most_cards) return bad("a grant is for at least one card, or for any number: 0");
  if (c.lots.empty() || c.lots.size() > most_lots) return bad("a grant has at least one lot, and at most a thousand");
  Micro sum = 0;
  for (const LotSpec& lot : c.lots) {
    if (lot.micro <= 0 || lot.micro > most_micro) return bad("a lot has some credits, and at most 10^12");
    if (lot.to <= lot.from || lot.to <= now) {
      return bad(fmt::format("a lot ends after it begins, and later than now: found {} to {}", dure::to_text(lot.from),
                             dure::to_text(lot.to)));
    }
    sum = std::min(most_micro + 1, sum + lot.micro);
  }
  if (const auto account = find_account(c.tenant)) {
    const std::vector<Lot>& lots = accounts_[account->index()].purse.lots;
    if (lots.size() + c.lots.size() > most_lots_of_one) {
      return bad(
          fmt::format("account {} has had {} lots, and can have {} in all", c.tenant, lots.size(), most_lots_of_one));
    }
    for (const Lot& lot : lots) sum = std::min(most_micro + 1, sum - lot[Place::awarded]);
  }
  if (sum > most_micro) return bad("an account can be given at most 10^12 credits in all");
  if (c.application) {
    if (c.application->index() >= applications_.size()) return fail(Code::not_found, "no such application");
    const Application& application = applications_[c.application->index()];
    if (application.tenant != c.tenant)
      return bad(fmt::format("application {} is of {}", application.name, application.tenant));
    if (const std::uint32_t its = calls_[application.call.index()].programme; its != *programme) {
      return bad(fmt::format("application {} is to programme {}, not to {}", application.name, programmes_[its].name,
                             c.programme));
    }
    for (const Grant& grant : grants_) {
      if (grant.application == c.application) {
        return bad(fmt::format("application {} has grant {} already", application.name, grant.id.value));
      }
    }
    if (application.status < ApplicationStatus::awarded) {
      return bad(fmt::format("application {} is not decided yet", application.name));
    }
  }
  return {};
}

}  // namespace dure::ledger
