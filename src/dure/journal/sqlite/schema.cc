#include "dure/journal/sqlite/schema.h"

#include <fmt/format.h>

namespace dure::sqlite {
namespace {

constexpr std::int64_t application_id = 0x4475'7265;  // "Dure"

constexpr const char* tables_of_2 = R"(
BEGIN IMMEDIATE;
CREATE TABLE facts(
  first INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  chain INTEGER NOT NULL,
  bytes BLOB NOT NULL) STRICT;
CREATE TABLE archive(
  first INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  chain INTEGER NOT NULL,
  bytes BLOB NOT NULL) STRICT;
CREATE TABLE digest(
  sequence INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  digest INTEGER NOT NULL) STRICT;
CREATE TABLE blob(
  key INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  bytes BLOB NOT NULL) STRICT;
CREATE TABLE job(
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  user TEXT NOT NULL,
  name TEXT NOT NULL,
  pool TEXT NOT NULL,
  outcome INTEGER NOT NULL,
  exit_code INTEGER NOT NULL,
  submitted INTEGER NOT NULL,
  started INTEGER,
  ended INTEGER NOT NULL,
  tasks INTEGER NOT NULL,
  amount_milli INTEGER NOT NULL,
  evictions INTEGER NOT NULL,
  text BLOB NOT NULL,
  place TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  array_job INTEGER,
  array_index INTEGER,
  reason TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE submission(
  key TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  jobs TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX job_by_end ON job(ended, id, tenant);
CREATE INDEX job_by_array ON job(array_job, outcome) WHERE array_job IS NOT NULL;
)";

constexpr const char* tables_since_2 = R"(
CREATE TABLE token(
  id TEXT PRIMARY KEY,
  bytes BLOB NOT NULL,
  checksum INTEGER NOT NULL) STRICT;
CREATE TABLE audit(
  number INTEGER PRIMARY KEY,
  line TEXT NOT NULL,
  hash BLOB NOT NULL) STRICT;
)";

}  // namespace

Result<bool> is_blank(Database& database) {
  return database.number("SELECT count(*) FROM sqlite_schema").map([](std::int64_t count) { return count == 0; });
}

Result<void> create_tables(Database& database) {
  return database.run(fmt::format("{}{}PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT", tables_of_2,
                                  tables_since_2, application_id, format_version)
                          .c_str());
}

Result<void> add_tables_since_2(Database& database) { return database.run(tables_since_2); }

Result<void> check_version(Database& database, Accept accept) {
  const auto application = database.number("PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  if (*application != application_id) {
    return fail(Code::failed, "journal.db was not written by Dure; name another folder");
  }
  const auto version = database.number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  const bool is_older = *version >= oldest_upgradable && *version < format_version;
  if (*version == format_version || (is_older && accept == Accept::upgradable)) return {};
  return fail(
      Code::failed,
      fmt::format("journal.db has format {} and this program reads format {}; {}", *version, format_version,
                  is_older ? "start a server on it once, which brings it to that" : "use the program that wrote it"));
}

}  // namespace dure::sqlite
