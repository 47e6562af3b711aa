#include "dure/import/notes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace dure::importing {

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t shown_most = 5;
  const std::size_t shown = names.size() > shown_most ? shown_most - 1 : names.size();
  std::string text = fmt::format("{}", fmt::join(std::span(names).first(shown), ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace dure::importing
