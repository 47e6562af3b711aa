#include "dure/spec/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace dure::spec {
namespace {

constexpr std::size_t longest_word = 128;

// The number of inserted, dropped, replaced and swapped letters between two words (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::vector<std::size_t>, 3> rows;  // of the letters of `a`: before the last, the last, the current
  for (auto& row : rows) row.resize(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) rows[2][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::rotate(rows.begin(), rows.begin() + 1, rows.end());
    rows[2][0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = rows[1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      rows[2][j] = std::min({rows[1][j] + 1, rows[2][j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) rows[2][j] = std::min(rows[2][j], rows[0][j - 2] + 1);
    }
  }
  return rows[2][b.size()];
}

// How many typing mistakes a word of that length may have and still be recognised.
std::size_t tolerance(std::size_t length) { return length <= 4 ? 1 : length <= 8 ? 2 : 3; }

}  // namespace

std::optional<std::string_view> nearest(std::string_view text, std::span<const std::string_view> candidates) {
  std::optional<std::string_view> best;
  std::size_t best_distance = tolerance(text.size()) + 1;
  if (text.size() > longest_word) return std::nullopt;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > text.size() + best_distance || text.size() > candidate.size() + best_distance) continue;
    const std::size_t distance = edit_distance(text, candidate);
    if (distance >= best_distance || distance >= std::max(text.size(), candidate.size())) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string suggest(std::string_view text, std::span<const std::string_view> candidates) {
  constexpr std::size_t most_listed = 12;
  if (const auto meant = nearest(text, candidates)) return fmt::format("did you mean '{}'?", *meant);
  if (candidates.empty()) return "leave it out";
  if (candidates.size() <= most_listed) return "write " + alternatives(candidates);
  return fmt::format("write one of {}, ... ({} in all)", fmt::join(candidates.first(most_listed), ", "),
                     candidates.size());
}

std::string alternatives(std::span<const std::string_view> words) {
  if (words.size() <= 1) return words.empty() ? "" : std::string(words.front());
  return fmt::format("{} or {}", fmt::join(words.first(words.size() - 1), ", "), words.back());
}

}  // namespace dure::spec
