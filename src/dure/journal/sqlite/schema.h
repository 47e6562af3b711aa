// The tables of journal.db and their version. docs/journal.md describes them.
#pragma once

#include <cstdint>

#include "dure/base/result.h"
#include "dure/journal/sqlite/database.h"

namespace dure::sqlite {

// Of the tables and of the bytes in them. Another number, another format: it is refused by name.
constexpr std::int64_t format_version = 3;
constexpr std::int64_t oldest_upgradable = 1;
// Of what State::digest() covers. Digests of another version are passed over: the chain does not depend on them.
constexpr std::int64_t digest_version = 7;

// True for a file in which nothing has ever been written.
Result<bool> is_blank(Database& database);
Result<void> create_tables(Database& database);
// Those that format 2 did not have.
Result<void> add_tables_since_2(Database& database);
// Refuses what is no journal, or one of another version; `upgradable` lets those pass that upgrade.h can bring to it.
enum class Accept : std::uint8_t { current, upgradable };
Result<void> check_version(Database& database, Accept accept = Accept::current);

}  // namespace dure::sqlite
