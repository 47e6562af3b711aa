#include "dure/import/slurm_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace dure::importing {
namespace {

constexpr std::array<std::string_view, 5> silent_words{"", "0", "1.000000", "00:00:00", "cluster"};

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find('|', at), line.size());
    fields.emplace_back(line.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

}  // namespace

Result<SlurmTable> SlurmTable::read(const SlurmText& text, const std::vector<std::string_view>& needed) {
  SlurmTable table;
  std::string_view rest = text.text;
  for (std::uint64_t line = 1; !rest.empty(); ++line) {
    std::string_view record = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(record.size() + 1, rest.size()));
    if (record.ends_with('\r')) record.remove_suffix(1);
    if (record.empty()) continue;
    std::vector<std::string> fields = fields_of(record);
    if (table.columns_.empty()) {
      for (const std::string_view column : needed) {
        if (std::ranges::find(fields, column) != fields.end()) continue;
        return bad_record(text, line,
                          fmt::format("the header needs the column '{}'; it has: {}; leave `-n` out of the command",
                                      column, fmt::join(fields, " ")));
      }
      table.columns_ = std::move(fields);
    } else if (fields.size() == table.columns_.size()) {
      table.rows_.push_back({.line = line, .fields = std::move(fields)});
    } else {
      return bad_record(text, line,
                        fmt::format("the row has {} fields; the header has {}; take the output again, whole",
                                    fields.size(), table.columns_.size()));
    }
  }
  return table;
}

const std::string& SlurmTable::field(const Row& row, std::string_view column) const {
  static const std::string none;
  const auto at = std::ranges::find(columns_, column);
  return at == columns_.end() ? none : row.fields[static_cast<std::size_t>(at - columns_.begin())];
}

SlurmSettings SlurmTable::settings(const Row& row, const std::vector<std::string_view>& but) const {
  SlurmSettings settings;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const bool is_passed_over = std::ranges::find(but, columns_[i]) != but.end();
    const bool says_nothing = std::ranges::find(silent_words, row.fields[i]) != silent_words.end();
    if (!is_passed_over && !says_nothing) settings.emplace_back(columns_[i], row.fields[i]);
  }
  return settings;
}

}  // namespace dure::importing
