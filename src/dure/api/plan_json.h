// A plan as JSON.
#pragma once

#include <boost/json/object.hpp>

#include "dure/api/plans.h"
#include "dure/api/view.h"

namespace dure::api {

// All of it but the reasons. `view` is of the estate that the plan was made on.
boost::json::object to_json(const View& view, const JobPlan& plan);

// Takes out what those may not see who must not learn of the machines: its place, and changes that name a pool.
void hide_machines(boost::json::object& plan);

}  // namespace dure::api
