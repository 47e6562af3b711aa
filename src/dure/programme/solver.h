// The port to a solver of integer programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dure/programme/integer_program.h"

namespace dure::programme {

// What was found. `values` are whole numbers that the solver believes to keep all rows.
struct Solution {
  std::optional<Values> values;
  bool is_impossible = false;         // it is proven that no values keep the rows
  bool is_best = false;               // it is proven that none gain more
  std::optional<std::int64_t> bound;  // that none can exceed
};

class Solver {
 public:
  virtual ~Solver() = default;

  // `start`: values that keep the rows, or nullptr.
  virtual Solution solve(const IntegerProgram& program, const Values* start) = 0;
  // Good prices of the rows: those of the program without the demand for whole numbers.
  virtual Prices prices(const IntegerProgram& program) = 0;
  // Its name and version.
  virtual std::string name() const = 0;
};

}  // namespace dure::programme
