// Decides a round: the best total that its rules leave, and why the others get nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/programme/call.h"
#include "dure/programme/reasons.h"
#include "dure/programme/solver.h"

namespace dure::programme {

// How far the total can be from the best there is.
struct Proof {
  std::int64_t total = 0;
  std::int64_t bound = 0;        // no allotment that keeps the rules exceeds it
  std::int64_t price_bound = 0;  // the same by `prices` alone, which anyone can check in whole numbers
  bool is_best = false;          // the solver's search has ended: nothing exceeds the total
  bool ties_settled = false;     // and of the best allotments this is the first
  std::string solver;
};

struct Allotted {
  Awards awards;                 // in order of rank
  std::vector<Refusal> refused;  // in order of rank
  std::vector<Limit> limits;
  std::vector<std::int64_t> used;    // by limit
  std::vector<std::int64_t> prices;  // by limit: what one more in its bound is worth, in millionths
  Proof proof;
};

// Of the allotments with the best total, returns the one that gives more to the application of highest rank whose award
// is not the same in all of them. Fails if the least shares cannot all be met.
Result<Allotted> allot(const Round& round, Solver& solver);

}  // namespace dure::programme
