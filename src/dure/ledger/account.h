// What a tenant may spend: lots, and a line beyond them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/ledger/change.h"
#include "dure/ledger/day_hours.h"
#include "dure/ledger/lot.h"
#include "dure/ledger/statement.h"

namespace dure::ledger {

// A part of a hold.
struct HeldPart {
  std::uint32_t lot = 0;  // of the account; `overrun_lot`: beyond all lots
  Micro micro = 0;
};
constexpr std::uint32_t overrun_lot = 0xffff'ffff;

template <class Archive>
void fields(Archive& archive, Like<HeldPart> auto& part) {
  archive(part.lot);
  archive(part.micro);
}

// How many cards of what kinds its grants give it at once.
struct CardCap {
  std::uint64_t kinds = 0;
  std::int64_t cards = 0;
};

template <class Archive>
void fields(Archive& archive, Like<CardCap> auto& cap) {
  archive(cap.kinds);
  archive(cap.cards);
}

// What decides whether a job may start; the policy plans on a copy of it.
struct Purse {
  Overrun overrun = Overrun::refuse;
  std::optional<DayHours> hours;
  Duration zone;                         // of these
  Micro debt = 0;                        // where `overrun` is debt
  std::vector<Lot> lots;                 // all that there ever were
  std::vector<std::uint32_t> open;       // places of those that are open, the first to end first
  Lot line;                              // beyond them: what is spent there is owed; its free is below zero
  std::vector<CardCap> caps;             // of grants that are not over; one without a bound has none
  std::uint64_t unbounded = 0;           // kinds that some grant gives without a bound of cards
  std::vector<std::int64_t> held_milli;  // by kind

  // What is free of lots for that kind, less what is owed. O(open lots), as the next two.
  Micro free(std::uint32_t kind) const;
  // The most thousandths of a device of that kind that a job of that length may start with `now`, at that rate.
  std::int64_t room(std::uint32_t kind, Micro per_hour, Duration time, Time now) const;
  // The same for one that does not borrow.
  std::int64_t paid_room(std::uint32_t kind, Micro per_hour, Duration time, Time now) const;
  // Sets aside what such a job costs at most: of lots, the first to end first; then of the line. Says of what, and of
  // how much where all of it is to be borrowed. Requires `room` for it.
  std::vector<HeldPart> hold(std::uint32_t kind, std::int64_t milli, Micro micro);
  // Takes `spent` of what is held, in order, and frees the rest; returns what of it lapsed, as its lot was over.
  Micro settle(std::uint32_t kind, std::int64_t milli, const std::vector<HeldPart>& parts, Micro spent);
  // What is free pays for what is owed.
  void pay_debt();
  Lot& lot(const HeldPart& part) { return part.lot == overrun_lot ? line : lots[part.lot]; }
  // How many of that kind it may hold at once.
  std::int64_t cap_milli(std::uint32_t kind) const;

 private:
  std::int64_t card_room(std::uint32_t kind, Duration time, Time now) const;
  std::int64_t& held(std::uint32_t kind);
};

template <class Archive>
void fields(Archive& archive, Like<Purse> auto& purse) {
  archive(purse.overrun);
  archive(purse.hours);
  archive(purse.zone);
  archive(purse.debt);
  archive(purse.lots);
  archive(purse.open);
  archive(purse.line);
  archive(purse.caps);
  archive(purse.unbounded);
  archive(purse.held_milli);
}

struct Account {
  std::string path;             // of its tenant
  std::uint32_t programme = 0;  // by whose rules it is kept: that of its last grant
  std::uint64_t holds = 0;
  Purse purse;
  std::vector<MonthLine> months;  // ascending

  MonthLine& month(Month wanted);
  // All it has: free and held, of lots to come too; less what is owed.
  Micro balance() const;
};

template <class Archive>
void fields(Archive& archive, Like<Account> auto& account) {
  archive(account.path);
  archive(account.programme);
  archive(account.holds);
  archive(account.purse);
  archive(account.months);
}

}  // namespace dure::ledger
