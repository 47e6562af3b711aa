// What each route takes and answers, for those who read /openapi.json: a route's name, and schemas by name.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>
#include <vector>

namespace dure::api {

struct Described {
  std::string_view name;  // of the route's operation
  unsigned status = 200;  // where all is well
  std::string_view media = "application/json";
  std::string_view answer;     // the name of a schema; empty: text
  std::string_view body = {};  // the same of what is sent; empty: nothing
};

// One for each route; constant.
const std::vector<Described>& described();

// The schemas by name (JSON Schema 2020-12, as OpenAPI 3.1 has it).
boost::json::object schemas();

}  // namespace dure::api
