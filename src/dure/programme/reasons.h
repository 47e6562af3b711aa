// Why an application got nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dure/programme/award.h"
#include "dure/programme/choices.h"
#include "dure/programme/integer_program.h"
#include "dure/programme/limits.h"

namespace dure::programme {

// A limit that is broken if the application is taken in beside all awards: raising it by `over`, and the others that
// stand beside it, would let the application in.
struct Blocker {
  std::size_t limit = 0;
  std::int64_t used = 0;
  std::int64_t over = 0;
};

// A limit that would then have `left`, less than its least.
struct Floor {
  std::size_t limit = 0;
  std::int64_t left = 0;
};

// A way to take it in: with these applications out and nothing else changed, it fits, but for the floors.
struct Way {
  std::vector<std::size_t> out;
  std::int64_t out_worth = 0;
  std::vector<Floor> floors;
};

// What keeps one of its asks out.
struct Turned {
  std::size_t ask = 0;
  std::int64_t cards = 0;  // the least that would do
  std::int64_t worth = 0;
  std::vector<Blocker> blockers;
  std::vector<Way>
      ways;  // one that fits, if there is one; one that would gain and that a floor forbids, if there is one
};

struct Refusal {
  std::size_t application = 0;
  std::vector<Fault> faults;   // of asks that break a rule by themselves
  std::vector<Turned> turned;  // the other asks
};

// `cards`: those awarded, by choice; they keep the limits. O(refused * (awards + limits' members)).
std::vector<Refusal> reasons_of(const Round& round, const Choices& choices, const std::vector<Limit>& limits,
                                const std::vector<std::int64_t>& cards);

}  // namespace dure::programme
