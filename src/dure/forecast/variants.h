// Small changes of a job that might start it sooner.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dure/core/state.h"
#include "dure/forecast/plan.h"

namespace dure::forecast {

enum class Variation : std::uint8_t {
  fewer_tasks,  // half as many at least, for those that may be divided
  fewer_gpus,   // half of them, of one task that asks for several
  wider,        // within a domain of the next level
  other_pool,   // in any pool that could take it
  shorter,      // half of its time limit
};
constexpr Variation last_of(Variation) { return Variation::shorter; }
std::string_view to_text(Variation variation);

struct Variant {
  Variation variation = Variation::wider;
  Wish wish;
};

// Those that make sense of the wish, one of each kind at most, in the order of the kinds. A later submission is none of
// them: nobody starts sooner by it, and no hour is cheaper than another. Requires !wish.empty(). O(jobs + pools).
std::vector<Variant> variants_of(const State& state, const Wish& wish);

}  // namespace dure::forecast
