#include "dure/simulate/trace/byte_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace dure::simulate {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

Result<std::unique_ptr<ByteSource>> FileBytes::open(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return fail(Code::invalid_argument, fmt::format("{}: is a folder; name a file in it", path));
  }
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    const Code code = errno == ENOENT ? Code::not_found : Code::failed;
    return fail(code, fmt::format("{}: cannot be opened: {}", path, reason(errno)));
  }
  std::setvbuf(file, nullptr, _IONBF, 0);  // Our reads are large; a second buffer would only copy.
  return std::unique_ptr<ByteSource>(new FileBytes(path, file));
}

Result<std::size_t> FileBytes::read(std::span<char> out) {
  const std::size_t count = std::fread(out.data(), 1, out.size(), file_.get());
  if (count == 0 && std::ferror(file_.get()) != 0) {
    return fail(Code::failed, fmt::format("{}: cannot be read: {}", path_, reason(errno)));
  }
  return count;
}

Result<std::size_t> MemoryBytes::read(std::span<char> out) {
  const std::size_t count = std::min(out.size(), rest_.size());
  std::copy_n(rest_.data(), count, out.data());
  rest_.remove_prefix(count);
  return count;
}

}  // namespace dure::simulate
