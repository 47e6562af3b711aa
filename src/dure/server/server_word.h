// The word by which a server knows its own jobs on clusters that others use too.
#pragma once

#include <filesystem>
#include <string>

#include "dure/base/result.h"

namespace dure::server {

// The one in the data folder; where that has none, `known`, by which its clusters know it already; where that is empty
// too, a new one. Kept in the data folder.
Result<std::string> word_of_server(const std::filesystem::path& data, const std::string& known);

}  // namespace dure::server
