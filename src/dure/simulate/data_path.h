// Where the files that a scenario names lie.
#pragma once

#include <filesystem>
#include <string_view>

#include "dure/base/result.h"

namespace dure::simulate {

// Returns the folder of shared data: $DURE_DATA, else `shared/data` beside the first folder above `start`
// that has one.
Result<std::filesystem::path> find_data(const std::filesystem::path& start);

// Returns the file that `text` names in a scenario that lies in `base`: `data:x` is x in the shared data, a
// relative path counts from `base`.
Result<std::filesystem::path> resolve_path(std::string_view text, const std::filesystem::path& base);

}  // namespace dure::simulate
