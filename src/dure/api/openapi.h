// The description of the API, made from the table of routes.
#pragma once

#include <string>
#include <string_view>

namespace dure::api {

// OpenAPI 3.1, as JSON.
std::string openapi(std::string_view version);

}  // namespace dure::api
