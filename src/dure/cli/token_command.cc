#include "dure/cli/token_command.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "dure/cli/table.h"
#include "dure/cli/time_text.h"
#include "dure/http/target.h"

namespace dure::cli {
namespace {

namespace json = boost::json;

// `member:nipa/vision`
json::object grant_json(const std::string& text) {
  const std::size_t colon = text.find(':');
  json::object grant{{"role", text.substr(0, colon)}};
  if (colon != std::string::npos) grant["tenant"] = text.substr(colon + 1);
  return grant;
}

std::string grants_text(const Answer& token) {
  std::string text;
  for (const Answer& grant : token["grants"].items()) {
    const std::string tenant = grant["tenant"].text();
    text += (text.empty() ? "" : ", ") + grant["role"].text() + (tenant.empty() ? "" : ":" + tenant);
  }
  return text;
}

std::string token_state_text(const Answer& token) {
  if (!token["revoked"].text().empty()) return "revoked " + token["revoked"].text();
  if (!token["expires"].text().empty()) return "until " + token["expires"].text();
  return "";
}

}  // namespace

Result<int> token(const ServerAddress& address, bool json, const Console& console) {
  if (address.token.empty()) {
    return fail(Code::not_found, fmt::format("no token for {} is known; log in with `dure login {}`, or set DURE_TOKEN",
                                             address.url, address.url));
  }
  if (json) {
    console.print_line(fmt::format(R"({{"token":{},"from":{},"server":{},"server_from":{}}})", json_text(address.token),
                                   json_text(address.token_from), json_text(address.url), json_text(address.url_from)));
    return 0;
  }
  console.print_line(address.token);
  console.note(fmt::format("for {} (from {}), from {}", address.url, address.url_from, address.token_from));
  return 0;
}

Result<int> create_token(const TokenArguments& arguments, Connection& connection, const Console& console) {
  json::array grants;
  for (const std::string& grant : arguments.grants) grants.push_back(grant_json(grant));
  json::object wish{{"subject", arguments.subject}, {"grants", std::move(grants)}};
  if (!arguments.expires_in.empty()) wish["expires_in"] = arguments.expires_in;
  const auto received =
      connection.send(http::Method::post, "/v1/tokens", json::serialize(wish), {{"Content-Type", "application/json"}});
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) {
    console.print_line(received->body);
    return 0;
  }
  const Answer& token = received->answer;
  console.print_line(printable(token["secret"].text()));
  console.note(fmt::format("token {} of {}: {}; it is shown this once", printable(token["id"].text()),
                           printable(token["subject"].text()), printable(grants_text(token))));
  return 0;
}

Result<int> list_tokens(const TokenArguments& arguments, Connection& connection, const Console& console) {
  constexpr const char* page_size = "1000";
  Table table({{.title = "TOKEN"},
               {.title = "OF", .gives_way = 2},
               {.title = "ROLES", .gives_way = 1},
               {.title = "CREATED"},
               {.title = "BY", .gives_way = 3},
               {.title = "STATE"}});
  std::string cursor;
  for (;;) {
    const auto page = connection.get(Path("/v1/tokens").with("limit", page_size).with("cursor", cursor).text());
    if (!page) return tl::unexpected(page.error());
    if (arguments.json) console.print_line(page->body);
    for (const Answer& token : page->answer["tokens"].items()) {
      table.add({token["id"].text(), token["subject"].text(), grants_text(token), token["created"].text(),
                 token["by"].text(), token_state_text(token)});
    }
    const std::string next = page->answer["next"].text();
    if (next.empty() || next == cursor) break;
    cursor = next;
  }
  if (!arguments.json) console.print(table.is_empty() ? "no tokens\n" : table.draw(console));
  return 0;
}

Result<int> revoke_tokens(const TokenArguments& arguments, Connection& connection, const Console& console) {
  int code = 0;
  for (const std::string& id : arguments.ids) {
    const auto received = connection.send(http::Method::del, "/v1/tokens/" + http::encode(id));
    if (received) {
      console.print_line(arguments.json ? received->body : fmt::format("token {} is worthless now", id));
    } else {
      code = console.complain(received.error());
    }
  }
  return code;
}

}  // namespace dure::cli
