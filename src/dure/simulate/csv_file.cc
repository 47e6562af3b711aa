#include "dure/simulate/csv_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <utility>

namespace dure::simulate {
namespace {

constexpr std::size_t flush_at = 1 << 20;

// By hand: a row has eight numbers, and a run a million rows.
void append_integer(std::string& out, std::int64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  out.append(digits.begin(), end);
}

bool must_be_quoted(char c) { return c == ',' || c == '"' || c == '\r' || c == '\n'; }

Error cannot_write(const std::string& path, int error) {
  return {Code::failed, fmt::format("{}: cannot be written: {}", path, std::strerror(error))};
}

}  // namespace

Result<CsvFile> CsvFile::create(const std::filesystem::path& path, std::string_view header) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return tl::unexpected<Error>(cannot_write(path.string(), errno));
  CsvFile csv(file, path.string());
  csv.buffer_.append(header).append("\n");
  return csv;
}

void CsvFile::begin_value() {
  if (!std::exchange(is_first_, false)) buffer_ += ',';
}

void CsvFile::add_integer(std::int64_t number) {
  begin_value();
  append_integer(buffer_, number);
}

void CsvFile::add_seconds(std::int64_t ns) {
  constexpr std::int64_t second = 1'000'000'000;
  begin_value();
  if (ns % second == 0) return append_integer(buffer_, ns / second);
  const std::uint64_t size = ns < 0 ? 0 - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
  fmt::format_to(std::back_inserter(buffer_), "{}{}.{:09}", ns < 0 ? "-" : "", size / second, size % second);
  buffer_.erase(buffer_.find_last_not_of('0') + 1);
}

void CsvFile::add_milli(std::int64_t milli) {
  begin_value();
  if (milli % 1000 == 0) return append_integer(buffer_, milli / 1000);
  fmt::format_to(std::back_inserter(buffer_), "{}", static_cast<double>(milli) / 1000.0);
}

// Quoted where it must be.
void CsvFile::add_text(std::string_view text) {
  begin_value();
  if (std::none_of(text.begin(), text.end(), must_be_quoted)) {
    buffer_ += text;
    return;
  }
  buffer_ += '"';
  for (char c : text) {
    if (c == '"') buffer_ += '"';
    buffer_ += c;
  }
  buffer_ += '"';
}

void CsvFile::end_row() {
  buffer_ += '\n';
  is_first_ = true;
  if (buffer_.size() >= flush_at) flush();
}

void CsvFile::flush() {
  const bool is_written = std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) == buffer_.size();
  if (!is_written && error_ == 0) error_ = errno;
  buffer_.clear();
}

Result<void> CsvFile::close() {
  flush();
  if (std::fclose(file_.release()) != 0 && error_ == 0) error_ = errno;
  if (error_ != 0) return tl::unexpected<Error>(cannot_write(path_, error_));
  return {};
}

}  // namespace dure::simulate
