// The files by which engine and supervisor talk: a line `dure KIND VERSION`, lines `key value`, and a line with the
// checksum of all before it. A file that was cut off or damaged is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/base/result.h"

namespace dure::engine {

class Record {
 public:
  struct Field {
    std::string key;  // a word
    std::string value;
  };

  static constexpr int version = 1;

  explicit Record(std::string kind) : kind_(std::move(kind)) {}

  void add(std::string_view key, std::string_view value) { fields_.push_back({std::string(key), std::string(value)}); }
  void add(std::string_view key, std::int64_t value) { add(key, std::to_string(value)); }

  const std::vector<Field>& fields() const { return fields_; }
  // The first field of that name.
  std::optional<std::string_view> find(std::string_view key) const;

  std::string text() const;
  static Result<Record> parse(std::string_view kind, std::string_view text);

 private:
  std::string kind_;
  std::vector<Field> fields_;
};

std::optional<std::int64_t> parse_integer(std::string_view text);

// All of it, whatever interrupts; false, with errno, where it cannot be written.
bool write_all(int fd, std::string_view text);

enum class Sync : bool { no, yes };

// Writes folder/name at once or not at all; with Sync::yes it is durable when this returns.
Result<void> write_file(const std::string& folder, const std::string& name, std::string_view text, Sync sync);
// Makes the names in a folder durable.
Result<void> sync_folder(const std::string& folder);
// `not_found` if there is none.
Result<std::string> read_file(const std::string& path);

// "cannot open FILE: No such file or directory", from errno.
Error system_error(std::string_view doing, std::string_view what);

}  // namespace dure::engine
