#include "dure/simulate/trace/table_format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dure::simulate {

Outcome TableFormat::read(std::string_view record, TraceRow& row) {
  if (record.empty()) return {Verdict::nothing};
  if (!table_.has_header()) return begin(record);
  problem_ = table_.split(record);
  if (!problem_.empty()) return {Verdict::malformed, problem_};
  cells_.begin();
  const Outcome outcome = read_row(row);
  if (!cells_.problem().empty()) return {Verdict::malformed, cells_.problem()};
  return outcome;
}

Column TableFormat::require(std::string_view name) {
  Column column = table_.find(name);
  if (!column) lacks(name);
  return column;
}

Outcome TableFormat::begin(std::string_view record) {
  problem_ = table_.begin(record);
  if (!problem_.empty()) return {Verdict::unreadable, problem_};
  bind();
  if (missing_.empty()) return {Verdict::nothing};
  const bool is_one = missing_.size() == 1;
  problem_ = fmt::format("the header needs the column{} '{}' {}; it has, {}{}", is_one ? "" : "s",
                         fmt::join(missing_, "', '"), is_one ? "once" : "once each", table_.columns(), table_.hint());
  return {Verdict::unreadable, problem_};
}

}  // namespace dure::simulate
