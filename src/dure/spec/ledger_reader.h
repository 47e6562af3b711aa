// Reads what things cost, programmes and grants.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/time.h"
#include "dure/ledger/change.h"
#include "dure/spec/known_tenants.h"
#include "dure/spec/reader.h"

namespace dure::spec {

// What such a file is read against.
struct LedgerGround {
  const KnownTenants& tenants;      // that may be named
  Time now;                         // from when durations count, and from when things hold that do not say so
  Duration zone;                    // of a file that names none
  std::vector<ledger::Rate> rates;  // that hold where the file declares none
};

// In the order in which they are to happen. Ids and who did it are the caller's to set.
struct LedgerFile {
  std::vector<ledger::RatesDeclared> rates;
  std::vector<ledger::Programme> programmes;
  std::vector<ledger::GrantAwarded> grants;
};

// `{zone, rates, programmes, grants}`, each as it is needed. Times are instants with a zone, dates in the file's zone
// (`2026-03-01`, when that day begins), or durations after `now`. A grant without credits gets what its cards cost
// over its term by the rates of its beginning.
std::optional<LedgerFile> read_ledger(const Node& node, const LedgerGround& ground);
// A time as such a file may write it.
std::optional<Time> parse_instant(std::string_view text, Time now, Duration zone);

// `H200:8`
std::optional<ledger::Ask> parse_ask(std::string_view text);

// Credits exactly, `12.5`: nullopt beyond six decimals or above what an award may have.
std::optional<ledger::Micro> parse_credits(std::string_view text);
std::optional<ledger::Micro> read_credits(const Node& node);
// As a person writes them, and as parse_credits reads them but for a minus: `12.5`.
std::string credits_text(ledger::Micro micro);

}  // namespace dure::spec
