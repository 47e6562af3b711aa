// What jobs find on their PATH.
#pragma once

#include <filesystem>

#include "dure/base/result.h"

namespace dure::server {

// Makes a folder in which this program is `dure`, and `srun`, by which batch scripts start their tasks. One that is
// there is brought up to date, also while jobs use it. Returns its absolute path.
Result<std::filesystem::path> make_tools(const std::filesystem::path& folder);

}  // namespace dure::server
