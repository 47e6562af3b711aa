// Files of the data folder that the server's account alone may read.
#pragma once

#include <filesystem>
#include <string>

#include "dure/base/result.h"

namespace dure::server {

// Writes it with mode 0600, in one step: what was there before stays until all of it is written. The error names the
// path.
Result<void> write_private(const std::filesystem::path& path, const std::string& text);

}  // namespace dure::server
