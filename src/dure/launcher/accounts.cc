#include "dure/launcher/accounts.h"

#include <fmt/format.h>
#include <pwd.h>

#include <utility>

namespace dure::launcher {

Result<Accounts> Accounts::open(const Config& config) {
  Accounts accounts;
  accounts.config_ = config;
  auto server = engine::find_account(config.server);
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

Result<Account> Accounts::of(const engine::Owner& owner) {
  auto mapped = engine::account_of(config_.accounts, owner, giver());
  if (!mapped) return tl::unexpected(mapped.error());
  if (*mapped) return **std::move(mapped);
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
  return engine::check_account(engine::nameless_account(*uid), *config_.each_tenant, giver());
}

}  // namespace dure::launcher
