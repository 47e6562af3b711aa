// How many columns of a terminal a text takes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dure::cli {

// Requires UTF-8 without control characters. Han, Hangul, Kana and most emoji take two columns, marks that combine
// none.
std::size_t text_width(std::string_view text);

// Returns as much of the front of `text` as fits, with `…` at its end if it is not all of it.
std::string shortened(std::string_view text, std::size_t width);

}  // namespace dure::cli
