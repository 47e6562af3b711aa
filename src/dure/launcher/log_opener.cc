#include "dure/launcher/log_opener.h"

#include <grp.h>
#include <unistd.h>

#include "dure/engine/local/launcher_link.h"
#include "dure/engine/local/reach.h"

namespace dure::launcher {
namespace {

bool become(const Account& account) {
  return ::setgroups(account.groups.size(), account.groups.data()) == 0 &&
         ::setresgid(account.gid, account.gid, account.gid) == 0 &&
         ::setresuid(account.uid, account.uid, account.uid) == 0;
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
  const auto file = engine::open_regular(path);
  if (file) {
    (void)engine::send_message(socket, {engine::answer_ok}, *file);
  } else {
    (void)engine::send_message(socket, {engine::answer_refused, file.error().message});
  }
  ::_exit(0);
}

}  // namespace dure::launcher
