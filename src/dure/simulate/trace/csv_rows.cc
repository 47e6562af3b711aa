#include "dure/simulate/trace/csv_rows.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "dure/simulate/trace/record_source.h"
#include "dure/simulate/trace/text_source.h"

namespace dure::simulate {
namespace {

constexpr std::int64_t largest_number = 1'000'000'000;
constexpr Notation<std::int64_t> number_notation{[](std::string_view text) { return read_whole(text, largest_number); },
                                                 "write a whole number from 0 to 1000000000"};

// Returns what is wrong with the header, or "".
std::string bind(Table& table, std::string_view header, std::span<const std::string_view> names, std::size_t needed,
                 std::vector<Column>& columns) {
  if (std::string problem = table.begin(header); !problem.empty()) return problem;
  for (const std::string_view name : names) {
    columns.push_back(table.find(name));
    if (columns.back() || columns.size() > needed) continue;
    return fmt::format("the header needs the column '{}'; it has, {}{}", name, table.columns(), table.hint());
  }
  return {};
}

// Returns what is wrong with the row, or "".
std::string read_row(Table& table, std::string_view record, const std::vector<Column>& columns,
                     const std::function<void(CsvRow&)>& visit) {
  if (std::string problem = table.split(record); !problem.empty()) return problem;
  CsvRow row(table, columns);
  visit(row);
  return row.problem();
}

}  // namespace

std::int64_t CsvRow::number(std::size_t column) { return cells_.read(number_notation, table_.cell(columns_[column])); }

std::string_view CsvRow::text(std::size_t column) const {
  return columns_[column] ? table_.cell(columns_[column]).text : std::string_view{};
}

void CsvRow::refuse(std::size_t column, std::string_view right) { cells_.refuse(table_.cell(columns_[column]), right); }

Result<void> for_each_csv_row(const std::string& path, std::span<const std::string_view> columns, std::size_t needed,
                              const std::function<void(CsvRow&)>& visit) {
  auto text = TextSource::open(path);
  if (!text) return tl::unexpected<Error>(std::move(text.error()));
  RecordSource records(std::move(*text), true);
  Table table(',', Quotes::rfc_4180);
  std::vector<Column> bound;
  std::uint64_t rows = 0;
  while (true) {
    const auto record = records.next();
    if (!record) return tl::unexpected<Error>(record.error());
    if (!*record) break;
    if ((*record)->empty()) continue;
    const bool is_header = !table.has_header();
    const std::string problem =
        is_header ? bind(table, **record, columns, needed, bound) : read_row(table, **record, bound, visit);
    if (!problem.empty()) {
      return fail(Code::invalid_argument, fmt::format("{}:{}: {}", path, records.line_number(), problem));
    }
    if (!is_header) ++rows;
  }
  if (rows == 0) return fail(Code::invalid_argument, path + ": there is no row below the header; check the path");
  return {};
}

}  // namespace dure::simulate
