#include "dure/spec/job_array.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace dure::spec {
namespace {

constexpr std::string_view form = "write indices such as 0-99 or 1,3,5-9:2";

struct Range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint32_t step = 1;

  std::size_t size() const { return std::size_t{last - first} / step + 1; }
};

std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// `5`, `5-9` or `5-9:2`.
Readable<Range> parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::size_t colon = dash == std::string_view::npos ? dash : text.find(':', dash);
  const auto first = parse_number(text.substr(0, dash));
  auto last = first;
  std::optional<std::uint32_t> step = 1;
  if (dash != std::string_view::npos) last = parse_number(text.substr(dash + 1, colon - dash - 1));
  if (colon != std::string_view::npos) step = parse_number(text.substr(colon + 1));
  if (!first || !last || !step) return refuse("found " + quote(text), std::string(form));
  if (*step == 0) return refuse("found " + quote(text), "write a step of at least 1");
  if (*first > *last) return refuse("found " + quote(text), "write the smaller index first");
  if (*last > highest_array_index) {
    return refuse("found the index " + std::to_string(*last), fmt::format("write at most {}", highest_array_index));
  }
  return Range{.first = *first, .last = *last, .step = *step};
}

}  // namespace

Readable<std::vector<std::uint32_t>> parse_array(std::string_view text) {
  if (const std::size_t mark = text.find('%'); mark != std::string_view::npos) {
    return refuse(fmt::format("found the throttle {}", quote(text.substr(mark))),
                  "remove it: how many run at once is decided by the shares and limits of the tenant");
  }
  std::vector<std::uint32_t> indices;
  while (true) {
    const std::size_t comma = text.find(',');
    const auto range = parse_range(text.substr(0, comma));
    if (!range) return tl::unexpected(range.error());
    if (indices.size() + range->size() > most_array_indices) {
      return refuse(fmt::format("found {} indices or more", indices.size() + range->size()),
                    fmt::format("ask for at most {}", most_array_indices));
    }
    for (std::uint64_t i = range->first; i <= range->last; i += range->step) {
      indices.push_back(static_cast<std::uint32_t>(i));
    }
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  return indices;
}

std::optional<std::vector<std::uint32_t>> read_array(const Node& node) {
  if (!node.is(Kind::scalar)) {
    node.want("indices such as 0-99 or 1,3,5-9:2");
    return std::nullopt;
  }
  auto indices = parse_array(node.value().text);
  if (indices) return *std::move(indices);
  node.refuse(indices.error().found, indices.error().remedy);
  return std::nullopt;
}

std::vector<Variable> array_variables(const std::vector<std::uint32_t>& indices) {
  std::uint32_t step = indices.size() > 1 ? indices[1] - indices[0] : 1;
  for (std::size_t i = 2; i < indices.size() && step > 1; ++i) {
    if (indices[i] - indices[i - 1] != step) step = 1;
  }
  return {{"SLURM_ARRAY_TASK_COUNT", std::to_string(indices.size())},
          {"SLURM_ARRAY_TASK_MIN", std::to_string(indices.front())},
          {"SLURM_ARRAY_TASK_MAX", std::to_string(indices.back())},
          {"SLURM_ARRAY_TASK_STEP", std::to_string(step)}};
}

}  // namespace dure::spec
