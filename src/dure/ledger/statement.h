// What an account is told of a month.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/ledger/micro.h"
#include "dure/ledger/month.h"

namespace dure::ledger {

// Why what was allocated is not charged.
enum class Waiver : std::uint8_t {
  reclaim,     // the work was lost to a guarantee that took the devices back
  preempt,     // to a job of higher priority
  fairness,    // to who had less than their part
  window,      // to a window
  defragment,  // to a move
  shrink,      // to a start with fewer tasks
  fault,       // to a node or a device that failed
  borrowed,    // no credits were left, and the programme lets such work run on what is idle
  late,        // the engine ended it later than was paid for
};
constexpr Waiver last_of(Waiver) { return Waiver::late; }
constexpr std::size_t waivers = 9;
std::string_view to_text(Waiver waiver);

// In one pool. device_time = charged + waived, each rounded once an allocation, at the rate of its start.
struct PoolLine {
  std::uint32_t pool = 0;  // of the ledger
  std::uint64_t runs = 0;
  Micro charged = 0;
  Wide used = 0;  // of devices, milli x ns
  std::array<Micro, waivers> waived{};

  Micro waived_in_all() const {
    Micro sum = 0;
    for (const Micro micro : waived) sum += micro;
    return sum;
  }
};

template <class Archive>
void fields(Archive& archive, Like<PoolLine> auto& line) {
  archive(line.pool);
  archive(line.runs);
  archive(line.charged);
  wide_field(archive, line.used);
  for (auto& micro : line.waived) archive(micro);
}

struct MonthLine {
  Month month;
  Micro awarded = 0;
  Micro lapsed = 0;   // at the end of lots, or with a grant that was closed
  Micro reduced = 0;  // for lack of use
  Micro charged = 0;
  Micro refunded = 0;
  std::vector<PoolLine> pools;  // in the order of their first use

  PoolLine& pool(std::uint32_t wanted) {
    const auto found =
        std::find_if(pools.begin(), pools.end(), [&](const PoolLine& line) { return line.pool == wanted; });
    return found != pools.end() ? *found : pools.emplace_back(PoolLine{.pool = wanted, .waived = {}});
  }
  // By how much it changes what an account has.
  Micro net() const { return awarded - lapsed - reduced - charged + refunded; }
};

template <class Archive>
void fields(Archive& archive, Like<MonthLine> auto& line) {
  archive(line.month);
  archive(line.awarded);
  archive(line.lapsed);
  archive(line.reduced);
  archive(line.charged);
  archive(line.refunded);
  archive(line.pools);
}

}  // namespace dure::ledger
