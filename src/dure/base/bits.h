// The bits of a word.
#pragma once

#include <bit>
#include <cstdint>

namespace dure {

// Visits the positions of the bits that are set, lowest first: O(such bits).
template <class Function>
void for_each_bit(std::uint64_t word, Function&& function) {
  for (; word != 0; word &= word - 1) function(static_cast<std::uint32_t>(std::countr_zero(word)));
}

}  // namespace dure
