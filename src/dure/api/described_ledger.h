// The schemas of what is told of credits.
#pragma once

#include <string_view>

namespace dure::api {

// JSON.
std::string_view ledger_schemas_text();

}  // namespace dure::api
