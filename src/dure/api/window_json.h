// A window as clients see it.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "dure/api/access.h"
#include "dure/api/view.h"

namespace dure::api {

// As of `now`, which the view may be behind. Nodes for who sees nodes; name, tenant and reason of a reserved one for
// who knows its tenant.
boost::json::object window_json(const View& view, const Access& access, const Window& window, Time now);
// All of the view, the next first.
boost::json::array windows_json(const View& view, const Access& access, Time now);

}  // namespace dure::api
