// The text of a file that was typed, and messages about it.
#pragma once

#include <string>

#include "dure/base/result.h"

namespace dure::cli {

// `-` is the standard input, read to its end.
Result<std::string> file_text(const std::string& path);

// Puts the name that a person knows in place of `theirs`, with which the server begins each line of `message`.
std::string with_file_name(const std::string& message, const std::string& theirs, const std::string& ours);
// The same where a line and a column stand behind the name, of a text that the person has not seen: without them.
std::string without_places(const std::string& message, const std::string& theirs, const std::string& ours);

}  // namespace dure::cli
