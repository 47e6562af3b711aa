#include "dure/ledger/account.h"

#include <algorithm>

#include "dure/base/assert.h"

namespace dure::ledger {
namespace {

constexpr std::int64_t no_bound = INT64_MAX / 4;

}  // namespace

std::int64_t& Purse::held(std::uint32_t kind) {
  if (kind >= held_milli.size()) held_milli.resize(kind + 1);
  return held_milli[kind];
}

Micro Purse::free(std::uint32_t kind) const {
  Micro sum = line[Place::free];
  for (const std::uint32_t at : open) {
    if (lots[at].pays_for(kind)) sum += lots[at][Place::free];
  }
  return sum;
}

std::int64_t Purse::cap_milli(std::uint32_t kind) const {
  if ((unbounded >> kind & 1) != 0) return no_bound;
  std::int64_t cards = 0;
  bool is_bounded = false;
  for (const CardCap& cap : caps) {
    if ((cap.kinds >> kind & 1) == 0) continue;
    cards += cap.cards;
    is_bounded = true;
  }
  return is_bounded ? cards * 1000 : no_bound;
}

// What its hours and cards leave.
std::int64_t Purse::card_room(std::uint32_t kind, Duration time, Time now) const {
  if (hours && left_of(*hours, zone, now) < time) return 0;
  const std::int64_t holds = kind < held_milli.size() ? held_milli[kind] : 0;
  return std::max<std::int64_t>(0, cap_milli(kind) - holds);
}

std::int64_t Purse::room(std::uint32_t kind, Micro per_hour, Duration time, Time now) const {
  return overrun == Overrun::borrow ? card_room(kind, time, now) : paid_room(kind, per_hour, time, now);
}

std::int64_t Purse::paid_room(std::uint32_t kind, Micro per_hour, Duration time, Time now) const {
  const std::int64_t most = card_room(kind, time, now);
  if (per_hour == 0) return most;
  const Micro left = free(kind);
  if (overrun == Overrun::finish) return left > 0 ? most : 0;
  return milli_for(overrun == Overrun::debt ? left + debt : left, per_hour, time, most);
}

std::vector<HeldPart> Purse::hold(std::uint32_t kind, std::int64_t milli, Micro micro) {
  held(kind) += milli;
  std::vector<HeldPart> parts;
  // What is owed already is nobody's to spend.
  Micro usable = std::max<Micro>(0, free(kind));
  if (overrun == Overrun::borrow && usable < micro) return parts;
  Micro left = micro;
  for (const std::uint32_t at : open) {
    Lot& lot = lots[at];
    if (!lot.pays_for(kind)) continue;
    const Micro part = std::min({left, usable, lot[Place::free]});
    if (part <= 0) continue;
    lot.move(Place::free, Place::held, part);
    parts.push_back({at, part});
    left -= part;
    usable -= part;
  }
  if (left > 0) {
    line.move(Place::free, Place::held, left);
    parts.push_back({overrun_lot, left});
  }
  return parts;
}

Micro Purse::settle(std::uint32_t kind, std::int64_t milli, const std::vector<HeldPart>& parts, Micro spent) {
  held(kind) -= milli;
  Micro lapsed = 0;
  for (const HeldPart& part : parts) {
    const Micro taken = std::min(part.micro, spent);
    Lot& from = lot(part);
    from.move(Place::held, Place::spent, taken);
    const bool is_over = from.state == LotState::over;
    from.move(Place::held, is_over ? Place::lapsed : Place::free, part.micro - taken);
    if (is_over) lapsed += part.micro - taken;
    spent -= taken;
  }
  DURE_ASSERT(spent == 0);
  pay_debt();
  return lapsed;
}

// What was spent beyond the lots is then spent of them.
void Purse::pay_debt() {
  for (const std::uint32_t at : open) {
    const Micro paid = std::min(line[Place::spent], lots[at][Place::free]);
    lots[at].move(Place::free, Place::spent, paid);
    line.move(Place::spent, Place::free, paid);
  }
}

MonthLine& Account::month(Month wanted) {
  if (!months.empty() && months.back().month == wanted) return months.back();
  const auto found = std::lower_bound(months.begin(), months.end(), wanted,
                                      [](const MonthLine& line, Month month) { return line.month < month; });
  if (found != months.end() && found->month == wanted) return *found;
  return *months.insert(found, MonthLine{.month = wanted, .pools = {}});
}

Micro Account::balance() const {
  Micro sum = purse.line[Place::free] + purse.line[Place::held];
  for (const Lot& lot : purse.lots) sum += lot[Place::free] + lot[Place::held];
  return sum;
}

}  // namespace dure::ledger
