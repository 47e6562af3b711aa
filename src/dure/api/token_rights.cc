#include "dure/api/token_rights.h"

#include <fmt/format.h>

#include <algorithm>

namespace dure::api {

bool is_in_charge(const Access& access, const StoredToken& token) {
  return std::ranges::all_of(token.grants, [&](const Grant& grant) { return access.may_grant(grant); });
}

Result<void> check_subject(const Access& access, const TokenSource& known, std::span<const StoredToken> arriving,
                           std::string_view subject) {
  const bool is_free =
      std::ranges::all_of(known.tokens_of(subject), [&](const auto& token) { return is_in_charge(access, *token); }) &&
      std::ranges::all_of(
          arriving, [&](const StoredToken& token) { return token.subject != subject || is_in_charge(access, token); });
  if (is_free) return {};
  return fail(Code::not_permitted,
              fmt::format("the name {} is taken by somebody whose tokens are not yours to give; choose another, or ask "
                          "an operator",
                          subject));
}

}  // namespace dure::api
