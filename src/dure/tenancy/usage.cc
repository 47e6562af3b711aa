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

// powers[i][b] = 2^(b * 2^-8(i+1)) in units of 2^-62: what byte i of a fraction stands for, highest first.
using Powers = std::array<std::array<std::uint64_t, 256>, fraction_bits / 8>;
constexpr Powers make_powers() {
  constexpr auto roots = make_roots();
  Powers powers{};
  for (std::size_t byte = 0; byte < powers.size(); ++byte) {
    for (std::size_t value = 0; value < 256; ++value) {
      std::uint64_t power = std::uint64_t{1} << 62;
      for (std::size_t bit = 0; bit < 8; ++bit) {
        if ((value >> (7 - bit) & 1) != 0)
          power = static_cast<std::uint64_t>(Unsigned{power} * roots[byte * 8 + bit] >> 62);
      }
      powers[byte][value] = power;
    }
  }
  return powers;
}

constexpr Powers powers = make_powers();

}  // namespace

std::uint64_t growth(Duration t, Duration half_life) {
  DURE_ASSERT(t.ns >= 0 && half_life.ns > 0);
  const auto ns = static_cast<std::uint64_t>(t.ns);
  const auto h = static_cast<std::uint64_t>(half_life.ns);
  const std::uint64_t doublings = ns / h;
  DURE_ASSERT(doublings < 32);
  const auto fraction = static_cast<std::uint32_t>((Unsigned{ns % h} << fraction_bits) / h);
  std::uint64_t value = powers[0][fraction >> 24];
  value = static_cast<std::uint64_t>(Unsigned{value} * powers[1][fraction >> 16 & 255] >> 62);
  value = static_cast<std::uint64_t>(Unsigned{value} * powers[2][fraction >> 8 & 255] >> 62);
  value = static_cast<std::uint64_t>(Unsigned{value} * powers[3][fraction & 255] >> 62);
  return value >> (62 - result_bits - doublings);
}

int UsageClock::rebase(Time t) {
  const std::int64_t half_lives = (t - epoch_).ns / half_life_.ns;
  epoch_ = epoch_ + half_life_ * half_lives;
  // Beyond 120 bits nothing is left of any account.
  return static_cast<int>(std::min<std::int64_t>(half_lives, 120));
}

}  // namespace dure
