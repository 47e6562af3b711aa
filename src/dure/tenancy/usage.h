// Decayed usage in integers: what a tenant used counts half after each half-life.
//
// Instead of shrinking every account as time passes, weights grow: use at time t is multiplied by 2^((t - epoch) / h).
// An account changes only when what the tenant holds changes, and the order of two idle tenants never does.
// The integral of the weight, times ln 2 / h, is the weight itself; so with G(t) = 2^((t - epoch) / h), an account that
// held x from a to b grew by x * (G(b) - G(a)), in units of x * h / ln 2.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "dure/base/bytes.h"
#include "dure/base/time.h"

namespace dure {

__extension__ using Wide = __int128;

// Reads or writes it: as a type of the compiler's it cannot have `fields` of its own.
template <class Archive>
void wide_field(Archive& archive, Like<Wide> auto& wide) {
  auto low = static_cast<std::uint64_t>(wide);
  auto high = static_cast<std::uint64_t>(wide >> 64);
  archive(low);
  archive(high);
  if constexpr (!std::is_const_v<std::remove_reference_t<decltype(wide)>>) wide = Wide{high} << 64 | low;
}

// Returns 2^(t / half_life) in units of 2^-24, rounded down. Exact integer arithmetic, equal on every machine.
// Requires 0 <= t < 32 half-lives and half_life > 0. O(1).
std::uint64_t growth(Duration t, Duration half_life);

// Gives the weight of instants, and says when weights have grown so far that accounts must be scaled down.
class UsageClock {
 public:
  // Half-lives above eight years count as eight years, so that thirty-two of them can be told in nanoseconds.
  explicit UsageClock(Duration half_life) : half_life_(std::min(half_life, days(2920))) {}

  // G(t), or that of 32 half-lives if it is later. Requires t >= epoch().
  std::int64_t weight(Time t) const {
    const Duration latest = half_life_ * 32 - Duration{1};
    return static_cast<std::int64_t>(growth(std::min(t - epoch_, latest), half_life_));
  }
  Time epoch() const { return epoch_; }
  Duration half_life() const { return half_life_; }

  bool must_rebase(Time t) const { return t - epoch_ >= half_life_ * rebase_after; }
  // Moves the epoch so that `t` can be weighed. Returns by how many bits every account must be shifted right.
  int rebase(Time t);
  // The first instant; before anything is weighed.
  void start(Time t) { epoch_ = t; }

 private:
  static constexpr std::int64_t rebase_after = 31;

  Duration half_life_;
  Time epoch_;
};

// What one tenant holds in one pool and has used there. Amounts in thousandths of a GPU (or CPU).
struct UsageAccount {
  std::int64_t held_milli = 0;
  Wide base = 0;  // usage at time t is base + held_milli * G(t)

  void hold(std::int64_t milli, std::int64_t weight) {
    held_milli += milli;
    base -= Wide{milli} * weight;
  }
  Wide usage(std::int64_t weight) const { return base + Wide{held_milli} * weight; }
};

template <class Archive>
void fields(Archive& archive, Like<UsageAccount> auto& account) {
  archive(account.held_milli);
  wide_field(archive, account.base);
}

}  // namespace dure
