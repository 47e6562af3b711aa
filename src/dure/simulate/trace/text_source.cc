#include "dure/simulate/trace/text_source.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "dure/simulate/trace/unpacked_bytes.h"

namespace dure::simulate {
namespace {

constexpr std::size_t text_chunk_size = 1 << 16;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

TextSource::TextSource(std::string name, std::unique_ptr<ByteSource> bytes)
    : name_(std::move(name)), bytes_(std::move(bytes)), buffer_(text_chunk_size) {}

Result<TextSource> TextSource::open(const std::string& path) {
  return FileBytes::open(path).and_then([&](auto bytes) { return from(path, std::move(bytes)); });
}

Result<TextSource> TextSource::from_bytes(std::string name, std::string_view bytes) {
  return from(std::move(name), std::make_unique<MemoryBytes>(bytes));
}

Result<TextSource> TextSource::from(std::string name, std::unique_ptr<ByteSource> bytes) {
  return unpack(name, std::move(bytes)).map([&](auto plain) { return TextSource(std::move(name), std::move(plain)); });
}

Result<std::optional<std::string_view>> TextSource::next_line() {
  std::size_t searched = 0;
  while (true) {
    const char* const start = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    if (const void* const found = std::memchr(start + searched, '\n', size - searched)) {
      return take(static_cast<std::size_t>(static_cast<const char*>(found) - start), 1);
    }
    if (ended_ || size > line_size_max) break;
    searched = size;
    if (auto filled = refill(); !filled) return tl::unexpected(std::move(filled.error()));
  }
  if (begin_ != end_) return take(end_ - begin_, 0);
  if (line_number_ == 0) return fail(Code::invalid_argument, fmt::format("{}: the file is empty", name_));
  return std::nullopt;
}

// Moves the line of `size` bytes at the front out of the buffer, with the `end_size` bytes that end it.
Result<std::optional<std::string_view>> TextSource::take(std::size_t size, std::size_t end_size) {
  std::string_view line(buffer_.data() + begin_, size);
  begin_ += size + end_size;
  ++line_number_;
  if (size > line_size_max) {
    return fail(Code::invalid_argument, fmt::format("{}:{}: the line is longer than {} bytes; is this a trace?", name_,
                                                    line_number_, line_size_max));
  }
  if (line_number_ == 1 && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (const std::size_t nul = line.find('\0'); nul != std::string_view::npos) {
    return fail(Code::invalid_argument,
                fmt::format("{}:{}: byte {} of the line is NUL; is this a text file?", name_, line_number_, nul + 1));
  }
  return line;
}

// Reads at least one more byte behind what is in the buffer, or finds the end.
Result<void> TextSource::refill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const auto count = bytes_->read(std::span(buffer_).subspan(end_));
  if (!count) return tl::unexpected(count.error());
  ended_ = *count == 0;
  end_ += *count;
  return {};
}

}  // namespace dure::simulate
