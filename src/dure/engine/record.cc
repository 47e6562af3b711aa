#include "dure/engine/record.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "dure/engine/fd.h"

namespace dure::engine {
namespace {

constexpr std::string_view sum_key = "sum ";

// FNV-1a: against torn and edited files, not against an adversary.
std::uint64_t checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

std::string hex(std::uint64_t value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4) text[i] = digits[value & 15];
  return text;
}

std::string escaped(std::string_view value) {
  std::string text;
  text.reserve(value.size());
  for (const char c : value) {
    if (c == '\\') {
      text += "\\\\";
    } else if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

std::string unescaped(std::string_view text) {
  std::string value;
  value.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      value += text[i];
    } else {
      value += text[++i] == 'n' ? '\n' : text[i];
    }
  }
  return value;
}

std::string first_line(std::string_view kind) {
  return "dure " + std::string(kind) + ' ' + std::to_string(Record::version) + '\n';
}

// Returns the text above the line with the checksum, if that line is there and right.
std::optional<std::string_view> checked(std::string_view text) {
  const std::size_t line_length = sum_key.size() + 16 + 1;
  if (text.size() < line_length) return std::nullopt;
  const std::string_view body = text.substr(0, text.size() - line_length);
  const std::string line = std::string(sum_key) + hex(checksum(body)) + '\n';
  return text.substr(body.size()) == line ? std::optional(body) : std::nullopt;
}

}  // namespace

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::optional<std::string_view> Record::find(std::string_view key) const {
  for (const Field& field : fields_) {
    if (field.key == key) return field.value;
  }
  return std::nullopt;
}

std::string Record::text() const {
  std::string text = first_line(kind_);
  for (const Field& field : fields_) text += field.key + ' ' + escaped(field.value) + '\n';
  return text + std::string(sum_key) + hex(checksum(text)) + '\n';
}

Result<Record> Record::parse(std::string_view kind, std::string_view text) {
  const auto body = checked(text);
  if (!body) return fail(Code::failed, "the record `" + std::string(kind) + "` is damaged or cut off");
  const std::string head = first_line(kind);
  if (!body->starts_with(head)) {
    return fail(Code::failed, "the record begins with `" + std::string(body->substr(0, body->find('\n'))) +
                                  "` in place of `" + head.substr(0, head.size() - 1) +
                                  "`; another version of dure wrote it");
  }
  Record record{std::string(kind)};
  for (std::string_view rest = body->substr(head.size()); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return fail(Code::failed, "a line of the record has no value");
    record.add(line.substr(0, space), unescaped(line.substr(space + 1)));
  }
  return record;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<void> write_file(const std::string& folder, const std::string& name, std::string_view text, Sync sync) {
  const std::string path = folder + '/' + name;
  const std::string temporary = path + ".new";
  {
    const Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file || !write_all(file.get(), text)) return tl::unexpected(system_error("cannot write", temporary));
    if (sync == Sync::yes && ::fsync(file.get()) != 0) return tl::unexpected(system_error("cannot sync", temporary));
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return tl::unexpected(system_error("cannot write", path));
  return sync == Sync::yes ? sync_folder(folder) : Result<void>{};
}

Result<void> sync_folder(const std::string& folder) {
  const Fd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return tl::unexpected(system_error("cannot sync", folder));
  return {};
}

Result<std::string> read_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return tl::unexpected(system_error("cannot read", path));
  std::string text;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return tl::unexpected(system_error("cannot read", path));
    if (size == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

Error system_error(std::string_view doing, std::string_view what) {
  const int error = errno;
  std::array<char, 128> buffer{};
  // The GNU one, which returns the text; strerror alone is not for threads.
  const char* text = ::strerror_r(error, buffer.data(), buffer.size());
  return {error == ENOENT ? Code::not_found : Code::failed,
          std::string(doing) + ' ' + std::string(what) + ": " + std::string(text)};
}

}  // namespace dure::engine
