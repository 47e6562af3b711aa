// Which account the jobs of an owner run as. Root, the server's account and accounts outside the ranges are nobody's,
// whatever the file says.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/local/starter.h"
#include "dure/launcher/config.h"
#include "dure/launcher/uid_book.h"

namespace dure::launcher {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // gid among them
  std::string name;
  std::string home;  // empty: it has none
  std::string shell;
};

// Of the system, by name or number; `not_found` if there is none.
Result<Account> find_account(const std::string& name);

class Accounts {
 public:
  static Result<Accounts> open(const Config& config);

  const Account& server() const { return server_; }
  // `not_permitted` if the owner has none, or one that no job may have.
  Result<Account> of(const engine::Owner& owner);

 private:
  const AccountRule* rule_for(const engine::Owner& owner) const;
  Result<Account> checked(Account account, const UidRange& range) const;

  Config config_;
  Account server_;
  std::optional<UidBook> book_;
};

}  // namespace dure::launcher
