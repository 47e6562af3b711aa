#include "dure/api/token_json.h"

namespace dure::api {

namespace json = boost::json;

json::array grants_json(const std::vector<Grant>& grants) {
  json::array out;
  for (const Grant& grant : grants) {
    json::object entry{{"role", to_text(grant.role)}};
    if (!grant.tenant.empty()) entry["tenant"] = grant.tenant;
    out.push_back(std::move(entry));
  }
  return out;
}

json::object to_json(const StoredToken& token) {
  json::object out{{"id", token.id},
                   {"subject", token.subject},
                   {"grants", grants_json(token.grants)},
                   {"created", dure::to_text(token.created)},
                   {"by", token.by}};
  if (token.expires) out["expires"] = dure::to_text(*token.expires);
  if (token.revoked) out["revoked"] = dure::to_text(*token.revoked);
  return out;
}

}  // namespace dure::api
