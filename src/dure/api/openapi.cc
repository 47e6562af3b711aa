#include "dure/api/openapi.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>

#include "dure/api/route.h"

namespace dure::api {
namespace {

namespace json = boost::json;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

json::array parameters_of(const Route& route) {
  json::array out;
  for (std::size_t at = route.path.find('{'); at != std::string_view::npos; at = route.path.find('{', at + 1)) {
    out.push_back(json::object{{"name", route.path.substr(at + 1, route.path.find('}', at) - at - 1)},
                               {"in", "path"},
                               {"required", true},
                               {"schema", {{"type", "string"}}}});
  }
  for (const std::string_view name : route.query) {
    out.push_back(json::object{{"name", name}, {"in", "query"}, {"schema", {{"type", "string"}}}});
  }
  return out;
}

json::object operation_of(const Route& route) {
  json::object out{{"operationId", route.name}, {"summary", route.summary}, {"parameters", parameters_of(route)}};
  const char* const success = route.name == "submitJobs" ? "201" : "200";
  out["responses"] = {
      {success, {{"description", "done"}}},
      {"default",
       {{"description", "a problem (RFC 9457)"},
        {"content", {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}}}};
  return out;
}

}  // namespace

std::string openapi(std::string_view version) {
  json::object paths;
  for (const Route& route : routes()) {
    json::value& path = paths[route.path];
    if (!path.is_object()) path.emplace_object();
    path.as_object()[lower(to_text(route.method))] = operation_of(route);
  }
  const json::object problem{{"type", "object"},
                             {"properties",
                              {{"type", {{"type", "string"}}},
                               {"title", {{"type", "string"}}},
                               {"status", {{"type", "integer"}}},
                               {"detail", {{"type", "string"}}}}}};
  return json::serialize(json::object{{"openapi", "3.1.0"},
                                      {"info", {{"title", "Dure"}, {"version", version}}},
                                      {"paths", std::move(paths)},
                                      {"components",
                                       {{"schemas", {{"Problem", problem}}},
                                        {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
                                      {"security", json::array{json::object{{"token", json::array{}}}}}});
}

}  // namespace dure::api
