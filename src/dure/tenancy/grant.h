// What a token is for: roles, each for a part of the tenant tree.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/bytes.h"

namespace dure {

enum class Role : std::uint8_t {
  operator_,  // runs the estate: nodes, fleet, tenants, tokens; of jobs only where they lie
  owner,      // everything of its part of the tree, and tokens for it
  programme,  // use and outcomes of its part, not what runs there
  member,     // all work of its part; changes and ends its own
  guest,      // its own work, and nothing of the machines
  auditor,    // the log of what was done
};
inline constexpr std::array all_roles{Role::operator_, Role::owner, Role::programme,
                                      Role::member,    Role::guest, Role::auditor};
constexpr Role last_of(Role) { return Role::auditor; }

// `operator`, `owner`, ...
std::string_view to_text(Role role);
std::optional<Role> parse_role(std::string_view text);

struct Grant {
  Role role = Role::guest;
  std::string tenant;  // its path, and all below it; empty: the whole estate

  bool operator==(const Grant&) const = default;
  bool covers(std::string_view path) const;
};

// `member:nipa/vision, auditor`
std::string to_text(const std::vector<Grant>& grants);

template <class Archive>
void fields(Archive& archive, Like<Grant> auto& grant) {
  archive(grant.role);
  archive(grant.tenant);
}

}  // namespace dure
