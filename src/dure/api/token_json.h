// A token as JSON, without its secret.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <vector>

#include "dure/journal/stored_token.h"

namespace dure::api {

// `[{"role": "member", "tenant": "nipa/vision"}]`; no tenant: the whole estate.
boost::json::array grants_json(const std::vector<Grant>& grants);
boost::json::object to_json(const StoredToken& token);

}  // namespace dure::api
