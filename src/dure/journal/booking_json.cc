#include "dure/journal/booking_json.h"

#include <boost/json.hpp>

#include "dure/base/overload.h"
#include "dure/journal/printable.h"

namespace dure {
namespace {

namespace json = boost::json;

json::array texts(const std::vector<std::string>& all) {
  json::array array;
  for (const std::string& text : all) array.push_back(json::string(printable(text)));
  return array;
}

void add_why(json::object& out, const std::string& why) {
  if (!why.empty()) out["why"] = printable(why);
}

void add_rules(json::object& out, const ledger::Programme& programme) {
  out["programme"] = printable(programme.name);
  out["tenant"] = printable(programme.tenant);
  out["overrun"] = static_cast<int>(programme.overrun);
  if (programme.overrun == ledger::Overrun::debt) out["debt_micro"] = programme.debt;
  json::array use;
  for (const ledger::UseRule& rule : programme.use) {
    use.push_back(json::object{{"at_percent", rule.at_percent},
                               {"least_percent", rule.least_percent},
                               {"second_notice", to_text(rule.second_notice)},
                               {"appeal", to_text(rule.appeal)}});
  }
  out["use"] = std::move(use);
}

}  // namespace

void add_booking(json::object& out, const ledger::Change& change) {
  using namespace ledger;
  std::visit(Overload{
                 [&](const RatesDeclared& c) {
                   out["from"] = dure::to_text(c.from);
                   json::object rates;
                   for (const Rate& rate : c.rates) rates[printable(rate.kind)] = rate.per_hour;
                   out["micro_per_hour"] = std::move(rates);
                 },
                 [&](const ProgrammeDeclared& c) {
                   add_rules(out, c.programme);
                   out["by"] = c.by.value;
                 },
                 [&](const CallOpened& c) {
                   out["call"] = c.call.value;
                   out["name"] = printable(c.name);
                   out["programme"] = printable(c.programme);
                   out["by"] = c.by.value;
                 },
                 [&](const ApplicationFiled& c) {
                   out["application"] = c.application.value;
                   out["call"] = c.call.value;
                   out["name"] = printable(c.name);
                   out["tenant"] = printable(c.tenant);
                   json::array asks;
                   for (const Ask& ask : c.asks) {
                     asks.push_back(json::object{{"kind", printable(ask.kind)}, {"cards", ask.cards}});
                   }
                   out["asks"] = std::move(asks);
                   out["months"] = c.months;
                   out["by"] = c.by.value;
                 },
                 [&](const ApplicationReviewed& c) {
                   out["application"] = c.application.value;
                   out["score_hundredths"] = c.score;
                   add_why(out, c.why);
                   out["by"] = c.by.value;
                 },
                 [&](const CallDecided& c) {
                   out["call"] = c.call.value;
                   json::array awarded;
                   for (const ApplicationId id : c.awarded) awarded.push_back(id.value);
                   out["awarded"] = std::move(awarded);
                   json::array waiting;
                   for (const Refused& refused : c.waiting) {
                     waiting.push_back(
                         json::object{{"application", refused.application.value}, {"why", printable(refused.why)}});
                   }
                   out["waiting"] = std::move(waiting);
                   add_why(out, c.why);
                   out["by"] = c.by.value;
                 },
                 [&](const GrantAwarded& c) {
                   out["grant"] = c.grant.value;
                   out["programme"] = printable(c.programme);
                   out["tenant"] = printable(c.tenant);
                   if (!c.kinds.empty()) out["kinds"] = texts(c.kinds);
                   if (c.cards > 0) out["cards"] = c.cards;
                   json::array lots;
                   for (const LotSpec& lot : c.lots) {
                     lots.push_back(json::object{
                         {"from", dure::to_text(lot.from)}, {"to", dure::to_text(lot.to)}, {"micro", lot.micro}});
                   }
                   out["lots"] = std::move(lots);
                   if (c.application) out["application"] = c.application->value;
                   add_why(out, c.why);
                   if (c.by) out["by"] = c.by->value;
                 },
                 [&](const LotOpened& c) {
                   out["grant"] = c.grant.value;
                   out["lot"] = c.lot;
                 },
                 [&](const LotLapsed& c) {
                   out["grant"] = c.grant.value;
                   out["lot"] = c.lot;
                 },
                 [&](const UseChecked& c) {
                   out["grant"] = c.grant.value;
                   out["rule"] = c.rule;
                   out["used_micro"] = c.used;
                   out["wanted_micro"] = c.wanted;
                   if (c.notice > 0) out["notice"] = c.notice;
                 },
                 [&](const AppealFiled& c) {
                   out["grant"] = c.grant.value;
                   add_why(out, c.why);
                   out["by"] = c.by.value;
                 },
                 [&](const AppealDecided& c) {
                   out["grant"] = c.grant.value;
                   out["granted"] = c.is_granted;
                   add_why(out, c.why);
                   out["by"] = c.by.value;
                 },
                 [&](const GrantReduced& c) {
                   out["grant"] = c.grant.value;
                   out["rule"] = c.rule;
                   out["used_micro"] = c.used;
                   out["due_micro"] = c.due;
                 },
                 [&](const GrantClosed& c) {
                   out["grant"] = c.grant.value;
                   add_why(out, c.why);
                   out["by"] = c.by.value;
                 },
                 [&](const GrantSettled& c) { out["grant"] = c.grant.value; },
                 [&](const CreditsRefunded& c) {
                   out["grant"] = c.grant.value;
                   out["micro"] = c.micro;
                   add_why(out, c.why);
                   out["by"] = c.by.value;
                 },
                 [](const RatesBegun&) {},
             },
             change);
}

}  // namespace dure
