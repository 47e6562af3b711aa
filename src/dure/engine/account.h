// Accounts of the system that jobs may run as, and what is given to them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/local/starter.h"
#include "dure/tenancy/account_rules.h"
#include "dure/work/job_text.h"

namespace dure::engine {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // gid among them
  std::string name;
  std::string home;  // empty: it has none
  std::string shell;
};

// Of the system, by name or number; a number without a name is an account of its own. `not_found` if there is none.
Result<Account> find_account(const std::string& name);
Account nameless_account(uid_t uid);

// Who gives accounts to owners.
struct AccountGiver {
  std::string name;  // as a sentence begins: "the launcher"
  uid_t server = 0;  // the server's own account
};

// `not_permitted` for root, the server's account and what is outside the range.
Result<Account> check_account(Account account, const UidRange& uids, const AccountGiver& giver);

// The owner's account; nothing if no rule is for him. `not_permitted` if it is one that no job may have.
Result<std::optional<Account>> account_of(const AccountRules& rules, const Owner& owner, const AccountGiver& giver);

// HOME, LOGNAME, SHELL and USER; `home` is the job's own folder, for an account that has none.
std::vector<Variable> environment_of(const Account& account, const std::string& home);

// Makes the job's own folder, in one where nobody else can make any, and gives it to the account; again, if it is
// there. `not_permitted` if it is another's.
Result<void> make_home(const std::string& path, const Account& account);

// An error unless root alone can have written what is at `path`, and the folders above it; or `also`.
Result<void> check_is_of_root(const std::string& path, uid_t also = 0);

}  // namespace dure::engine
