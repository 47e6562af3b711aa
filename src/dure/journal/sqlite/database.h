// A thin layer over SQLite: one connection, prepared statements, and errors as Result.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dure/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dure::sqlite {

// Must not outlive its Database. Values that are bound must live until the statement is reset.
class Statement {
 public:
  // Executes a statement that returns no rows, with `values` in place of ?1, ?2, ...
  template <class... Values>
  Result<void> run(const Values&... values) {
    start(values...);
    const Result<bool> row = next();
    reset();
    if (!row) return tl::unexpected(row.error());
    return {};
  }
  // Begins a query; `next` moves to its rows.
  template <class... Values>
  void start(const Values&... values) {
    reset();
    int position = 0;
    (bind(++position, values), ...);
  }
  // Returns whether there is a row. What a column returns is valid until the next call.
  Result<bool> next();
  void reset();

  // Columns count from 0.
  std::int64_t integer(int column) const;
  std::uint64_t number(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  bool is_null(int column) const;
  std::string text(int column) const;
  std::span<const std::byte> bytes(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };

  void bind(int position, std::int64_t value);
  void bind(int position, std::uint64_t value) { bind(position, static_cast<std::int64_t>(value)); }
  void bind(int position, std::uint32_t value) { bind(position, std::int64_t{value}); }
  void bind(int position, std::int32_t value) { bind(position, std::int64_t{value}); }
  void bind(int position, std::string_view value);
  void bind(int position, const std::string& value) { bind(position, std::string_view(value)); }
  void bind(int position, std::span<const std::byte> value);
  void bind(int position, std::nullptr_t);
  void note(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int bind_error_ = 0;
};

enum class Access { read, write };

// One thread at a time.
class Database {
 public:
  // Creates the file where there is none, if it may write.
  static Result<Database> open(const std::filesystem::path& path, Access access);

  // Any number of statements without parameters; rows they return are dropped.
  Result<void> run(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // Whether the last to close the file keeps SQLite's log beside it, as it found it, or moves it into the file.
  enum class Log { keep, merge };
  Result<void> on_close(Log log);
  // The single number that a query returns; 0 if it returns no row.
  Result<std::int64_t> number(std::string_view sql);

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace dure::sqlite
