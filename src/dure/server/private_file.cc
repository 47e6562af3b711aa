#include "dure/server/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace dure::server {

namespace fs = std::filesystem;

Result<void> write_private(const fs::path& path, const std::string& text) {
  const fs::path fresh = path.string() + ".new";
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) ::close(file);
  if (!written || ::rename(fresh.c_str(), path.c_str()) != 0) {
    return fail(Code::failed, fmt::format("{}: cannot be written; check the folder and the disk", path.string()));
  }
  return {};
}

}  // namespace dure::server
