// Where the files that a scenario names lie.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/spec/reader.h"

namespace dure::simulate {

// Returns the folder of shared data: $DURE_DATA, else `shared/data` beside the first folder above `start`
// that has one.
Result<std::filesystem::path> find_data(const std::filesystem::path& start);

// Returns the file that `text` names in a scenario that lies in `base`: `data:x` is x in the shared data, a
// relative path counts from `base`.
Result<std::filesystem::path> resolve_path(std::string_view text, const std::filesystem::path& base);

// Returns the file that a scenario's value names, or reports that there is none.
std::optional<std::string> read_file_path(const spec::Node& node, const std::filesystem::path& base);

}  // namespace dure::simulate
