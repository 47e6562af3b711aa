// How forecasts were borne out: a reliability diagram, and the errors by how far they looked ahead.
#pragma once

#include <string>

#include "dure/simulate/forecast_summary.h"

namespace dure::simulate {

// Returns the HTML of the figure: for each horizon the part of starts that came by p10, p50 and p90. Horizons with
// fewer than 20 forecasts are left out.
std::string reliability_chart(const ForecastSummary& forecasts);
// Returns the HTML of the tables: coverage, width and errors by horizon, and beside them those of the others.
std::string forecast_tables(const ForecastSummary& forecasts);

}  // namespace dure::simulate
