// The digits of ASCII.
#pragma once

namespace dure {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace dure
