// Which of many requests for one resource fit into so much of it, a bit for each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dure {

// Requests come in sequences of one length. A rank stands for all free amounts that the same requests fit into; each
// sequence has a row of bits for each rank, so that the first request that fits in several respects is found word by
// word.
class FitBits {
 public:
  FitBits() = default;
  // `wanted`: sequence after sequence of `length` each, all >= 0; at least one. O(sequences x amounts x length / 64).
  FitBits(std::span<const std::int64_t> wanted, std::size_t length);

  std::size_t words() const { return words_; }
  // How many ranks there are; one more than different amounts that are wanted.
  std::size_t ranks() const { return amounts_.size() + 1; }
  // Requires free >= 0. O(1) but where amounts lie close together.
  std::size_t rank_of(std::int64_t free) const {
    if (free >= amounts_.back()) return amounts_.size();
    std::size_t rank = starts_[static_cast<std::size_t>(free >> step_bits_)];
    while (amounts_[rank] <= free) ++rank;
    return rank;
  }
  // words() words; the request at `place` is bit place % 64 of word place / 64.
  const std::uint64_t* row(std::size_t sequence, std::size_t rank) const {
    return bits_.data() + (sequence * ranks() + rank) * words_;
  }

 private:
  // So many steps of equal width, a power of two, from nothing to the largest amount.
  static constexpr std::int64_t most_steps = 1024;

  void find_starts();

  std::size_t words_ = 0;
  std::vector<std::int64_t> amounts_;  // that are wanted, rising; a rank counts those that fit
  std::vector<std::uint64_t> bits_;    // by sequence, rank and word
  int step_bits_ = 0;
  std::vector<std::uint32_t> starts_;  // by step: the lowest rank in it
};

}  // namespace dure
