#include "dure/journal/sqlite/open_file.h"

#include <fmt/format.h>

#include "dure/journal/sqlite/schema.h"

namespace dure::sqlite {

Result<Database> open_file(const std::filesystem::path& folder, Access access) {
  const std::filesystem::path path = folder / "journal.db";
  if (!std::filesystem::exists(path)) {
    return fail(Code::not_found, fmt::format("there is no journal in {}; check the path", folder.string()));
  }
  auto database = Database::open(path, access);
  if (!database) return database;
  if (auto checked = check_version(*database); !checked) return tl::unexpected(checked.error());
  return database;
}

}  // namespace dure::sqlite
