// Jobs as the caller may see them: the rows, what is said of them, and what keeps them waiting.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>

#include "dure/api/access.h"
#include "dure/api/forecasts.h"
#include "dure/api/job_json.h"
#include "dure/api/route.h"
#include "dure/api/why.h"

namespace dure::api {

Seen seen(const Call& call, const JobRow& row);
Seen seen(const Call& call, const EndedJob& job);

// What is in the way, as far as the caller may know: nothing of the machines, nor of what other tenants hold.
Why why_not(const Call& call, const JobRow& row, Seen seen);

// Says in a line what keeps each of many jobs from starting; those that ask for the same are looked at once.
class ShortReasons {
 public:
  // Must outlive it.
  explicit ShortReasons(const Call& call) : call_(call) {}

  // Puts its sentence into `reasons` and its code into `reason_codes`; neither, if there is nothing to say.
  void add(const JobRow& row, Seen seen, boost::json::object& out);

 private:
  const Call& call_;
  std::map<Sight, Explainer> explainers_;
};

// When it is expected to start; null if nothing is said of that. Like what it is promised it tells nothing of machines.
const StartForecast* forecast_of(const Call& call, const JobRow& row);

// What the caller may see of it.
boost::json::object job_json(const Call& call, const JobRow& row, ShortReasons& reasons);
boost::json::object job_json(const Call& call, const JobRow& row);
boost::json::object job_json(const Call& call, const EndedJob& job);

}  // namespace dure::api
