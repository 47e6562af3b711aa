// Files as text, read whole and within bounds.
#pragma once

#include <filesystem>
#include <string>

#include "dure/base/result.h"

namespace dure::spec {

// Returns the path if a regular file is there, without opening it.
Result<std::filesystem::path> require_file(std::filesystem::path path);

// Returns the text of a regular file of at most `most_text_bytes`. Never waits on a pipe or a device.
Result<std::string> read_file(const std::filesystem::path& path);

}  // namespace dure::spec
