// The lines of a text file: plain, .gz, .xz or .zst, told apart by the first bytes and unpacked as they are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/simulate/trace/byte_source.h"

namespace dure::simulate {

// Lines end in LF or CRLF; the last may lack its end. A UTF-8 byte order mark is passed over.
// Memory is bounded by the longest line, whatever the size of the file.
class TextSource {
 public:
  static constexpr std::size_t line_size_max = 1 << 20;

  static Result<TextSource> open(const std::string& path);
  // What `bytes` points to must outlive the source. `name` stands for a path in messages.
  static Result<TextSource> from_bytes(std::string name, std::string_view bytes);

  // Returns the next line without its end, valid until the next call; nullopt at the end of the file.
  // Fails on a damaged archive, an empty file, a line above `line_size_max` and a NUL byte; not to be called then.
  Result<std::optional<std::string_view>> next_line();

  const std::string& name() const { return name_; }
  // Number of the line that next_line() returned last; the first is 1.
  std::uint64_t line_number() const { return line_number_; }

 private:
  TextSource(std::string name, std::unique_ptr<ByteSource> bytes);
  static Result<TextSource> from(std::string name, std::unique_ptr<ByteSource> bytes);

  Result<void> refill();
  Result<std::optional<std::string_view>> take(std::size_t size, std::size_t end_size);

  std::string name_;
  std::unique_ptr<ByteSource> bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // what is read but not yet returned is [begin_, end_) of the buffer
  std::size_t end_ = 0;
  bool ended_ = false;  // bytes_ has no more
  std::uint64_t line_number_ = 0;
};

}  // namespace dure::simulate
