// The word by which a server knows its own jobs on clusters that others use too.
#pragma once

#include <filesystem>
#include <string>

#include "dure/base/result.h"

namespace dure::server {

// The one in the data folder; a new one, kept there, where it has none.
Result<std::string> word_of_server(const std::filesystem::path& data);

}  // namespace dure::server
