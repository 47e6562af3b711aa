// Rows of the table `token`.
#pragma once

#include <string_view>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/result.h"
#include "dure/journal/sqlite/database.h"
#include "dure/journal/stored_token.h"

namespace dure::sqlite {

inline constexpr std::string_view put_token_sql =
    "INSERT OR REPLACE INTO token(id, bytes, checksum) VALUES(?1, ?2, ?3)";

// `scratch` is for the bytes.
Result<void> put_token(Statement& put, const StoredToken& token, ByteWriter& scratch);
// All of them, by id. An error if one is not what was put.
Result<std::vector<StoredToken>> read_tokens(Database& database);

}  // namespace dure::sqlite
