// CBC, the branch-and-cut solver of COIN-OR, as the solver of rounds.
#pragma once

#include <cstdint>
#include <string>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/programme/solver.h"

namespace dure::solver {

// Bounds of one search. The first is the same on every machine, the second is not.
struct SearchBounds {
  std::int32_t nodes = 200'000;
  Duration within = longest_duration;
};

class CbcSolver final : public programme::Solver {
 public:
  // Loads the library; `unavailable` where it is not installed.
  static Result<CbcSolver> open(SearchBounds bounds);

  programme::Solution solve(const programme::IntegerProgram& program, const programme::Values* start) override;
  programme::Prices prices(const programme::IntegerProgram& program) override;
  std::string name() const override;

 private:
  explicit CbcSolver(SearchBounds bounds) : bounds_(bounds) {}

  SearchBounds bounds_;
};

}  // namespace dure::solver
