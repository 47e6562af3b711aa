#include "dure/tenancy/account_rules.h"

#include <tuple>

namespace dure {
namespace {

bool is_in(std::string_view tenant, std::string_view top) {
  return tenant == top || (tenant.starts_with(top) && tenant[top.size()] == '/');
}

}  // namespace

const AccountRule* rule_for(const std::vector<AccountRule>& rules, std::string_view tenant, std::string_view user) {
  const AccountRule* best = nullptr;
  const auto rank = [](const AccountRule& rule) { return std::tuple(!rule.user.empty(), rule.tenant.size()); };
  for (const AccountRule& rule : rules) {
    const bool fits = (rule.user.empty() || rule.user == user) && (rule.tenant.empty() || is_in(tenant, rule.tenant));
    if (fits && (best == nullptr || rank(rule) > rank(*best))) best = &rule;
  }
  return best;
}

}  // namespace dure
