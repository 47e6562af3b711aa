#include "dure/api/token_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>

#include "dure/api/numbers.h"
#include "dure/api/secret.h"
#include "dure/api/token_json.h"
#include "dure/api/token_rights.h"
#include "dure/spec/json_value.h"
#include "dure/spec/reader.h"
#include "dure/spec/scalars.h"

namespace dure::api {
namespace {

namespace json = boost::json;

constexpr std::size_t most_grants = 100;
constexpr std::size_t most_tokens_listed = 1000;
constexpr std::size_t most_rows = 10'000;
constexpr Duration longest_life = days(36'500);

struct Wish {
  std::string subject;
  std::vector<Grant> grants;
  std::optional<Duration> expires_in;
};

std::optional<Role> read_role(const spec::Node& node) {
  const auto role = node.is(spec::Kind::scalar) ? parse_role(node.value().text) : std::nullopt;
  if (!role) node.want("operator, owner, programme, member, guest or auditor");
  return role;
}

std::optional<Grant> read_grant(const spec::Node& node) {
  return spec::read_mapping<Grant>(
      node, "a role such as {role: member, tenant: nipa/vision}", [](spec::Fields& in, Grant& grant) {
        in.need("role", grant.role, read_role);
        in.take("tenant", grant.tenant, spec::read_path);
        const bool is_of_the_estate = grant.role == Role::operator_ || grant.role == Role::auditor;
        if (is_of_the_estate && !grant.tenant.empty()) {
          in.at("tenant").refuse("found a part of the estate",
                                 "leave it out: operators and auditors are for all of it");
        }
      });
}

std::optional<Wish> read_wish(const spec::Node& node) {
  return spec::read_mapping<Wish>(node, "a token such as {subject: kim, grants: [{role: member, tenant: nipa/vision}]}",
                                  [](spec::Fields& in, Wish& wish) {
                                    in.need("subject", wish.subject, spec::read_name);
                                    in.need("grants", wish.grants,
                                            spec::list_of(read_grant, "a list such as [{role: member, tenant: nipa}]"));
                                    Duration duration;
                                    if (!in.take("expires_in", duration, spec::read_positive_duration)) return;
                                    if (duration > longest_life)
                                      in.at("expires_in").refuse("found a very long time", "write at most 36500d");
                                    wish.expires_in = duration;
                                  });
}

Result<void> check_grants(const Access& access, const std::vector<Grant>& grants) {
  if (grants.empty() || grants.size() > most_grants) {
    return fail(Code::invalid_argument, fmt::format("token: grants: write 1 to {} roles", most_grants));
  }
  for (const Grant& grant : grants) {
    if (access.may_grant(grant)) continue;
    const auto tenant = access.tenants().find(grant.tenant);
    if (!grant.tenant.empty() && (!tenant || !access.knows(*tenant))) {
      return fail(Code::not_found, fmt::format("token: there is no tenant {}", grant.tenant));
    }
    return fail(Code::not_permitted,
                fmt::format("your token gives nobody the role {} for {}; ask an operator", to_text(grant.role),
                            grant.tenant.empty() ? "the whole estate" : grant.tenant));
  }
  return {};
}

template <class Number>
std::optional<Number> number_in(const Call& call, std::string_view name, Number otherwise) {
  const auto text = call.request.parameter(name);
  return text ? number_of<Number>(*text) : otherwise;
}

struct ListedTokens {
  json::array tokens;
  std::optional<std::string> next;  // the first of the page after
};

// What the caller is in charge of. O(tokens) where that is little of it.
ListedTokens list_from(const Call& call, std::string first, std::size_t limit) {
  ListedTokens listed;
  for (;;) {
    const auto some = call.tokens->tokens(first, most_tokens_listed);
    for (const auto& token : some) {
      if (!is_in_charge(call.access, *token)) continue;
      if (listed.tokens.size() == limit) {
        listed.next = token->id;
        return listed;
      }
      listed.tokens.push_back(to_json(*token));
    }
    if (some.size() < most_tokens_listed) return listed;
    first = some.back()->id + '\0';  // what comes right after it
  }
}

}  // namespace

Answer list_tokens(const Call& call) {
  const auto limit = number_in<std::size_t>(call, "limit", 100);
  if (!limit || *limit == 0 || *limit > most_tokens_listed) {
    return problem({Code::invalid_argument, fmt::format("limit: write a number from 1 to {}", most_tokens_listed)});
  }
  const std::string_view cursor = call.request.parameter("cursor").value_or("");
  const auto begin = call.tokens->token(cursor);
  if (!cursor.empty() && (!begin || !is_in_charge(call.access, *begin))) {
    return problem({Code::invalid_argument, "cursor: take it from the `next` of the page before"});
  }
  ListedTokens listed = list_from(call, std::string(cursor), *limit);
  json::object out{{"tokens", std::move(listed.tokens)}, {"next", nullptr}};
  if (listed.next) out["next"] = *listed.next;
  return json_response(200, json::serialize(out));
}

Answer create_token(const Call& call) {
  auto wish = spec::read_json_text(call.request.body, "token", read_wish);
  if (!wish) return problem(wish.error());
  if (auto checked = check_grants(call.access, wish->grants); !checked) return problem(checked.error());
  if (auto checked = check_subject(call.access, *call.tokens, {}, wish->subject); !checked)
    return problem(checked.error());
  auto secret = make_secret();
  if (!secret) return problem(secret.error());
  StoredToken token{.hash = hash_of_secret(*secret),
                    .subject = std::move(wish->subject),
                    .grants = std::move(wish->grants),
                    .by = call.access.actor().subject};
  token.id = token_id(token.hash);
  if (wish->expires_in) token.expires = call.now + *wish->expires_in;
  json::object told = to_json(token);
  told.erase("created");
  told["secret"] = *secret;
  return Ask{CreateToken{std::move(token)}, [told = std::move(told)](const CommandResult& result) {
               if (!result.done) return problem(result.done.error());
               return json_response(201, json::serialize(told));
             }};
}

Answer revoke_token(const Call& call) {
  const std::string& id = call.parameters.front();
  const auto token = call.tokens->token(id);
  if (!token || !is_in_charge(call.access, *token)) {
    return problem({Code::not_found, fmt::format("there is no token {}", id)});
  }
  return Ask{RevokeToken{id}, tell_done};
}

Answer read_audit(const Call& call) {
  const auto after = number_in<std::uint64_t>(call, "after", 0);
  const auto limit = number_in<std::size_t>(call, "limit", 1000);
  if (!after) return problem({Code::invalid_argument, "after: write the number of a row"});
  if (!limit || *limit == 0 || *limit > most_rows) {
    return problem({Code::invalid_argument, fmt::format("limit: write a number from 1 to {}", most_rows)});
  }
  const auto rows = call.archive->audit(*after, *limit);
  if (!rows) return problem(rows.error());
  json::array out;
  for (const AuditRow& row : *rows) out.push_back(json::object{{"line", row.line}, {"hash", hex(row.hash)}});
  return json_response(200, json::serialize(json::object{{"rows", std::move(out)}}));
}

}  // namespace dure::api
