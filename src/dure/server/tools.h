// What jobs find on their PATH.
#pragma once

#include <filesystem>

#include "dure/base/result.h"

namespace dure::server {

// Returns the absolute path of a folder in which this program is `dure`, and `srun`, by which batch scripts start their
// tasks. Where this program is installed that is lib/dure/tools, which every account may enter; else it is made. One
// that is there is brought up to date, also while jobs use it.
Result<std::filesystem::path> find_or_make_tools(const std::filesystem::path& folder);

}  // namespace dure::server
