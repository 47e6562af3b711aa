#include "dure/tenancy/usage.h"

#include <algorithm>
#include <array>

#include "dure/base/assert.h"

namespace dure {
namespace {

__extension__ using Unsigned = unsigned __int128;

constexpr int fraction_bits = 32;
constexpr int result_bits = 24;

constexpr std::uint64_t square_root(Unsigned value) {
  Unsigned low = 0;
  Unsigned high = Unsigned{1} << 64;
  while (high - low > 1) {
    const Unsigned middle = low + (high - low) / 2;
    (middle * middle <= value ? low : high) = middle;
  }
  return static_cast<std::uint64_t>(low);
}

// roots[i] = 2^(2^-(i+1)) in units of 2^-62: the factor that bit i of a fraction stands for, highest first.
constexpr std::array<std::uint64_t, fraction_bits> make_roots() {
  std::array<std::uint64_t, fraction_bits> roots{};
  std::uint64_t value = std::uint64_t{1} << 63;  // 2
  for (std::uint64_t& root : roots) {
    value = square_root(Unsigned{value} << 62);
    root = value;
  }
  return roots;
}

constexpr auto roots = make_roots();

}  // namespace

std::uint64_t growth(Duration t, Duration half_life) {
  DURE_ASSERT(t.ns >= 0 && half_life.ns > 0);
  const auto ns = static_cast<std::uint64_t>(t.ns);
  const auto h = static_cast<std::uint64_t>(half_life.ns);
  const std::uint64_t doublings = ns / h;
  DURE_ASSERT(doublings < 32);
  const auto fraction = static_cast<std::uint32_t>((Unsigned{ns % h} << fraction_bits) / h);
  std::uint64_t value = std::uint64_t{1} << 62;
  for (int bit = 0; bit < fraction_bits; ++bit) {
    if ((fraction >> (fraction_bits - 1 - bit) & 1) == 0) continue;
    value = static_cast<std::uint64_t>(Unsigned{value} * roots[static_cast<std::size_t>(bit)] >> 62);
  }
  return value >> (62 - result_bits - doublings);
}

int UsageClock::rebase(Time t) {
  const std::int64_t half_lives = (t - epoch_).ns / half_life_.ns;
  epoch_ = epoch_ + half_life_ * half_lives;
  // Beyond 120 bits nothing is left of any account.
  return static_cast<int>(std::min<std::int64_t>(half_lives, 120));
}

}  // namespace dure
