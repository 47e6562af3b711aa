// A seeded generator and its distributions. Our own, because those of <random> differ between standard libraries.
#pragma once

#include <array>
#include <cstdint>

namespace dure {

// Spreads a seed over 64 bits; also used to derive independent seeds. Source: Steele et al., OOPSLA 2014.
constexpr std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15u;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// xoshiro256**. Source: Blackman and Vigna, 2018. Equal seeds give equal sequences on every machine.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) word = split_mix(seed);
  }

  constexpr std::uint64_t next() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  // Returns a number in [0, bound), unbiased (Lemire, 2019). Requires bound > 0.
  constexpr std::uint64_t below(std::uint64_t bound) {
    __extension__ using Product = unsigned __int128;
    Product product = Product{next()} * bound;
    if (static_cast<std::uint64_t>(product) < bound) {
      const std::uint64_t threshold = (0 - bound) % bound;
      while (static_cast<std::uint64_t>(product) < threshold) product = Product{next()} * bound;
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  // Returns a number in [first, last]. Requires first <= last.
  constexpr std::int64_t between(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first) + 1));
  }

  // Returns a number in [0, 1) with 53 random bits.
  constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  static constexpr std::uint64_t rotate(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace dure
