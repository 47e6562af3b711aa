#include "dure/api/forecast_routes.h"

#include <boost/json/serialize.hpp>

#include "dure/api/forecast_json.h"

namespace dure::api {

namespace json = boost::json;

Answer show_forecast_record(const Call& call) {
  const json::object out = call.forecasts != nullptr ? record_json(*call.forecasts) : json::object{{"is_on", false}};
  return json_response(200, json::serialize(out));
}

}  // namespace dure::api
