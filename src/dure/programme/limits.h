// What bounds the awards of a round together, rule by rule.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/programme/choices.h"

namespace dure::programme {

// least <= the cards, or the awards, of `members` together <= most.
struct Limit {
  std::string name;  // of whom: `class academia`, `organisation KAIST`
  std::string unit;  // of what: `H200`, `cards`, `awards`
  Counts counts = Counts::cards;
  std::optional<std::int64_t> least;
  std::optional<std::int64_t> most;
  std::string least_text;  // as the call writes it, if not as a plain number
  std::string most_text;
  std::vector<std::size_t> members;  // choices
};

// Bounds that nothing can reach are left out. O(rules * choices).
std::vector<Limit> limits_of(const Round& round, const std::vector<Choice>& choices);

}  // namespace dure::programme
