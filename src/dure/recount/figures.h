// What a recount comes to.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/ledger/micro.h"
#include "dure/ledger/month.h"
#include "dure/ledger/statement.h"

namespace dure::recount {

using ledger::Micro;
using ledger::Month;

struct PoolFigures {
  std::uint64_t runs = 0;
  Micro charged = 0;
  Wide used = 0;  // milli x ns
  std::array<Micro, ledger::waivers> waived{};

  bool operator==(const PoolFigures&) const = default;
};

struct MonthFigures {
  Micro awarded = 0;
  Micro lapsed = 0;
  Micro reduced = 0;
  Micro charged = 0;
  Micro refunded = 0;
  std::map<std::string, PoolFigures> pools;  // by path
};

enum class Phase : std::uint8_t { to_come, open, over };

// All of `awarded` is in one of the other places.
struct LotFigures {
  GrantId grant;
  std::uint32_t number = 0;
  std::vector<std::string> kinds;  // none: any
  Time to;
  Phase phase = Phase::to_come;
  Micro awarded = 0;
  Micro free = 0;
  Micro held = 0;
  Micro spent = 0;
  Micro lapsed = 0;
};

struct AccountFigures {
  std::string programme;
  std::vector<LotFigures> lots;  // in order of award
  Micro held_beyond = 0;         // beyond all lots
  Micro owed = 0;
  std::map<Month, MonthFigures> months;

  Micro balance() const {
    Micro sum = -owed;
    for (const LotFigures& lot : lots) sum += lot.free + lot.held;
    return sum;
  }
};

// Cards that a grant gave up, and until when.
struct FreedFigures {
  std::vector<std::string> kinds;  // none: any
  std::int64_t cards = 0;
  Time until;
};

struct CallFigures {
  std::set<ApplicationId> filed;
  std::set<ApplicationId> waiting;
  std::vector<FreedFigures> freed;  // those that end last come first
};

struct GrantFigures {
  std::string account;
  std::vector<std::string> kinds;  // none: any
  std::optional<ApplicationId> application;
  std::vector<std::size_t> lots;  // of the account
  Micro awarded = 0;
  Micro waived = 0;
  std::int64_t cards = 0;
  Time from;
  Time to;
};

struct LoanKey {
  Month month;
  std::string pool;
  std::string lender;
  std::string borrower;
  std::string_view reason;

  auto operator<=>(const LoanKey&) const = default;
};

struct LoanFigures {
  Wide used = 0;  // milli x ns
  std::uint64_t reclaims = 0;
  std::uint64_t late = 0;
  Duration promised;
  Duration longest;
  Wide sum = 0;  // ns

  bool operator==(const LoanFigures&) const = default;
};

}  // namespace dure::recount
