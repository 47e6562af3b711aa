#include "dure/engine/account.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "dure/engine/record.h"

namespace dure::engine {
namespace {

namespace fs = std::filesystem;

// A name that goes into a file of lines, and into sentences.
bool is_plain(const std::string& name) {
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::vector<gid_t> groups_of(const passwd& entry) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count);
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

Account account_of(const passwd& entry) {
  return {.uid = entry.pw_uid,
          .gid = entry.pw_gid,
          .groups = groups_of(entry),
          .name = entry.pw_name,
          .home = entry.pw_dir,
          .shell = entry.pw_shell};
}

// `ask` is getpwnam_r or getpwuid_r with all but the room for its answer.
template <class Ask>
Result<std::optional<Account>> ask_system(const std::string& name, const Ask& ask) {
  constexpr std::size_t room_max = std::size_t{1} << 20;
  for (std::size_t size = 4'096;; size *= 4) {
    std::vector<char> room(size);
    passwd entry{};
    passwd* found = nullptr;
    errno = ask(&entry, room.data(), room.size(), &found);
    if (found != nullptr) return account_of(entry);
    if (errno == ERANGE && size < room_max) continue;
    if (errno == 0 || errno == ENOENT || errno == ESRCH) return std::nullopt;
    return tl::unexpected(system_error("cannot look up the account", name));
  }
}

}  // namespace

Account nameless_account(uid_t uid) {
  return {.uid = uid, .gid = uid, .groups = {uid}, .name = std::to_string(uid), .home = {}, .shell = "/bin/sh"};
}

Result<Account> find_account(const std::string& name) {
  const auto number = parse_integer(name);
  const bool is_number = number && *number > 0 && std::in_range<std::uint32_t>(*number);
  auto found = ask_system(name, [&](passwd* entry, char* room, std::size_t size, passwd** out) {
    return is_number ? ::getpwuid_r(static_cast<uid_t>(*number), entry, room, size, out)
                     : ::getpwnam_r(name.c_str(), entry, room, size, out);
  });
  if (!found) return tl::unexpected(found.error());
  if (*found) return **std::move(found);
  if (is_number) return nameless_account(static_cast<std::uint32_t>(*number));
  return fail(Code::not_found, fmt::format("this machine has no account `{}`", name));
}

Result<Account> check_account(Account account, const UidRange& uids, const AccountGiver& giver) {
  const bool has_root = account.uid == 0 || account.gid == 0 ||
                        std::find(account.groups.begin(), account.groups.end(), gid_t{0}) != account.groups.end();
  if (has_root)
    return fail(Code::not_permitted, fmt::format("the account {} has root's rights; no job runs so", account.name));
  if (account.uid == giver.server) {
    return fail(Code::not_permitted, fmt::format("the account {} is the server's own; no job runs so", account.name));
  }
  if (account.uid < least_uid || !uids.has(account.uid)) {
    return fail(Code::not_permitted, fmt::format("the account {} has uid {}, and jobs run as {} to {}; see `uids` in "
                                                 "{}'s configuration",
                                                 account.name, account.uid, uids.from, uids.to, giver.name));
  }
  return account;
}

Result<std::optional<Account>> account_of(const AccountRules& rules, const Owner& owner, const AccountGiver& giver) {
  if (owner.tenant.empty() || !is_plain(owner.tenant) || !is_plain(owner.user)) {
    return fail(Code::not_permitted,
                fmt::format("{} was given no tenant, or a name with control characters", giver.name));
  }
  const AccountRule* rule = rule_for(rules.rules, owner.tenant, owner.user);
  if (rule == nullptr) return std::nullopt;
  auto account = find_account(rule->account);
  if (!account) return tl::unexpected(account.error());
  return check_account(*std::move(account), rules.uids, giver);
}

std::vector<Variable> environment_of(const Account& account, const std::string& home) {
  return {{"HOME", account.home.empty() ? home : account.home},
          {"LOGNAME", account.name},
          {"SHELL", account.shell.empty() ? "/bin/sh" : account.shell},
          {"USER", account.name}};
}

Result<void> make_home(const std::string& path, const Account& account) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    // It appears as the account's: one that was made and not yet given away would be nobody's for ever.
    const std::string fresh = path + ".new";
    if (::mkdir(fresh.c_str(), 0700) != 0 && errno != EEXIST) return tl::unexpected(system_error("cannot make", fresh));
    if (::lchown(fresh.c_str(), account.uid, account.gid) != 0) {
      return tl::unexpected(system_error("cannot give away", fresh));
    }
    if (::rename(fresh.c_str(), path.c_str()) != 0 || ::lstat(path.c_str(), &status) != 0) {
      return tl::unexpected(system_error("cannot make", path));
    }
  }
  if (!S_ISDIR(status.st_mode)) return fail(Code::failed, fmt::format("{} is no folder; remove it", path));
  if (status.st_uid == account.uid) return {};
  return fail(Code::not_permitted,
              fmt::format("{} is of uid {}, and the job's account is {}; an earlier journal's job has "
                          "left it: remove it, or have `accounts` as it was",
                          path, status.st_uid, account.name));
}

Result<void> check_is_of_root(const std::string& path, uid_t also) {
  std::error_code error;
  fs::path at = fs::canonical(path, error);
  if (error) return fail(Code::not_found, fmt::format("{}: {}", path, error.message()));
  for (bool is_top = false; !is_top; at = at.parent_path()) {
    is_top = at == at.root_path();
    struct stat status{};
    const bool is_known = ::stat(at.c_str(), &status) == 0;
    const bool is_owned = status.st_uid == 0 || status.st_uid == also;
    // In a folder with the sticky bit nobody can replace what is another's.
    const bool is_shared = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if (is_known && is_owned && ((status.st_mode & 022) == 0 || is_shared)) continue;
    return fail(Code::not_permitted,
                fmt::format("{}: others than root can change it; chown root and chmod go-w it", at.string()));
  }
  return {};
}

}  // namespace dure::engine
