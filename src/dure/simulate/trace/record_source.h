// The records of a file: its lines, or lines joined where a field in quotes holds a line end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "dure/base/result.h"
#include "dure/simulate/trace/text_source.h"

namespace dure::simulate {

class RecordSource {
 public:
  // A record that grows beyond this is returned as it stands: its quote will hardly be closed.
  static constexpr std::size_t record_size_max = TextSource::line_size_max;

  // `quotes`: a record with an odd number of quotes goes on in the next line.
  RecordSource(TextSource text, bool quotes) : text_(std::move(text)), quotes_(quotes) {}

  // Returns the next record, valid until the next call; nullopt at the end. Fails as TextSource::next_line does.
  Result<std::optional<std::string_view>> next();

  // Number of the line that begins the record next() returned last.
  std::uint64_t line_number() const { return line_number_; }

 private:
  Result<std::optional<std::string_view>> join(std::string_view line);

  TextSource text_;
  bool quotes_;
  std::uint64_t line_number_ = 0;
  std::string joined_;
};

}  // namespace dure::simulate
