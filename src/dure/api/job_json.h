// A job as JSON.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>

#include "dure/api/access.h"
#include "dure/api/view.h"
#include "dure/journal/ended_job.h"

namespace dure::api {

boost::json::object to_json(const View& view, const JobRow& row);
// The same of a job that has left the view: what the journal keeps of it.
boost::json::object to_json(const EndedJob& job);

// For whom a job was evicted, as far as the caller may know of that one.
struct Beneficiary {
  const JobRow* row = nullptr;  // null: nothing
  Sight sight = Sight::none;
};
// Why and for whom a job was last evicted, and what was at stake. Requires that it was, by decision.
boost::json::object eviction_json(const View& view, const Job& job, Beneficiary beneficiary);

boost::json::object dependency_json(const Dependency& dependency);

// Leaves of a job's JSON what one may see of it.
void redact(boost::json::object& job, Seen seen);

// Thousandths as a JSON number: whole where it is whole.
boost::json::value amount_json(std::int64_t milli);

// What the amounts of a pool count.
const char* unit_of(const Pool& pool);

}  // namespace dure::api
