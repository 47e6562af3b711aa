#pragma once

#include <string>

namespace dure {

// Bytes above ASCII stay only where they are whole UTF-8 sequences.
std::string printable(const std::string& text);

}  // namespace dure
