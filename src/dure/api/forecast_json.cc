#include "dure/api/forecast_json.h"

#include <boost/json/array.hpp>
#include <cmath>

#include "dure/api/numbers.h"
#include "dure/forecast/size_class.h"

namespace dure::api {
namespace {

namespace json = boost::json;

// Nobody needs more than a second, nor of a part more than a thousandth.
std::int64_t whole_seconds(double seconds) { return std::llround(seconds); }

json::object accuracy_json(const forecast::Accuracy& accuracy) {
  return {{"forecasts", accuracy.forecasts},
          {"covered", thousandths(accuracy.covered)},
          {"median_error_s", whole_seconds(accuracy.median_error)},
          {"median_width_s", whole_seconds(accuracy.median_width)}};
}

json::array horizons_json(const HorizonRecord& record) {
  json::array out;
  for (std::size_t h = 0; h < forecast::horizon_count; ++h) {
    if (record.by_horizon[h].forecasts == 0) continue;
    json::object row = accuracy_json(record.by_horizon[h]);
    row["horizon"] = forecast::horizon_names[h];
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

json::object to_json(const StartForecast& forecast, const Forecasts& all) {
  return to_json(forecast, all.draws, all.horizon);
}

json::object to_json(const StartForecast& forecast, std::size_t draws, Duration horizon) {
  json::object out{{"made", dure::to_text(forecast.made)},
                   {"draws", draws},
                   {"draws_within", forecast.draws_within},
                   {"horizon_s", horizon.whole_seconds()},
                   {"beyond_horizon", forecast.start.front() == Time::never()}};
  constexpr std::array names{"p10", "p50", "p90"};
  for (std::size_t q = 0; q < names.size(); ++q) {
    if (forecast.start[q] != Time::never()) out[names[q]] = dure::to_text(forecast.start[q]);
  }
  return out;
}

json::object record_json(const Forecasts& forecasts) {
  json::object out{{"is_on", true},
                   {"since", dure::to_text(forecasts.since)},
                   {"every_s", forecasts.every.whole_seconds()},
                   {"draws", forecasts.draws},
                   {"horizon_s", forecasts.horizon.whole_seconds()},
                   {"all", accuracy_json(forecasts.all)},
                   {"by_horizon", horizons_json(forecasts.of_all_sizes)}};
  if (forecasts.made) {
    out["made"] = dure::to_text(*forecasts.made);
    out["pass_s"] = thousandths(forecasts.pass_seconds);
  }
  json::array sizes;
  for (const auto& [size_class, record] : forecasts.by_size) {
    sizes.push_back({{"from", forecast::size_class_begins(size_class)},
                     {"below", forecast::size_class_begins(size_class + 1)},
                     {"by_horizon", horizons_json(record)}});
  }
  out["by_size"] = std::move(sizes);
  return out;
}

}  // namespace dure::api
