// The facts of one turn, as bytes and as one link of the chain.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dure/base/result.h"
#include "dure/core/fact.h"

namespace dure {

// Facts are numbered from 1.
struct FactRow {
  std::uint64_t first = 0;  // sequence of the first fact
  std::uint64_t count = 0;  // >= 1
  std::uint64_t chain = 0;  // State::chain() after the last of them
  std::span<const std::byte> bytes;

  std::uint64_t last() const { return first + count - 1; }
};

// A point between two turns.
struct Link {
  std::uint64_t sequence = 0;  // of the last fact; 0: before any
  std::uint64_t chain = 0;
  bool operator==(const Link&) const = default;
};

// Reads the facts of the row that follows `link` into `facts` and moves `link` to its end. An error names the fact and
// what is wrong with it; then `link` is as before and `facts` is not to be used.
Result<void> read_facts(const FactRow& row, Link& link, std::vector<Fact>& facts);

}  // namespace dure
