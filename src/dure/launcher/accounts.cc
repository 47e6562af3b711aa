#include "dure/launcher/accounts.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "dure/engine/record.h"

namespace dure::launcher {
namespace {

// A name that goes into a file of lines, and into sentences.
bool is_plain(const std::string& name) {
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_in(const std::string& tenant, const std::string& top) {
  return tenant == top || (tenant.starts_with(top) && tenant[top.size()] == '/');
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

Account nameless(std::uint32_t uid) {
  return {.uid = uid, .gid = uid, .groups = {uid}, .name = std::to_string(uid), .home = {}, .shell = "/bin/sh"};
}

}  // namespace

Result<Account> find_account(const std::string& name) {
  const auto number = engine::parse_integer(name);
  const bool is_number = number && *number > 0 && std::in_range<std::uint32_t>(*number);
  const passwd* entry = is_number ? ::getpwuid(static_cast<uid_t>(*number)) : ::getpwnam(name.c_str());
  if (entry != nullptr) return account_of(*entry);
  if (is_number) return nameless(static_cast<std::uint32_t>(*number));
  return fail(Code::not_found, fmt::format("this machine has no account `{}`", name));
}

Result<Accounts> Accounts::open(const Config& config) {
  Accounts accounts;
  accounts.config_ = config;
  auto server = find_account(config.server);
  if (!server)
    return fail(Code::invalid_argument, fmt::format("server: {}; make it, or name another", server.error().message));
  if (server->uid == 0)
    return fail(Code::invalid_argument, "server: root asks no launcher; name the account of `dure serve`");
  accounts.server_ = *std::move(server);
  if (!config.each_tenant) return accounts;
  auto book = UidBook::open(config.folder / "uids", *config.each_tenant);
  if (!book) return tl::unexpected(book.error());
  accounts.book_ = *std::move(book);
  return accounts;
}

// One that names the user before those that do not; then the lowest tenant.
const AccountRule* Accounts::rule_for(const engine::Owner& owner) const {
  const AccountRule* best = nullptr;
  const auto rank = [](const AccountRule& rule) { return std::tuple(!rule.user.empty(), rule.tenant.size()); };
  for (const AccountRule& rule : config_.accounts) {
    const bool fits =
        (rule.user.empty() || rule.user == owner.user) && (rule.tenant.empty() || is_in(owner.tenant, rule.tenant));
    if (fits && (best == nullptr || rank(rule) > rank(*best))) best = &rule;
  }
  return best;
}

Result<Account> Accounts::checked(Account account, const UidRange& range) const {
  const bool has_root = account.uid == 0 || account.gid == 0 ||
                        std::find(account.groups.begin(), account.groups.end(), gid_t{0}) != account.groups.end();
  if (has_root)
    return fail(Code::not_permitted, fmt::format("the account {} has root's rights; no job runs so", account.name));
  if (account.uid == server_.uid) {
    return fail(Code::not_permitted, fmt::format("the account {} is the server's own; no job runs so", account.name));
  }
  if (account.uid < least_uid || !range.has(account.uid)) {
    return fail(Code::not_permitted,
                fmt::format("the account {} has uid {}, and jobs run as {} to {}; see `uids` in the "
                            "launcher's configuration",
                            account.name, account.uid, range.from, range.to));
  }
  return account;
}

Result<Account> Accounts::of(const engine::Owner& owner) {
  if (owner.tenant.empty() || !is_plain(owner.tenant) || !is_plain(owner.user)) {
    return fail(Code::not_permitted, "the launcher was given no tenant, or a name with control characters");
  }
  if (const AccountRule* rule = rule_for(owner)) {
    auto account = find_account(rule->account);
    if (!account) return account;
    return checked(*std::move(account), config_.uids);
  }
  if (!book_) {
    return fail(Code::not_permitted, fmt::format("the launcher has no account for jobs of {} in {}; add one to its "
                                                 "`accounts`, or give it `each_tenant`",
                                                 owner.user, owner.tenant));
  }
  const auto uid = book_->uid_of(owner.tenant);
  if (!uid) return tl::unexpected(uid.error());
  if (::getpwuid(*uid) != nullptr) {
    return fail(Code::not_permitted,
                fmt::format("uid {} of `each_tenant` is somebody's account; choose a free range", *uid));
  }
  return checked(nameless(*uid), *config_.each_tenant);
}

}  // namespace dure::launcher
