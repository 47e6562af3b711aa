// A delimited file with a header: which columns it has, and the fields of one record.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/simulate/trace/cells.h"

namespace dure::simulate {

enum class Quotes : bool { none, rfc_4180 };

// A column of the header; `absent` where the file does not have it.
struct Column {
  static constexpr std::size_t absent = static_cast<std::size_t>(-1);
  std::size_t index = absent;
  std::string name;  // as in the header

  explicit operator bool() const { return index != absent; }
};

class Table {
 public:
  Table(char delimiter, Quotes quotes) : delimiter_(delimiter), quotes_(quotes) {}

  bool has_header() const { return !header_.empty(); }
  // Takes the header. Returns what is wrong with it, or "".
  std::string begin(std::string_view record);
  // Returns the column called `name`: in other case, too, and with a unit behind it (`duration[s]`).
  // Absent if there is none, and also if there are several.
  Column find(std::string_view name) const;
  // The header's names and how they were told apart, for messages.
  std::string columns() const;
  // What to do about a header that looks separated by something else, to follow columns(); "" if it does not.
  std::string hint() const;

  // Splits a record. Returns what is wrong with it, or "". Requires the header.
  std::string split(std::string_view record);
  // Requires a column of this table. Valid until the next split().
  Cell cell(const Column& column) const { return {column.name, fields_[column.index]}; }

 private:
  std::string split_fields(std::string_view record);
  std::string take_quoted(std::string_view& rest);

  char delimiter_;
  Quotes quotes_;
  std::vector<std::string> header_;
  std::vector<std::string_view> fields_;
  std::string unquoted_;  // fields that held doubled quotes; never reallocated within a record
};

}  // namespace dure::simulate
