// Text from outside, made safe for a page.
#pragma once

#include <string>
#include <string_view>

namespace dure::simulate {

// Returns `text` for use between tags and in quoted attributes.
std::string escape(std::string_view text);

}  // namespace dure::simulate
