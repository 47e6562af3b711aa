// What the server tells whoever runs it.
#pragma once

#include <string>

namespace dure::server {

// Writes a line to stderr, at once.
void log(const std::string& line);

}  // namespace dure::server
