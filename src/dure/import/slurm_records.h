// What `scontrol show ...` prints, and what topology.conf says: records of `Key=value`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/base/result.h"

namespace dure::importing {

// A text and what it is called in messages: a file's path, or a command.
struct SlurmText {
  std::string name;
  std::string text;
};

// One record, and where it began.
class SlurmRecord {
 public:
  SlurmRecord(std::string text, std::uint64_t line) : text_(std::move(text)), line_(line) {}

  // Returns the word behind `key=`, in whatever case the key is written; nullopt if there is none, or it says that
  // there is nothing: `(null)`, `N/A`, `NONE`, `UNLIMITED`. Of a key that is there twice the first counts.
  std::optional<std::string_view> find(std::string_view key) const;
  // The same as a whole number.
  std::optional<std::int64_t> find_count(std::string_view key) const;
  // The parts of it between commas.
  std::vector<std::string> find_list(std::string_view key) const;
  std::uint64_t line() const { return line_; }

 private:
  std::string text_;
  std::uint64_t line_;
};

// Returns the records of a text: a line each, with what is indented below it (as without `-o`) and what a backslash at
// its end announces. Lines that begin with `#` are left out. O(length).
std::vector<SlurmRecord> slurm_records(std::string_view text);

// `FILE:LINE: found ...; ...`.
tl::unexpected<Error> bad_record(const SlurmText& text, std::uint64_t line, std::string_view what);

// The parts between commas outside of parentheses and brackets, none of them empty.
std::vector<std::string> comma_parts(std::string_view text);

}  // namespace dure::importing
