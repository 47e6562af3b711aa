#include "dure/journal/kept_submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace dure {
namespace {

constexpr std::string_view refused = "-";

std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<KeptJobs> parse_one(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto first = parse_number(text.substr(0, colon));
  const auto count = parse_number(text.substr(colon + 1));
  if (!first || !count) return std::nullopt;
  return KeptJobs{JobId{*first}, *count};
}

}  // namespace

std::string to_text(const std::vector<std::optional<KeptJobs>>& jobs) {
  std::string text;
  for (const auto& job : jobs) {
    if (!text.empty()) text += ',';
    text += job ? fmt::format("{}:{}", job->first.value, job->count) : refused;
  }
  return text;
}

std::optional<std::vector<std::optional<KeptJobs>>> parse_kept_jobs(std::string_view text) {
  std::vector<std::optional<KeptJobs>> jobs;
  if (text.empty()) return jobs;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const std::string_view one = text.substr(begin, comma - begin);
    jobs.push_back(parse_one(one));
    if (!jobs.back() && one != refused) return std::nullopt;
    begin = comma + 1;
  }
  return jobs;
}

}  // namespace dure
