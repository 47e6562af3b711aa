#include "more_accounts.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace dure::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* passwd = "/etc/passwd";
constexpr const char* group = "/etc/group";

bool put_over(const fs::path& file, const char* target, const std::string& more) {
  std::ifstream old(target);
  std::ofstream(file) << old.rdbuf() << more;
  return ::mount(file.c_str(), target, nullptr, MS_BIND, nullptr) == 0;
}

}  // namespace

MoreAccounts::MoreAccounts(const fs::path& folder, const std::vector<TestAccount>& accounts) {
  std::string users;
  std::string groups;
  for (const TestAccount& account : accounts) {
    users += fmt::format("{0}:x:{1}:{1}::{2}/home-{0}:/bin/sh\n", account.name, account.uid, folder.string());
    groups += fmt::format("{}:x:{}:\n", account.name, account.uid);
  }
  const bool is_done = ::unshare(CLONE_NEWNS) == 0 &&
                       ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                       put_over(folder / "passwd", passwd, users) && put_over(folder / "group", group, groups);
  if (!is_done) why_not_ = fmt::format("a mount namespace of its own is refused here: {}", std::strerror(errno));
}

MoreAccounts::~MoreAccounts() {
  if (!why_not_.empty()) return;
  for (const char* file : {passwd, group}) ::umount2(file, MNT_DETACH);
}

}  // namespace dure::e2e
