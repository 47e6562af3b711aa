// The rows of a csv file with a header that is read whole before a run: every row must be right.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/simulate/trace/cells.h"
#include "dure/simulate/trace/table.h"

namespace dure::simulate {

// Columns are named by their position in the list that was asked for.
class CsvRow {
 public:
  CsvRow(const Table& table, const std::vector<Column>& columns) : table_(table), columns_(columns) {}

  // A whole number from 0 to 10^9; 0 if it is none, and then the row is wrong.
  std::int64_t number(std::size_t column);
  // "" where the file lacks the column.
  std::string_view text(std::size_t column) const;
  // Marks the column as wrong; `right` says what would be right.
  void refuse(std::size_t column, std::string_view right);

  // What is wrong with the row; empty if nothing is.
  const std::string& problem() const { return cells_.problem(); }

 private:
  const Table& table_;
  const std::vector<Column>& columns_;
  Cells cells_;
};

// Visits all rows in order. Fails at the first that is wrong, as `file:line: what; what would be right`, if one of the
// first `needed` columns is missing, if there is no row, and as TextSource does. Plain, .gz, .xz or .zst.
Result<void> for_each_csv_row(const std::string& path, std::span<const std::string_view> columns, std::size_t needed,
                              const std::function<void(CsvRow&)>& visit);

}  // namespace dure::simulate
