#include "dure/api/ledger_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "dure/api/loans.h"
#include "dure/api/numbers.h"
#include "dure/programme/choices.h"
#include "dure/spec/ledger_reader.h"

namespace dure::api {
namespace {

namespace json = boost::json;

using ledger::Account;
using ledger::Application;
using ledger::Lot;
using ledger::Micro;
using ledger::Place;
using spec::credits_text;

std::string_view to_text(ledger::Overrun overrun) {
  switch (overrun) {
    case ledger::Overrun::refuse: return "refuse";
    case ledger::Overrun::finish: return "finish";
    case ledger::Overrun::borrow: return "borrow";
    case ledger::Overrun::debt: return "debt";
  }
  return "?";
}

std::string_view to_text(ledger::Isolation isolation) {
  switch (isolation) {
    case ledger::Isolation::shared: return "shared";
    case ledger::Isolation::gpu: return "gpu";
    case ledger::Isolation::node: return "node";
  }
  return "?";
}

std::string_view to_text(ledger::LotState state) {
  switch (state) {
    case ledger::LotState::to_come: return "to come";
    case ledger::LotState::open: return "open";
    case ledger::LotState::over: return "over";
  }
  return "?";
}

json::array kinds_json(const LedgerFrame& frame, std::uint64_t mask) {
  json::array out;
  if (mask == ~std::uint64_t{0}) return out;  // any
  for (std::size_t k = 0; k < frame.kinds.size(); ++k) {
    if ((mask >> k & 1) != 0) out.emplace_back(frame.kinds[k]);
  }
  return out;
}

json::array steps_json(const View& view, const std::vector<ledger::Step>& steps) {
  json::array out;
  for (const ledger::Step& step : steps) {
    json::object entry{{"at", dure::to_text(step.at)}, {"text", step.text}};
    if (step.by && step.by->index() < view.users->size()) entry["by"] = (*view.users)[step.by->index()];
    if (!step.why.empty()) entry["why"] = step.why;
    out.push_back(std::move(entry));
  }
  return out;
}

json::object lot_json(const Lot& lot) {
  return {{"from", dure::to_text(lot.from)},
          {"to", dure::to_text(lot.to)},
          {"state", to_text(lot.state)},
          {"awarded", credits_text(-lot[Place::awarded])},
          {"free", credits_text(lot[Place::free])},
          {"held", credits_text(lot[Place::held])},
          {"spent", credits_text(lot[Place::spent])},
          {"lapsed", credits_text(lot[Place::lapsed])}};
}

Micro sum_of(const Account& account, const ledger::Grant& grant, Place place) {
  Micro sum = 0;
  for (const std::uint32_t at : grant.lots) sum += account.purse.lots[at][place];
  return sum;
}

json::object notice_json(const ledger::Programme& programme, const ledger::Notice& notice) {
  json::object out{
      {"number", notice.number}, {"first", dure::to_text(notice.first)}, {"appeal", ledger::to_text(notice.appeal)}};
  if (notice.rule < programme.use.size()) {
    const ledger::UseRule& rule = programme.use[notice.rule];
    out["at_percent"] = rule.at_percent;
    out["least_percent"] = rule.least_percent;
    out["appeal_until"] = dure::to_text(notice.first + rule.appeal);
  }
  return out;
}

json::object pool_line_json(const LedgerFrame& frame, const ledger::PoolLine& line) {
  json::object waived;
  for (std::size_t why = 0; why < ledger::waivers; ++why) {
    if (line.waived[why] != 0)
      waived[ledger::to_text(static_cast<ledger::Waiver>(why))] = credits_text(line.waived[why]);
  }
  const ledger::PoolEntry& pool = frame.pools[line.pool];
  return {{"pool", pool.path},
          {"kind", frame.kinds[pool.kind]},
          {"runs", line.runs},
          {"hours", hours_of(line.used)},
          {"charged", credits_text(line.charged)},
          {"waived", std::move(waived)}};
}

}  // namespace

std::vector<Micro> running_use(const View& view, Time now) {
  std::vector<Micro> use(view.grants.id_bound(), 0);
  for (std::size_t id = 0; id < view.jobs.id_bound();) {
    if (view.jobs.is_empty_page(id)) {
      id += rows_per_page;
      continue;
    }
    const JobRow* row = view.jobs.find(id++);
    if (row == nullptr || !row->hold) continue;
    const Account* account = view.accounts.find(row->hold->account.index());
    ledger::for_each_use(*row->hold, account->purse.lots, now,
                         [&](GrantId grant, Micro micro) { use[grant.index()] += micro; });
  }
  return use;
}

json::object rates_json(const LedgerFrame& frame, const ledger::RateTable& table) {
  json::object kinds;
  for (std::size_t k = 0; k < table.per_hour.size(); ++k) kinds[frame.kinds[k]] = credits_text(table.per_hour[k]);
  return {{"from", dure::to_text(table.from)}, {"per_hour", std::move(kinds)}};
}

json::object programme_json(const ledger::Programme& programme) {
  json::array rules;
  for (const ledger::UseRule& rule : programme.use) {
    rules.push_back(json::object{{"at_percent", rule.at_percent},
                                 {"least_percent", rule.least_percent},
                                 {"second_notice_s", rule.second_notice.whole_seconds()},
                                 {"appeal_s", rule.appeal.whole_seconds()}});
  }
  json::object out{{"name", programme.name},
                   {"tenant", programme.tenant},
                   {"overrun", to_text(programme.overrun)},
                   {"emergency", programme.is_emergency},
                   {"isolation", to_text(programme.isolation)},
                   {"burst", programme.bursts},
                   {"use", std::move(rules)}};
  if (programme.hours) {
    const ledger::DayHours& hours = *programme.hours;
    out["hours"] = fmt::format("{:02}:{:02}-{:02}:{:02}", hours.from_minute / 60, hours.from_minute % 60,
                               hours.to_minute / 60, hours.to_minute % 60);
  }
  if (programme.overrun == ledger::Overrun::debt) out["debt"] = credits_text(programme.debt);
  return out;
}

json::object grant_json(const View& view, const ledger::Grant& grant, Micro running, Time now, Detail detail) {
  const LedgerFrame& frame = *view.ledger;
  const Account& account = *view.accounts.find(grant.account.index());
  const ledger::Programme& programme = frame.programmes[grant.programme];
  const Micro spent = sum_of(account, grant, Place::spent);
  json::object out{{"id", grant.id.value},
                   {"programme", programme.name},
                   {"tenant", account.path},
                   {"status", ledger::to_text(grant.status)},
                   {"kinds", kinds_json(frame, grant.kinds)},
                   {"from", dure::to_text(grant.from)},
                   {"to", dure::to_text(grant.to)},
                   {"awarded", credits_text(grant.awarded)},
                   {"free", credits_text(sum_of(account, grant, Place::free))},
                   {"held", credits_text(sum_of(account, grant, Place::held))},
                   {"spent", credits_text(spent)},
                   {"lapsed", credits_text(sum_of(account, grant, Place::lapsed))},
                   {"waived", credits_text(grant.waived)},
                   {"used", credits_text(spent + grant.waived + running)},
                   {"even_use", credits_text(ledger::even_use(grant, now))}};
  if (grant.cards > 0) out["cards"] = grant.cards_kept;
  if (grant.cards_kept != grant.cards) out["cards_awarded"] = grant.cards;
  if (grant.notice) out["notice"] = notice_json(programme, *grant.notice);
  if (grant.application) {
    const Application* application = view.applications.find(grant.application->index());
    out["call"] = frame.calls[application->call.index()].name;
    out["application"] = application->name;
  }
  if (detail == Detail::line) return out;
  json::array lots;
  for (const std::uint32_t at : grant.lots) lots.push_back(lot_json(account.purse.lots[at]));
  out["lots"] = std::move(lots);
  out["steps"] = steps_json(view, grant.steps);
  return out;
}

json::object call_json(const View& view, const ledger::Call& call) {
  std::uint64_t filed = 0;
  for (std::size_t i = 0; i < view.applications.id_bound(); ++i) {
    const Application* application = view.applications.find(i);
    if (application != nullptr && application->call == call.id) ++filed;
  }
  return {{"name", call.name},
          {"programme", view.ledger->programmes[call.programme].name},
          {"from", dure::to_text(call.from)},
          {"is_decided", call.is_decided},
          {"application_count", filed}};
}

json::object application_json(const View& view, const Application& application, bool is_for_office) {
  const ledger::Call& call = view.ledger->calls[application.call.index()];
  json::array asks;
  for (const ledger::Ask& ask : application.asks)
    asks.push_back(json::object{{"kind", ask.kind}, {"cards", ask.cards}});
  const bool is_told = is_for_office || call.is_decided;
  const bool is_reviewed = application.status == ledger::ApplicationStatus::reviewed;
  json::object out{{"name", application.name},
                   {"tenant", application.tenant},
                   {"asks", std::move(asks)},
                   {"months", application.months},
                   {"status", is_reviewed && !is_told ? "filed" : ledger::to_text(application.status)},
                   {"text", application.text}};
  if (application.by.index() < view.users->size()) out["by"] = (*view.users)[application.by.index()];
  if (!is_told) return out;
  const bool has_score = std::any_of(application.steps.begin(), application.steps.end(),
                                     [](const ledger::Step& step) { return step.text.starts_with("reviewed"); });
  if (has_score) out["score"] = programme::score_text(application.score);
  if (!application.why_not.empty()) out["why_not"] = application.why_not;
  out["steps"] = steps_json(view, application.steps);
  if (is_for_office) return out;
  // Who reviewed is the office's own.
  for (json::value& step : out["steps"].as_array()) step.as_object().erase("by");
  return out;
}

json::object balance_json(const View& view, const Account& account) {
  const ledger::Purse& purse = account.purse;
  Micro free = 0;
  Micro held = purse.line[Place::held];
  std::optional<Time> until;
  for (const Lot& lot : purse.lots) {
    held += lot[Place::held];
    if (lot.state != ledger::LotState::open) continue;
    free += lot[Place::free];
    if (lot[Place::free] > 0 && (!until || lot.to < *until)) until = lot.to;
  }
  json::object out{{"tenant", account.path},
                   {"programme", view.ledger->programmes[account.programme].name},
                   {"balance", credits_text(account.balance())},
                   {"free", credits_text(free)},
                   {"held", credits_text(held)}};
  if (purse.line[Place::free] < 0) out["owed"] = credits_text(-purse.line[Place::free]);
  if (until) out["first_lapses"] = dure::to_text(*until);
  return out;
}

json::object statement_json(const View& view, const Account& account, std::optional<ledger::Month> month) {
  json::array months;
  Micro balance = 0;
  for (const ledger::MonthLine& line : account.months) {
    const Micro opening = balance;
    balance += line.net();
    if (month && line.month != *month) continue;
    json::array pools;
    for (const ledger::PoolLine& pool : line.pools) pools.push_back(pool_line_json(*view.ledger, pool));
    months.push_back(json::object{{"month", ledger::to_text(line.month)},
                                  {"opening", credits_text(opening)},
                                  {"awarded", credits_text(line.awarded)},
                                  {"charged", credits_text(line.charged)},
                                  {"refunded", credits_text(line.refunded)},
                                  {"lapsed", credits_text(line.lapsed)},
                                  {"reduced", credits_text(line.reduced)},
                                  {"closing", credits_text(balance)},
                                  {"pools", std::move(pools)}});
  }
  json::object out = balance_json(view, account);
  out["months"] = std::move(months);
  return out;
}

json::object loans_json(const View& view, const Access& access, Time now, std::optional<ledger::Month> month) {
  const LedgerFrame& frame = *view.ledger;
  const auto may_see = [&](ledger::Party party) {
    return party != ledger::nobody && access.may(Right::see_loans, std::string_view(frame.parties[party]));
  };
  const auto name_of = [&](ledger::Party party) {
    return party == ledger::nobody ? json::value(nullptr) : json::value(frame.parties[party]);
  };
  struct Sum {
    Wide lent = 0;
    Wide borrowed = 0;
  };
  std::map<ledger::Party, Sum> sums;
  json::array loans;
  for (const ledger::Loan& loan : loans_of(view, now)) {
    if ((month && loan.month != *month) || (!may_see(loan.lender) && !may_see(loan.borrower))) continue;
    json::object entry{{"month", ledger::to_text(loan.month)},   {"pool", frame.pools[loan.pool].path},
                       {"lender", name_of(loan.lender)},         {"borrower", name_of(loan.borrower)},
                       {"reason", ledger::to_text(loan.reason)}, {"hours", hours_of(loan.used)}};
    if (loan.reclaims.times > 0) {
      entry["reclaims"] = json::object{
          {"times", loan.reclaims.times},
          {"late", loan.reclaims.late},
          {"promised_s", loan.reclaims.promised.whole_seconds()},
          {"longest_s", loan.reclaims.longest.whole_seconds()},
          {"mean_s", static_cast<double>(loan.reclaims.sum) / 1e9 / static_cast<double>(loan.reclaims.times)}};
    }
    loans.push_back(std::move(entry));
    sums[loan.lender].lent += loan.used;
    sums[loan.borrower].borrowed += loan.used;
  }
  json::array owners;
  for (const auto& [party, sum] : sums) {
    if (!may_see(party)) continue;
    owners.push_back(json::object{{"owner", frame.parties[party]},
                                  {"lent_hours", hours_of(sum.lent)},
                                  {"borrowed_hours", hours_of(sum.borrowed)},
                                  {"net_hours", hours_of(sum.lent - sum.borrowed)}});
  }
  return {{"loans", std::move(loans)}, {"owners", std::move(owners)}};
}

std::optional<json::object> job_credits_json(const JobRow& row) {
  if (!row.hold && !row.settled) return std::nullopt;
  json::object out;
  if (row.hold) {
    out["held"] = credits_text(row.hold->micro);
    out["per_hour"] = credits_text(ledger::cost_of(row.hold->rate, row.hold->milli, hours(1)));
    if (row.hold->is_borrowed) out["is_borrowed"] = true;
  }
  if (row.settled) {
    out["charged"] = credits_text(row.settled->charged);
    if (row.settled->waived != 0) out["waived"] = credits_text(row.settled->waived);
    if (row.settled->waived != 0 && row.settled->why) out["waived_for"] = ledger::to_text(*row.settled->why);
  }
  return out;
}

}  // namespace dure::api
