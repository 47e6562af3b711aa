#include "dure/journal/sqlite/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <system_error>

namespace dure::sqlite {
namespace {

// What happened and the way out. SQLite's own words alone often say too little.
std::string reason(sqlite3* handle, int code) {
  const int number = sqlite3_system_errno(handle);
  const std::string system = number == 0 ? "" : fmt::format(" ({})", std::generic_category().message(number));
  switch (code & 0xFF) {
    case SQLITE_FULL: return "the disk is full; free some space and start again";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fmt::format("the file is damaged ({}); restore it from a backup", sqlite3_errmsg(handle));
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another program holds the file; end that one and start again";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return fmt::format("{}{}; see that this user may write the file and its folder", sqlite3_errmsg(handle), system);
    default: return fmt::format("{}{}", sqlite3_errmsg(handle), system);
  }
}

tl::unexpected<Error> error(sqlite3* handle, int code) {
  const char* path = sqlite3_db_filename(handle, "main");
  return fail(Code::failed, fmt::format("{}: {}", path == nullptr ? "SQLite" : path, reason(handle, code)));
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

void Statement::note(int code) {
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
}

void Statement::bind(int position, std::int64_t value) { note(sqlite3_bind_int64(handle_.get(), position, value)); }

void Statement::bind(int position, std::string_view value) {
  const char* data = value.empty() ? "" : value.data();
  note(sqlite3_bind_text64(handle_.get(), position, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int position, std::span<const std::byte> value) {
  const void* data = value.empty() ? static_cast<const void*>("") : value.data();
  note(sqlite3_bind_blob64(handle_.get(), position, data, value.size(), SQLITE_STATIC));
}

void Statement::bind(int position, std::nullptr_t) { note(sqlite3_bind_null(handle_.get(), position)); }

Result<bool> Statement::next() {
  const int code = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error(sqlite3_db_handle(handle_.get()), code);
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  bind_error_ = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }

bool Statement::is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }

std::string Statement::text(int column) const {
  const std::span<const std::byte> all = bytes(column);
  return {reinterpret_cast<const char*>(all.data()), all.size()};
}

std::span<const std::byte> Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Result<Database> Database::open(const std::filesystem::path& path, Access access) {
  const int flags = access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database;
  database.handle_.reset(handle);
  if (code != SQLITE_OK) return fail(Code::failed, fmt::format("{}: {}", path.string(), reason(handle, code)));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 5000);
  // A wrong cell must become an error, never a read outside its page; and no schema runs code.
  if (auto set = database.run("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF"); !set) {
    return tl::unexpected(set.error());
  }
  return database;
}

Result<void> Database::run(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(handle_.get(), code);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return error(handle_.get(), code);
  Statement statement;
  statement.handle_.reset(handle);
  return statement;
}

Result<void> Database::on_close(Log log) {
  const int code =
      sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, log == Log::keep ? 1 : 0, nullptr);
  if (code != SQLITE_OK) return error(handle_.get(), code);
  return {};
}

Result<std::int64_t> Database::number(std::string_view sql) {
  auto query = prepare(sql);
  if (!query) return tl::unexpected(query.error());
  const auto row = query->next();
  if (!row) return tl::unexpected(row.error());
  return *row ? query->integer(0) : 0;
}

}  // namespace dure::sqlite
