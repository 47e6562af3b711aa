#include "dure/import/slurm_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dure/simulate/trace/notation.h"

namespace dure::importing {
namespace {

constexpr std::array<std::string_view, 6> nothings{"", "(null)", "N/A", "n/a", "NONE", "UNLIMITED"};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_same(char a, char b) { return lower(a) == lower(b); }

bool begins_with(std::string_view text, std::string_view key) {
  return text.size() > key.size() && text[key.size()] == '=' &&
         std::equal(key.begin(), key.end(), text.begin(), is_same);
}

}  // namespace

std::optional<std::string_view> SlurmRecord::find(std::string_view key) const {
  const std::string_view text = text_;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    if (begins_with(text.substr(at), key)) {
      const std::string_view value = text.substr(at + key.size() + 1, end - at - key.size() - 1);
      return std::ranges::find(nothings, value) == nothings.end() ? std::optional(value) : std::nullopt;
    }
    at = end + 1;
  }
  return std::nullopt;
}

std::optional<std::int64_t> SlurmRecord::find_count(std::string_view key) const {
  const auto word = find(key);
  return word ? simulate::read_whole(*word) : std::nullopt;
}

std::vector<std::string> SlurmRecord::find_list(std::string_view key) const {
  return comma_parts(find(key).value_or(""));
}

std::vector<SlurmRecord> slurm_records(std::string_view text) {
  std::vector<SlurmRecord> records;
  std::string joined;
  std::uint64_t began = 0;
  bool goes_on = false;
  const auto end = [&] {
    if (!joined.empty()) records.emplace_back(std::exchange(joined, {}), began);
  };
  for (std::uint64_t number = 1; !text.empty(); ++number) {
    const std::size_t size = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    if (!goes_on && !is_blank(line.front())) end();
    if (joined.empty()) began = number;
    goes_on = line.back() == '\\';
    if (goes_on) line.remove_suffix(1);
    joined += joined.empty() ? "" : " ";
    joined += line;
  }
  end();
  return records;
}

tl::unexpected<Error> bad_record(const SlurmText& text, std::uint64_t line, std::string_view what) {
  return fail(Code::invalid_argument, fmt::format("{}:{}: {}", text.name, line, what));
}

std::vector<std::string> comma_parts(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  for (const char c : text) {
    depth += (c == '(' || c == '[' ? 1 : 0) - (c == ')' || c == ']' ? 1 : 0);
    if (c == ',' && depth == 0) {
      if (!part.empty()) parts.push_back(std::exchange(part, {}));
    } else {
      part += c;
    }
  }
  if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

}  // namespace dure::importing
