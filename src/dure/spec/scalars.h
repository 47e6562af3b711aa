// Readers of single values: names, numbers, durations, amounts. Each returns nullopt and reports what is
// wrong.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "dure/base/time.h"
#include "dure/fleet/demand.h"
#include "dure/spec/reader.h"
#include "dure/spec/suggest.h"

namespace dure::spec {

constexpr std::size_t longest_name = 128;  // bytes

bool is_name(std::string_view text);
bool is_path(std::string_view text);
// A name of something: not empty, at most `longest_name`, without blanks, control characters and `/`.
std::optional<std::string> read_name(const Node& node);
// A `/`-separated path of names, such as `site/pool` or `organisation/programme/project`.
std::optional<std::string> read_path(const Node& node);
// One line of any text, such as a file's path.
std::optional<std::string> read_line(const Node& node);

std::optional<bool> read_boolean(const Node& node);
// `90s`, `30m`, `72h`, `7d`; the second one refuses 0.
std::optional<Duration> read_duration(const Node& node);
std::optional<Duration> read_positive_duration(const Node& node);
// ISO-8601 with a zone.
std::optional<Time> read_time(const Node& node);
// `512Gi`, `16Mi`, `1Ti`, `4096Ki` -> MiB, rounded up; above zero.
std::optional<std::int64_t> read_memory(const Node& node);
// `8`, `0.25`, `1.5` -> thousandths; not negative.
std::optional<std::int64_t> read_amount(const Node& node);

// A decimal number without sign or exponent and with at most `decimals` decimals, times 10^decimals.
// Returns nullopt for anything else, or above 10^15.
std::optional<std::int64_t> parse_decimal(std::string_view text, int decimals);
// Thousandths as a person writes them: `8`, `0.25`; and with what they count, a word in the singular: `8
// GPUs`.
std::string amount_text(std::int64_t milli);
std::string amount_text(std::int64_t milli, std::string_view unit);

// The largest amount accepted anywhere, in units; sums of a million of them stay within 64 bits.
constexpr std::int64_t largest_amount = 1'000'000'000;

// Returns the text of an unquoted scalar, or nullopt, silently.
std::optional<std::string_view> plain_text(const Node& node);

// A reader of whole numbers from `least` to `most`.
template <class T>
auto integer_in(T least, T most) {
  return [=](const Node& node) -> std::optional<T> {
    T value{};
    const std::string_view text = plain_text(node).value_or("");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (!text.empty() && error == std::errc{} && end == text.data() + text.size() && value >= least && value <= most) {
      return value;
    }
    node.want(fmt::format("a whole number from {} to {}", least, most));
    return std::nullopt;
  };
}

// A finite number from `least` to `most`.
std::optional<double> read_real(const Node& node, double least, double most);
inline auto real_in(double least, double most) {
  return [=](const Node& node) { return read_real(node, least, most); };
}

// The words of an enumeration, as users write them.
template <class T>
using Words = std::vector<std::pair<std::string_view, T>>;

// A reader of one of the words.
template <class T>
auto one_of(Words<T> words) {
  return [words = std::move(words)](const Node& node) -> std::optional<T> {
    for (const auto& [name, value] : words) {
      if (node.is(Kind::scalar) && node.value().text == name) return value;
    }
    std::vector<std::string_view> names;
    for (const auto& [name, value] : words) names.push_back(name);
    node.want(alternatives(names));
    return std::nullopt;
  };
}

}  // namespace dure::spec
