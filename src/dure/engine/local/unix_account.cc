#include "dure/engine/local/unix_account.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string_view>

#include "dure/base/assert.h"
#include "dure/engine/record.h"

namespace dure::engine {
namespace {

constexpr auto unchanged_uid = static_cast<uid_t>(-1);
constexpr auto unchanged_gid = static_cast<gid_t>(-1);

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::optional<std::uint32_t> id_in(const char* name) {
  const auto number = parse_integer(variable(name));
  if (!number || *number <= 0 || *number >= std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

// All capabilities but CAP_KILL go, for ever.
bool keep_kill_alone() {
  constexpr std::uint32_t kill = 1U << CAP_KILL;
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> sets{};
  sets[0] = {.effective = kill, .permitted = kill, .inheritable = 0};
  return ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 &&
         ::syscall(SYS_capset, &header, sets.data()) == 0;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(':'), list.size());
    parts.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(list.size(), end + 1));
  }
  return parts;
}

}  // namespace

Result<UnixAccount> UnixAccount::from_launcher() {
  UnixAccount account;
  if (std::getenv(word::uid) == nullptr) return account;
  const auto uid = id_in(word::uid);
  const auto gid = id_in(word::gid);
  if (!uid || !gid) return fail(Code::failed, "the launcher named no account that a job may have");
  const gid_t own_gid = ::getgid();
  const uid_t own_uid = ::getuid();
  if (::setresgid(own_gid, own_gid, *gid) != 0 || ::setresuid(own_uid, own_uid, *uid) != 0 || !keep_kill_alone()) {
    return tl::unexpected(system_error("cannot take the account of", "uid " + std::to_string(*uid)));
  }
  account.uid_ = *uid;
  account.gid_ = *gid;
  account.processes_max_ = static_cast<std::uint64_t>(parse_integer(variable(word::processes)).value_or(0));
  account.cgroup_parents_ = split(variable(word::cgroups));
  for (const char* name : {"HOME", "LOGNAME", "SHELL", "USER"}) {
    if (const std::string value = variable(name); !value.empty()) account.environment_.push_back({name, value});
  }
  return account;
}

bool UnixAccount::become() const {
  if (!*this) return true;
  return ::setresgid(gid_, gid_, gid_) == 0 && ::setresuid(uid_, uid_, uid_) == 0 &&
         ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

void UnixAccount::renounce() const {
  if (!*this) return;
  const gid_t own_gid = ::getgid();
  const uid_t own_uid = ::getuid();
  DURE_ASSERT(::setresgid(own_gid, own_gid, own_gid) == 0);
  DURE_ASSERT(::setresuid(own_uid, own_uid, own_uid) == 0);
}

UnixAccount::Guise::Guise(const UnixAccount& account) : account_(account) {
  if (!account_) return;
  DURE_ASSERT(::setresgid(unchanged_gid, account_.gid_, unchanged_gid) == 0);
  DURE_ASSERT(::setresuid(unchanged_uid, account_.uid_, unchanged_uid) == 0);
}

UnixAccount::Guise::~Guise() {
  if (!account_) return;
  DURE_ASSERT(::setresuid(unchanged_uid, ::getuid(), unchanged_uid) == 0);
  DURE_ASSERT(::setresgid(unchanged_gid, ::getgid(), unchanged_gid) == 0);
}

}  // namespace dure::engine
