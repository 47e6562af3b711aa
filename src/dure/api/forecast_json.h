// Forecasts and their record as JSON.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>

#include "dure/api/forecasts.h"

namespace dure::api {

// When one job starts. What lies beyond the horizon is left out.
boost::json::object to_json(const StartForecast& forecast, const Forecasts& all);
boost::json::object to_json(const StartForecast& forecast, std::size_t draws, Duration horizon);

// How all came out, by horizon and by size; horizons and sizes of which nothing came yet are left out.
boost::json::object record_json(const Forecasts& forecasts);

}  // namespace dure::api
