// How long jobs waited, by their size: a row of marks for each range of sizes, on one logarithmic axis.
#pragma once

#include <span>
#include <string>

#include "dure/simulate/report.h"

namespace dure::simulate {

// Returns the HTML of the figure with its legend. Sizes without a job are left out.
std::string wait_chart(std::span<const WaitBySize> waits, std::string_view unit);
// Returns the HTML of the same as a table.
std::string wait_table(std::span<const WaitBySize> waits, std::string_view unit);

}  // namespace dure::simulate
