// Whole files that are there or not, whatever happens in between.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "dure/base/result.h"

namespace dure::train {

// Writes a file that survives a loss of power once this returns, and takes the place of an older one all at once. If
// `previous` is given, the older one gets that name. A kill leaves the old or the new file, or the old one as
// `previous`.
Result<void> write_durably(const std::filesystem::path& path, std::span<const std::byte> bytes,
                           const std::optional<std::filesystem::path>& previous = std::nullopt);

// Returns the bytes of a file; none if there is no such file.
Result<std::optional<std::vector<std::byte>>> read_if_there(const std::filesystem::path& path);

}  // namespace dure::train
