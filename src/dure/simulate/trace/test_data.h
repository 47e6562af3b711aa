// Where tests find the real traces.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace dure::simulate {

// Returns $DURE_DATA, else `shared/data` beside the checkout or beside one of the folders it is in; nullopt if none.
inline std::optional<std::filesystem::path> test_data() {
  namespace fs = std::filesystem;
  if (const char* named = std::getenv("DURE_DATA")) {
    return fs::is_directory(named) ? std::optional(fs::path(named)) : std::nullopt;
  }
  for (fs::path folder = DURE_SOURCE_DIR; folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::exists(folder.parent_path() / "shared/data")) return folder.parent_path() / "shared/data";
  }
  return std::nullopt;
}

}  // namespace dure::simulate
