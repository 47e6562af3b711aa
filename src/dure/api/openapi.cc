#include "dure/api/openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <span>

#include "dure/api/described.h"
#include "dure/api/route.h"
#include "dure/base/assert.h"

namespace dure::api {
namespace {

namespace json = boost::json;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

json::object reference(std::string_view schema) { return {{"$ref", "#/components/schemas/" + std::string(schema)}}; }

json::object text_schema() { return {{"type", "string"}}; }

// Of those of the query that are not just text.
json::object schema_of(std::string_view parameter) {
  static constexpr std::array numbers{"limit", "array", "job", "since", "after", "task", "offset"};
  static constexpr std::array flags{"dry_run", "follow"};
  if (std::ranges::find(numbers, parameter) != numbers.end()) return {{"type", "integer"}, {"minimum", 0}};
  if (std::ranges::find(flags, parameter) != flags.end()) return {{"type", "boolean"}};
  if (parameter == "deadline") return {{"enum", {"warn", "refuse"}}};
  if (parameter == "stream") return {{"enum", {"output", "error"}}};
  if (parameter == "sort") return {{"enum", {"oldest", "newest", "priority", "largest", "soonest"}}};
  return text_schema();
}

json::object parameter(std::string_view name, std::string_view in, std::string_view description = "") {
  json::object out{{"name", name}, {"in", in}, {"schema", in == "query" ? schema_of(name) : text_schema()}};
  if (in == "path") out["required"] = true;
  if (!description.empty()) out["description"] = description;
  return out;
}

// Whether a request that is sent twice with one key is done once. Secrets are told once, and not kept; a plan does
// nothing.
bool keeps_keys(const Route& route) {
  return route.method != http::Method::get && route.name != "createToken" && route.name != "planJob";
}

json::array parameters_of(const Route& route) {
  json::array out;
  for (std::size_t at = route.path.find('{'); at != std::string_view::npos; at = route.path.find('{', at + 1)) {
    out.push_back(parameter(route.path.substr(at + 1, route.path.find('}', at) - at - 1), "path"));
  }
  for (const std::string_view name : route.query) out.push_back(parameter(name, "query"));
  if (keeps_keys(route)) {
    out.push_back(parameter("Idempotency-Key", "header", "a second request with the same key does nothing more"));
  }
  if (route.name == "watchEvents" || route.name == "watchLive")
    out.push_back(parameter("Last-Event-ID", "header", "begin after this event"));
  return out;
}

json::object answer_in(std::string_view description, std::string_view media, json::object schema) {
  return {{"description", description}, {"content", {{media, {{"schema", std::move(schema)}}}}}};
}

struct Refusal {
  unsigned status = 0;
  const char* description = "";
};

void add_refusals(std::span<const Refusal> refusals, json::object& responses) {
  for (const Refusal& refusal : refusals) {
    responses[std::to_string(refusal.status)] =
        answer_in(refusal.description, "application/problem+json", reference("Problem"));
  }
}

// Of anything that is asked: what comes is no request that can be read.
constexpr Refusal unreadable[] = {{400, "what was sent is wrong, or does not go with how things stand"},
                                  {401, "no valid token"},
                                  {408, "header or body did not come in time"},
                                  {413, "too large"},
                                  {414, "the address is too long"},
                                  {415, "the only Content-Encoding is gzip"},
                                  {417, "Expect: something else than 100-continue"},
                                  {431, "the headers are too large"},
                                  {501, "a method or a Transfer-Encoding that is not known"},
                                  {503, "too busy, closing, or the fleet has just changed: try again"}};
// Of what wants a token.
constexpr Refusal forbidden[] = {{403, "the token's roles are not for this"},
                                 {429, "the token asks too often: Retry-After says how many seconds to wait"}};
constexpr Refusal absent[] = {{404, "there is no such thing, or not for the caller to see"}};
constexpr Refusal repeated[] = {{422, "the Idempotency-Key came with another request before"}};

json::object responses_of(const Route& route, const Described& it) {
  json::object out;
  out[std::to_string(it.status)] =
      answer_in("done", it.media, it.answer.empty() ? text_schema() : reference(it.answer));
  add_refusals(unreadable, out);
  add_refusals(forbidden, out);
  if (route.path.find('{') != std::string_view::npos || !route.query.empty() || !it.body.empty() ||
      route.name == "showPublic") {
    add_refusals(absent, out);
  }
  if (keeps_keys(route)) add_refusals(repeated, out);
  out["default"] = answer_in("a problem (RFC 9457)", "application/problem+json", reference("Problem"));
  return out;
}

const Described& description_of(const Route& route) {
  const std::vector<Described>& all = described();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Described& it) { return it.name == route.name; });
  DURE_ASSERT(found != all.end());
  return *found;
}

json::object operation_of(const Route& route) {
  const Described& it = description_of(route);
  json::object out{{"operationId", route.name}, {"summary", route.summary}, {"parameters", parameters_of(route)}};
  if (!it.body.empty()) {
    const json::object schema{{"schema", reference(it.body)}};
    json::object content{{"application/json", schema}};
    if (it.body == "Submission" || it.body.ends_with("Document")) content["application/yaml"] = schema;
    out["requestBody"] = {{"required", it.body != "Drain"}, {"content", std::move(content)}};
  }
  out["responses"] = responses_of(route, it);
  if (route.name == "showPublic") out["security"] = json::array{};
  return out;
}

json::object text_responses() {
  json::object out{{"200", answer_in("done", "text/plain", text_schema())}};
  add_refusals(unreadable, out);
  return out;
}

// What is answered without a token, and in plain text.
json::object probe(std::string_view name, std::string_view summary, bool may_be_unready) {
  json::object responses = text_responses();
  if (may_be_unready) {
    responses["503"].as_object()["content"].as_object()["text/plain"] = {{"schema", text_schema()}};
  }
  return {
      {"get", {{"operationId", name}, {"summary", summary}, {"security", json::array{}}, {"responses", responses}}}};
}

json::object metrics() {
  json::object responses = text_responses();
  add_refusals(forbidden, responses);
  return {{"get",
           {{"operationId", "metrics"},
            {"summary", "Figures for Prometheus, with an operator's token"},
            {"responses", std::move(responses)}}}};
}

json::object session_operation(std::string_view name, std::string_view summary) {
  json::object responses = text_responses();
  add_refusals(forbidden, responses);
  return {{"operationId", name}, {"summary", summary}, {"responses", std::move(responses)}};
}

// A browser's, which a token begins.
json::object session() {
  return {{"post", session_operation("beginSession", "Begin a session of a browser, with a token")},
          {"delete", session_operation("endSession", "End it")}};
}

}  // namespace

std::string openapi(std::string_view version) {
  json::object paths;
  for (const Route& route : routes()) {
    json::value& path = paths[route.path];
    if (!path.is_object()) path.emplace_object();
    path.as_object()[lower(to_text(route.method))] = operation_of(route);
  }
  paths["/healthz"] = probe("health", "Whether the process answers", false);
  paths["/readyz"] = probe("readiness", "Whether it takes requests", true);
  paths["/metrics"] = metrics();
  paths["/v1/session"] = session();
  return json::serialize(json::object{
      {"openapi", "3.1.0"},
      {"info", {{"title", "Dure"}, {"version", version}}},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", schemas()},
        {"securitySchemes",
         {{"token", {{"type", "http"}, {"scheme", "bearer"}}},
          {"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "dure_session"}}}}}}},
      {"security", json::array{json::object{{"token", json::array{}}}, json::object{{"session", json::array{}}}}}});
}

}  // namespace dure::api
