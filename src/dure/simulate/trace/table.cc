#include "dure/simulate/trace/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "dure/simulate/trace/visible_text.h"

namespace dure::simulate {
namespace {

constexpr std::string_view cell_blanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(cell_blanks), text.size());
  const std::size_t end = text.find_last_not_of(cell_blanks) + 1;
  return begin < end ? text.substr(begin, end - begin) : std::string_view{};
}

// `duration[s]` is `duration`.
std::string_view without_unit(std::string_view name) {
  return name.ends_with(']') ? trimmed(name.substr(0, name.find('['))) : name;
}

// Tabs are the separators of other tables, not garbage.
std::string without_tabs(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '\t', ' ');
  return plain;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view header, std::string_view name) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return std::equal(header.begin(), header.end(), name.begin(), name.end(), same);
}

}  // namespace

std::string Table::begin(std::string_view record) {
  if (std::string problem = split_fields(record); !problem.empty()) return problem;
  for (const std::string_view field : fields_) {
    if (!is_visible(without_tabs(field))) return "the header is not text; is this a trace?";
  }
  header_.assign(fields_.begin(), fields_.end());
  return {};
}

Column Table::find(std::string_view name) const {
  Column found;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (!same_name(header_[i], name) && !same_name(without_unit(header_[i]), name)) continue;
    if (found) return {};
    found = {i, header_[i]};
  }
  return found;
}

std::string Table::columns() const {
  constexpr std::size_t shown_max = 400;
  return fmt::format("split at '{}': {}", delimiter_,
                     visible(without_tabs(fmt::format("{}", fmt::join(header_, " "))), shown_max));
}

std::string Table::hint() const {
  struct Separator {
    char character;
    std::string_view name;
  };
  static constexpr std::array<Separator, 5> separators{
      {{',', "','"}, {';', "';'"}, {'\t', "tabs"}, {'|', "'|'"}, {' ', "blanks"}}};
  if (header_.size() != 1) return {};
  for (const auto& [character, name] : separators) {
    if (character == delimiter_ || header_.front().find(character) == std::string::npos) continue;
    return fmt::format("; it looks separated by {}: write '{}' between columns", name, delimiter_);
  }
  return {};
}

std::string Table::split(std::string_view record) {
  if (std::string problem = split_fields(record); !problem.empty()) return problem;
  if (fields_.size() == header_.size()) return {};
  return fmt::format("the row has {} column{}; the header has {}", fields_.size(), fields_.size() == 1 ? "" : "s",
                     header_.size());
}

std::string Table::split_fields(std::string_view record) {
  fields_.clear();
  unquoted_.clear();
  unquoted_.reserve(record.size());
  std::string_view rest = record;
  while (true) {
    if (quotes_ == Quotes::rfc_4180 && rest.starts_with('"')) {
      if (std::string problem = take_quoted(rest); !problem.empty()) return problem;
    } else {
      const std::size_t size = std::min(rest.find(delimiter_), rest.size());
      fields_.push_back(trimmed(rest.substr(0, size)));
      rest.remove_prefix(size);
    }
    if (rest.empty()) return {};
    rest.remove_prefix(1);
  }
}

// Takes a field in quotes up to the delimiter after it. Returns what is wrong with it, or "".
std::string Table::take_quoted(std::string_view& rest) {
  const std::size_t begin = unquoted_.size();
  rest.remove_prefix(1);
  while (true) {
    const std::size_t quote = rest.find('"');
    if (quote == std::string_view::npos) {
      return fmt::format("column {} opens a quote and does not close it; write a quote within it twice",
                         fields_.size() + 1);
    }
    unquoted_ += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) break;
    unquoted_ += '"';
    rest.remove_prefix(1);
  }
  fields_.push_back(std::string_view(unquoted_).substr(begin));
  if (rest.empty() || rest.front() == delimiter_) return {};
  return fmt::format("column {} goes on after its closing quote; write a quote within it twice", fields_.size());
}

}  // namespace dure::simulate
