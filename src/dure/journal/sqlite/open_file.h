// The journal's database as those open it that are no server.
#pragma once

#include <filesystem>

#include "dure/base/result.h"
#include "dure/journal/sqlite/database.h"

namespace dure::sqlite {

// `journal.db` in a folder, of this program's format. Creates nothing.
Result<Database> open_file(const std::filesystem::path& folder, Access access);

}  // namespace dure::sqlite
