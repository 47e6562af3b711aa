// Which of several best answers is taken.
#pragma once

#include <cstddef>
#include <vector>

#include "dure/programme/integer_program.h"
#include "dure/programme/solver.h"

namespace dure::programme {

struct Settled {
  Values values;
  bool is_settled = false;  // else a solver gave up, and `values` are one of the best that need not be the first
};

// Of all values that gain as much as `best`, returns those that are largest in the first column of `order`, of these
// those that are largest in the second, and so on. Requires that none gain more, and each column once in `order`.
Settled settle_ties(const IntegerProgram& program, const Prices& prices, const Values& best,
                    const std::vector<std::size_t>& order, Solver& solver);

}  // namespace dure::programme
