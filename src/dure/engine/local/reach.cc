#include "dure/engine/local/reach.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

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

// A file whose bytes some program makes up could let the server wait for ever, and /proc shows the reader to itself.
bool is_on_a_disk(const Fd& file) {
  struct stat status{};
  struct statfs system{};
  return ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) && ::fstatfs(file.get(), &system) == 0 &&
         system.f_type != FUSE_SUPER_MAGIC && system.f_type != PROC_SUPER_MAGIC && system.f_type != SYSFS_MAGIC;
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

Result<Fd> open_regular(const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_NO_MAGICLINKS;
  Fd file(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
  if (!file) return tl::unexpected(system_error("cannot read", path));
  if (!is_on_a_disk(file)) return fail(Code::failed, "cannot read " + path + ": it is no regular file of a disk");
  return file;
}

}  // namespace dure::engine
