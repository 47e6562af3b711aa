// Which account the jobs of an owner run as. Root, the server's account and accounts outside the ranges are nobody's,
// whatever the file says.
#pragma once

#include <optional>

#include "dure/base/result.h"
#include "dure/engine/account.h"
#include "dure/engine/local/starter.h"
#include "dure/launcher/config.h"
#include "dure/launcher/uid_book.h"

namespace dure::launcher {

using engine::Account;

class Accounts {
 public:
  static Result<Accounts> open(const Config& config);

  const Account& server() const { return server_; }
  // `not_permitted` if the owner has none, or one that no job may have.
  Result<Account> of(const engine::Owner& owner);

 private:
  engine::AccountGiver giver() const { return {.name = "the launcher", .server = server_.uid}; }

  Config config_;
  Account server_;
  std::optional<UidBook> book_;
};

}  // namespace dure::launcher
