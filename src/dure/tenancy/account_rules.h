// Which account of the system the jobs of a tenant and its users run as.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dure {

// Both are of it.
struct UidRange {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  bool has(std::uint32_t uid) const { return from <= uid && uid <= to; }
};

// For jobs of a tenant and those below it, or of a user, or of a user in a tenant; an empty one is any.
struct AccountRule {
  std::string tenant;
  std::string user;
  std::string account;  // a name, or a number of one that has none
};

inline constexpr std::uint32_t least_uid = 1'000;

struct AccountRules {
  std::vector<AccountRule> rules;
  UidRange uids{least_uid, 59'999};  // whatever the rules say
};

// A rule that names the user comes before those that do not; then the lowest tenant counts. nullptr if none fits.
const AccountRule* rule_for(const std::vector<AccountRule>& rules, std::string_view tenant, std::string_view user);

}  // namespace dure
