#include "dure/api/openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>

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

json::object parameter(std::string_view name, std::string_view in, std::string_view description = "") {
  json::object out{{"name", name}, {"in", in}, {"schema", text_schema()}};
  if (in == "path") out["required"] = true;
  if (!description.empty()) out["description"] = description;
  return out;
}

bool changes_something(const Route& route) { return route.method != http::Method::get; }

json::array parameters_of(const Route& route) {
  json::array out;
  for (std::size_t at = route.path.find('{'); at != std::string_view::npos; at = route.path.find('{', at + 1)) {
    out.push_back(parameter(route.path.substr(at + 1, route.path.find('}', at) - at - 1), "path"));
  }
  for (const std::string_view name : route.query) out.push_back(parameter(name, "query"));
  if (changes_something(route)) {
    out.push_back(parameter("Idempotency-Key", "header", "a second request with the same key does nothing more"));
  }
  if (route.name == "watchEvents") out.push_back(parameter("Last-Event-ID", "header", "begin after this event"));
  return out;
}

json::object answer_in(std::string_view description, std::string_view media, json::object schema) {
  return {{"description", description}, {"content", {{media, {{"schema", std::move(schema)}}}}}};
}

struct Refusal {
  unsigned status = 0;
  const char* description = "";
  bool is_of_route = true;
};

json::object responses_of(const Route& route, const Described& it) {
  const bool names_something = route.path.find('{') != std::string_view::npos;
  const bool takes_names = !route.query.empty() || !it.body.empty();
  const Refusal refusals[] = {
      {400, "what was sent is wrong, or does not go with how things stand"},
      {401, "no valid token"},
      {403, "the token's roles are not for this"},
      {404, "there is no such thing, or not for the caller to see", names_something || takes_names},
      {408, "header or body did not come in time"},
      {413, "too large"},
      {414, "the address is too long"},
      {417, "Expect: something else than 100-continue"},
      {422, "the Idempotency-Key came with another request before", changes_something(route)},
      {429, "the token asks too often: Retry-After says how many seconds to wait"},
      {431, "the headers are too large"},
      {501, "a Transfer-Encoding or Content-Encoding that is not known"},
      {503, "too busy, closing, or the fleet has just changed: try again"},
  };
  json::object out;
  out[std::to_string(it.status)] =
      answer_in("done", it.media, it.answer.empty() ? text_schema() : reference(it.answer));
  for (const Refusal& refusal : refusals) {
    if (!refusal.is_of_route) continue;
    out[std::to_string(refusal.status)] =
        answer_in(refusal.description, "application/problem+json", reference("Problem"));
  }
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
  return out;
}

// What is answered without a token, and in plain text.
json::object probe(std::string_view name, std::string_view summary, bool may_be_unready) {
  json::object responses{{"200", answer_in("done", "text/plain", text_schema())}};
  if (may_be_unready) responses["503"] = answer_in("not now", "text/plain", text_schema());
  return {
      {"get", {{"operationId", name}, {"summary", summary}, {"security", json::array{}}, {"responses", responses}}}};
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
  paths["/metrics"] = {{"get",
                        {{"operationId", "metrics"},
                         {"summary", "Figures for Prometheus, with an operator's token"},
                         {"responses", {{"200", answer_in("done", "text/plain", text_schema())},
                                        {"default", answer_in("a problem (RFC 9457)", "application/problem+json",
                                                              reference("Problem"))}}}}}};
  return json::serialize(json::object{
      {"openapi", "3.1.0"},
      {"info", {{"title", "Dure"}, {"version", version}}},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", schemas()}, {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
      {"security", json::array{json::object{{"token", json::array{}}}}}});
}

}  // namespace dure::api
