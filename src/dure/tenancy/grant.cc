#include "dure/tenancy/grant.h"

#include <algorithm>

namespace dure {

std::string_view to_text(Role role) {
  switch (role) {
    case Role::operator_: return "operator";
    case Role::owner: return "owner";
    case Role::programme: return "programme";
    case Role::member: return "member";
    case Role::guest: return "guest";
    case Role::auditor: return "auditor";
  }
  return "?";
}

std::optional<Role> parse_role(std::string_view text) {
  const auto found = std::ranges::find(all_roles, text, [](Role role) { return to_text(role); });
  return found == all_roles.end() ? std::nullopt : std::optional(*found);
}

bool Grant::covers(std::string_view path) const {
  if (tenant.empty()) return true;
  return path.starts_with(tenant) && (path.size() == tenant.size() || path[tenant.size()] == '/');
}

std::string to_text(const std::vector<Grant>& grants) {
  std::string text;
  for (const Grant& grant : grants) {
    if (!text.empty()) text += ", ";
    text += to_text(grant.role);
    if (!grant.tenant.empty()) text += ":" + grant.tenant;
  }
  return text;
}

}  // namespace dure
