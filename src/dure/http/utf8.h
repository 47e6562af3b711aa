// Whether bytes are UTF-8.
#pragma once

#include <string_view>

namespace dure::http {

enum class Controls : bool { refused, taken };

// True for UTF-8 of the shortest form, without surrogates; and without control characters if those are refused.
bool is_utf8(std::string_view text, Controls controls);

}  // namespace dure::http
