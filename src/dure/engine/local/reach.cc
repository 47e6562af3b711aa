#include "dure/engine/local/reach.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <string_view>
#include <system_error>

#include "dure/engine/record.h"

namespace dure::engine {
namespace {

namespace fs = std::filesystem;

// Without links and `..`, as far as it is there.
std::string resolved(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(path, error);
  return error ? path : real.string();
}

bool is_within(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

Result<void> check_real(const std::string& real, const std::string& path, const Reach& reach) {
  if (reach.closed.empty() || !is_within(real, resolved(reach.closed)) || is_within(real, resolved(reach.home)))
    return {};
  return fail(Code::not_permitted, path + " lies in the server's own folder; name a file elsewhere");
}

bool is_plain(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return status.st_nlink == 1;
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

}  // namespace

Result<void> check_reach(const std::string& path, const Reach& reach) {
  return check_real(resolved(path), path, reach);
}

Result<Fd> open_plain(const std::string& path, int flags, std::string_view doing) {
  // Not blocking: a pipe in the place of a file would stop whoever opens it.
  Fd file(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0640));
  if (!file) return tl::unexpected(system_error(doing, path));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0 || !is_plain(status)) {
    return fail(Code::failed, std::string(doing) + ' ' + path + ": it is no plain file of one name; name another");
  }
  return file;
}

Result<Fd> open_within(const std::string& path, const Reach& reach) {
  auto file = open_plain(path, O_RDONLY);
  if (!file) return file;
  const std::string real = resolved("/proc/self/fd/" + std::to_string(file->get()));
  if (auto checked = check_real(real, path, reach); !checked) return tl::unexpected(checked.error());
  return file;
}

}  // namespace dure::engine
