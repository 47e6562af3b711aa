// Blockers and changes as JSON, each with a sentence for people; and the codes as the schemas have them.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "dure/api/why.h"

namespace dure::api {

// A sentence without a full stop. It says nothing that the fields of the blocker do not.
std::string sentence(const View& view, const Blocker& blocker);
// Likewise. Requires the id of the job for what a command line needs it for.
std::string sentence(const View& view, const Suggestion& change, JobId job);

boost::json::object to_json(const View& view, const Blocker& blocker);
boost::json::object to_json(const View& view, const Suggestion& change, JobId job);

}  // namespace dure::api
