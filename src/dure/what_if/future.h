// What may come after the journal's end, as it is and with something otherwise.
#pragma once

#include <cstdint>

#include "dure/base/result.h"
#include "dure/core/state.h"
#include "dure/policy/dure_policy.h"
#include "dure/what_if/changes.h"
#include "dure/what_if/comparison.h"
#include "dure/what_if/work_book.h"

namespace dure::what_if {

// From where draws set out, and how far they go.
struct Future {
  const State& present;  // at the journal's end
  const WorkBook& book;  // closed
  DureOptions policy;
  Time until;
};

// Both sides of the draw number `seed`: the same work arrives, and takes as long. An error says what of the changes
// cannot be. O(jobs + nodes), and what two simulations until then take.
Result<Pair> draw_both(const Future& future, const Changes& changes, std::uint64_t seed);

}  // namespace dure::what_if
