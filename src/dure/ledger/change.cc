#include "dure/ledger/change.h"

#include <array>

#include "dure/base/overload.h"

namespace dure::ledger {

bool is_by_rule(const Change& change) {
  return std::visit(Overload{
                        [](const LotOpened&) { return true; },
                        [](const LotLapsed&) { return true; },
                        [](const UseChecked&) { return true; },
                        [](const GrantReduced&) { return true; },
                        [](const GrantSettled&) { return true; },
                        [](const RatesBegun&) { return true; },
                        [](const GrantAwarded& c) { return !c.by; },
                        [](const auto&) { return false; },
                    },
                    change);
}

std::string_view name_of(const Change& change) {
  static constexpr std::array<std::string_view, std::variant_size_v<Change>> names{
      "RatesDeclared", "ProgrammeDeclared", "CallOpened",   "ApplicationFiled", "ApplicationReviewed", "CallDecided",
      "GrantAwarded",  "LotOpened",         "LotLapsed",    "UseChecked",       "AppealFiled",         "AppealDecided",
      "GrantReduced",  "GrantClosed",       "GrantSettled", "CreditsRefunded",  "RatesBegun"};
  return names[change.index()];
}

}  // namespace dure::ledger
