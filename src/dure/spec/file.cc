#include "dure/spec/file.h"

#include <fmt/format.h>

#include <fstream>
#include <system_error>
#include <utility>

#include "dure/spec/value.h"

namespace dure::spec {

Result<std::filesystem::path> require_file(std::filesystem::path path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    return fail(Code::not_found, fmt::format("there is no file {}; check the path", path.string()));
  }
  if (!std::filesystem::is_regular_file(status)) {
    return fail(Code::invalid_argument, fmt::format("{} is no regular file; name one", path.string()));
  }
  return path;
}

Result<std::string> read_file(const std::filesystem::path& path) {
  if (auto file = require_file(path); !file) return tl::unexpected(std::move(file).error());
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!error && size > most_text_bytes) {
    return fail(Code::invalid_argument, fmt::format("{}: found {} bytes; keep a file below {} MiB", path.string(), size,
                                                    most_text_bytes / (1024 * 1024)));
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(error ? 0 : static_cast<std::size_t>(size), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (error || !file) {
    return fail(Code::failed, fmt::format("{} cannot be read; check its permissions", path.string()));
  }
  return text;
}

}  // namespace dure::spec
