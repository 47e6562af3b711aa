#include "dure/spec/scalars.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dure/base/digit.h"
#include "dure/spec/text_check.h"

namespace dure::spec {
namespace {

constexpr std::size_t longest_line = 4096;

bool is_line(std::string_view text) {
  return !text.empty() && text.size() <= longest_line && !find_bad_text(text) &&
         text.find_first_of("\r\n") == std::string_view::npos;
}

// A reader of scalars whose text passes a test.
template <class Test>
std::optional<std::string> read_if(const Node& node, const Test& test, std::string_view wanted) {
  if (node.is(Kind::scalar) && test(node.value().text)) return node.value().text;
  node.want(wanted);
  return std::nullopt;
}

struct MemoryUnit {
  std::string_view suffix;
  std::int64_t kib;
};
constexpr std::array<MemoryUnit, 4> memory_units{
    {{"Ki", 1}, {"Mi", 1024}, {"Gi", 1024 * 1024}, {"Ti", 1024 * 1024 * 1024}}};
constexpr std::int64_t most_memory_mib = std::int64_t{1} << 40;  // an exbibyte

std::optional<std::int64_t> parse_memory(std::string_view text) {
  for (const MemoryUnit& unit : memory_units) {
    if (!text.ends_with(unit.suffix)) continue;
    const auto amount = parse_decimal(text.substr(0, text.size() - unit.suffix.size()), 0);
    if (!amount || *amount == 0 || *amount > most_memory_mib * 1024 / unit.kib) return std::nullopt;
    return (*amount * unit.kib + 1023) / 1024;
  }
  return std::nullopt;
}

}  // namespace

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > longest_name) return false;
  while (!text.empty()) {
    const Character character = front_character(text);
    if (character.bytes == 0 || character.code == '/' || is_blank(character.code) || is_control(character.code)) {
      return false;
    }
    text.remove_prefix(character.bytes);
  }
  return true;
}

bool is_path(std::string_view text) {
  while (true) {
    const std::size_t slash = text.find('/');
    if (!is_name(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

std::optional<std::string> read_name(const Node& node) {
  return read_if(node, is_name, "a name without spaces, '/' and control characters, of at most 128 bytes");
}

std::optional<std::string> read_path(const Node& node) { return read_if(node, is_path, "names joined by '/'"); }

std::optional<std::string> read_line(const Node& node) { return read_if(node, is_line, "one line of text"); }

std::optional<std::string_view> plain_text(const Node& node) {
  if (!node.is(Kind::scalar) || node.value().is_quoted) return std::nullopt;
  return node.value().text;
}

std::optional<bool> read_boolean(const Node& node) {
  const std::string_view text = plain_text(node).value_or("");
  if (text == "true") return true;
  if (text == "false") return false;
  node.want("true or false");
  return std::nullopt;
}

std::optional<Duration> read_duration(const Node& node) {
  if (node.is(Kind::scalar)) {
    if (const auto duration = parse_duration(node.value().text)) return *duration;
  }
  node.want("a duration such as 90s, 30m, 72h or 7d, at most a hundred years");
  return std::nullopt;
}

std::optional<Duration> read_positive_duration(const Node& node) {
  const auto duration = read_duration(node);
  if (!duration || duration->ns > 0) return duration;
  node.want("a duration above zero");
  return std::nullopt;
}

std::optional<Time> read_time(const Node& node) {
  if (node.is(Kind::scalar)) {
    if (const auto time = parse_time(node.value().text)) return *time;
  }
  node.want("a time with a zone, such as 2026-11-23T09:00:00+09:00");
  return std::nullopt;
}

std::optional<std::int64_t> read_memory(const Node& node) {
  if (node.is(Kind::scalar)) {
    if (const auto memory = parse_memory(node.value().text)) return memory;
  }
  node.want("memory as a whole number of Ki, Mi, Gi or Ti, such as 512Gi");
  return std::nullopt;
}

std::optional<std::int64_t> read_amount(const Node& node) {
  const auto amount = parse_decimal(plain_text(node).value_or(""), 3);
  if (amount && *amount <= largest_amount * whole) return amount;
  node.want("a number such as 8 or 0.25, with at most 3 decimals");
  return std::nullopt;
}

std::optional<std::int64_t> parse_decimal(std::string_view text, int decimals) {
  constexpr std::int64_t most = 1'000'000'000'000'000;
  std::int64_t value = 0;
  int decimals_left = decimals;
  bool is_after_point = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_point = text[i] == '.' && !is_after_point && i > 0 && i + 1 < text.size();
    if (is_point) {
      is_after_point = true;
      continue;
    }
    if (!is_digit(text[i]) || (is_after_point && decimals_left-- == 0)) return std::nullopt;
    value = value * 10 + (text[i] - '0');
    if (value > most) return std::nullopt;
  }
  for (; decimals_left > 0; --decimals_left) value = std::min(value * 10, most + 1);
  if (text.empty() || value > most) return std::nullopt;
  return value;
}

std::string amount_text(std::int64_t milli) {
  std::string text = fmt::format("{}.{:03}", milli / whole, milli % whole);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string amount_text(std::int64_t milli, std::string_view unit) {
  return fmt::format("{} {}{}", amount_text(milli), unit, milli == whole ? "" : "s");
}

std::optional<double> read_real(const Node& node, double least, double most) {
  const std::string_view text = plain_text(node).value_or("");
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = !text.empty() && error == std::errc{} && end == text.data() + text.size();
  if (is_number && std::isfinite(value) && value >= least && value <= most) return value;
  node.want(fmt::format("a number from {} to {}", least, most));
  return std::nullopt;
}

}  // namespace dure::spec
