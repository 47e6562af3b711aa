// What the formats with a header line share.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "dure/simulate/trace/cells.h"
#include "dure/simulate/trace/format.h"
#include "dure/simulate/trace/table.h"

namespace dure::simulate {

class TableFormat : public Format {
 public:
  Outcome read(std::string_view record, TraceRow& row) final;
  bool quotes() const override { return quotes_ == Quotes::rfc_4180; }

 protected:
  TableFormat(char delimiter, Quotes quotes) : table_(delimiter, quotes), quotes_(quotes) {}

  // Finds the columns once the header is known, with find() and require().
  virtual void bind() = 0;
  // Reads the cells of one record into `row`. Wrong ones are left to cells().
  virtual Outcome read_row(TraceRow& row) = 0;

  Column find(std::string_view name) const { return table_.find(name); }
  // Finds a column without which the file is unreadable.
  Column require(std::string_view name);
  // Notes that a column is missing; `name` says which.
  void lacks(std::string_view name) {
    if (std::find(missing_.begin(), missing_.end(), name) == missing_.end()) missing_.emplace_back(name);
  }

  // Requires the column to be there.
  Cell cell(const Column& column) const { return table_.cell(column); }
  // The text of a column that may be absent; then "".
  std::string_view text(const Column& column) const { return column ? cell(column).text : std::string_view{}; }
  // The name in a column that may be absent; then "".
  std::string name(const Column& column) { return column ? cells_.name(cell(column)) : std::string{}; }
  Cells& cells() { return cells_; }

 private:
  Outcome begin(std::string_view record);

  Table table_;
  Quotes quotes_;
  Cells cells_;
  std::vector<std::string> missing_;
  std::string problem_;
};

}  // namespace dure::simulate
