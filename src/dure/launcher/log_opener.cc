#include "dure/launcher/log_opener.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "dure/engine/local/launcher_link.h"
#include "dure/engine/record.h"

namespace dure::launcher {
namespace {

bool become(const Account& account) {
  return ::setgroups(account.groups.size(), account.groups.data()) == 0 &&
         ::setresgid(account.gid, account.gid, account.gid) == 0 &&
         ::setresuid(account.uid, account.uid, account.uid) == 0;
}

// A file whose bytes some program makes up could let the server wait for ever, and /proc shows the reader to itself.
bool is_on_a_disk(const engine::Fd& file) {
  struct stat status{};
  struct statfs system{};
  return ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) && ::fstatfs(file.get(), &system) == 0 &&
         system.f_type != FUSE_SUPER_MAGIC && system.f_type != PROC_SUPER_MAGIC && system.f_type != SYSFS_MAGIC;
}

Result<engine::Fd> open(const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_NO_MAGICLINKS;
  engine::Fd file(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
  if (!file) return tl::unexpected(engine::system_error("cannot read", path));
  if (!is_on_a_disk(file)) return fail(Code::failed, "cannot read " + path + ": it is no regular file of a disk");
  return file;
}

}  // namespace

void open_for(const engine::Fd& socket, const Account& account, const std::string& path) {
  constexpr unsigned longest_s = 10;
  const pid_t child = ::fork();
  if (child > 0) return;
  if (child < 0) {
    (void)engine::send_message(socket, {engine::answer_refused, "the launcher cannot start a process"});
    return;
  }
  ::alarm(longest_s);
  if (!become(account)) ::_exit(1);
  const auto file = open(path);
  if (file) {
    (void)engine::send_message(socket, {engine::answer_ok}, *file);
  } else {
    (void)engine::send_message(socket, {engine::answer_refused, file.error().message});
  }
  ::_exit(0);
}

}  // namespace dure::launcher
