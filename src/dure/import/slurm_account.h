// Accounts and their users as `sacctmgr show assoc` tells of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/import/slurm_records.h"
#include "dure/import/slurm_table.h"

namespace dure::importing {

// What is asked for: `sacctmgr -P show assoc format=` and this.
inline constexpr std::string_view account_format =
    "Cluster,Account,ParentName,User,Partition,Fairshare,GrpTRES,GrpJobs,GrpSubmit,GrpWall,GrpTRESMins,GrpTRESRunMins,"
    "MaxTRES,MaxTRESPerNode,MaxTRESMins,MaxJobs,MaxSubmit,MaxWall,Priority";

struct SlurmUser {
  std::string name;
  std::int64_t share = 1;
  SlurmSettings limits;
};

struct SlurmAccount {
  std::string name;
  std::string parent;  // empty: the account `root`
  std::int64_t share = 1;
  bool has_parents_share = false;  // `fairshare=parent`
  std::string group_tres;          // GrpTRES
  SlurmSettings limits;            // others
  std::vector<SlurmUser> users;
};

struct SlurmAccounts {
  std::vector<SlurmAccount> accounts;  // but for `root`; in the order of the table
  SlurmAccount root;
};

// Rows of other clusters are passed over. Fails at a row that is none, an account that is there twice, and one that is
// not below `root` in the end.
Result<SlurmAccounts> read_slurm_accounts(const SlurmText& text, const std::string& cluster);

// The number that a list such as `cpu=64,gres/gpu=8` gives `key`, or nullopt.
std::optional<std::int64_t> tres_count(std::string_view list, std::string_view key);

// The name by which an account's jobs find their tenant: Slurm's, but for what a path may not hold.
std::string tenant_name(std::string_view account);

}  // namespace dure::importing
