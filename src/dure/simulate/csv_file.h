// A file of comma-separated values, RFC 4180, written in large pieces.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "dure/base/result.h"

namespace dure::simulate {

// A row is its values in order, each added once, and `end_row`.
class CsvFile {
 public:
  // `header`: the names of the columns, with commas between them.
  static Result<CsvFile> create(const std::filesystem::path& path, std::string_view header);

  void add_integer(std::int64_t number);
  // Nanoseconds as seconds, with a fraction only where there is one.
  void add_seconds(std::int64_t ns);
  // Thousandths as a number, likewise.
  void add_milli(std::int64_t milli);
  void add_text(std::string_view text);
  void end_row();
  // Writes what is left. An error if anything could not be written.
  Result<void> close();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  CsvFile(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}

  void begin_value();
  void flush();

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
  std::string buffer_;
  bool is_first_ = true;  // of the row
  int error_ = 0;         // the errno of the first failure, or 0
};

}  // namespace dure::simulate
