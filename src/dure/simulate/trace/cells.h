// The fields of one row, read one by one; the first that is wrong speaks for the row.
#pragma once

#include <string>
#include <string_view>

#include "dure/simulate/trace/notation.h"

namespace dure::simulate {

struct Cell {
  std::string_view column;  // for messages: "run time", "num_gpu"
  std::string_view text;
};

class Cells {
 public:
  // Forgets the row before.
  void begin() { problem_.clear(); }

  // Returns what `cell` says, or T{} and the row has a problem.
  template <class T>
  T read(const Notation<T>& notation, Cell cell) {
    auto value = notation.read(cell.text);
    if (!value) refuse(cell, notation.right);
    return value.value_or(T{});
  }

  // Reads a name: UTF-8, without control characters, of bounded length.
  std::string name(Cell cell);
  // Marks `cell` as wrong; `right` says what would be right.
  void refuse(Cell cell, std::string_view right);

  // Empty if all was right so far.
  const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

}  // namespace dure::simulate
