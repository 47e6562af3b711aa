// Text from a foreign file, fit to be kept or shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dure::simulate {

// Whether `text` is UTF-8 without control characters.
bool is_visible(std::string_view text);

// Returns `text` with every other byte as `?`, cut to about `size_max` bytes with `...` where it is longer.
std::string visible(std::string_view text, std::size_t size_max = 40);

}  // namespace dure::simulate
