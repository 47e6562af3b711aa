// The past as it was recorded.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "dure/base/result.h"
#include "dure/core/fact.h"
#include "dure/core/state.h"

namespace dure::what_if {

// What one turn of the loop did, with what was caught up with just before it. At least one fact; in order of time.
struct PastTurn {
  std::span<const Fact> facts;
  std::uint64_t sequence = 0;  // of the last of them
  std::uint64_t chain = 0;     // State::chain() after it

  Time time() const { return facts.back().time; }
};

// Visits all turns after that at whose end `from` stands, the same ones at each call; ends with the first error. The
// facts are the visitor's until it returns.
using Visit = std::function<Result<void>(const PastTurn&)>;
using Past = std::function<Result<void>(const State& from, const Visit&)>;

}  // namespace dure::what_if
