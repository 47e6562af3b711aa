// A part of a grant: credits with dates, in places that always sum to zero.
#pragma once

#include <array>
#include <cstdint>

#include "dure/base/assert.h"
#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/ledger/micro.h"

namespace dure::ledger {

// Double entry: what leaves one place enters another.
enum class Place : std::uint8_t {
  awarded,  // below zero: all that was ever given
  free,
  held,  // for jobs that were ordered to start
  spent,
  lapsed,  // at its end, or taken back
};
constexpr std::size_t places = 5;

enum class LotState : std::uint8_t { to_come, open, over };
constexpr LotState last_of(LotState) { return LotState::over; }

struct Lot {
  GrantId grant;
  std::uint32_t number = 0;  // within its grant
  LotState state = LotState::to_come;
  std::uint64_t kinds = 0;  // a mask: what it may be spent on
  Time from;
  Time to;
  std::array<Micro, places> in{};

  Micro operator[](Place place) const { return in[static_cast<std::size_t>(place)]; }
  void move(Place from_place, Place to_place, Micro micro) {
    in[static_cast<std::size_t>(from_place)] -= micro;
    in[static_cast<std::size_t>(to_place)] += micro;
  }
  bool pays_for(std::uint32_t kind) const { return state == LotState::open && (kinds >> kind & 1) != 0; }
};

template <class Archive>
void fields(Archive& archive, Like<Lot> auto& lot) {
  archive(lot.grant);
  archive(lot.number);
  archive(lot.state);
  archive(lot.kinds);
  archive(lot.from);
  archive(lot.to);
  for (auto& micro : lot.in) archive(micro);
}

}  // namespace dure::ledger
