// What random tests draw.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "dure/base/random.h"

namespace dure {

template <class T>
T pick(Random& random, std::initializer_list<T> values) {
  return values.begin()[random.below(values.size())];
}

inline bool one_in(Random& random, std::uint64_t n) { return random.below(n) == 0; }

}  // namespace dure
