// A job's row as JSON.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>

#include "dure/api/view.h"

namespace dure::api {

boost::json::object to_json(const View& view, const JobRow& row);

// Thousandths as a JSON number: whole where it is whole.
boost::json::value amount_json(std::int64_t milli);

// What the amounts of a pool count.
const char* unit_of(const Pool& pool);

}  // namespace dure::api
