// Who used and lent what in a simulation, as a person reads it.
#pragma once

#include <string>

#include "dure/cli/console.h"
#include "dure/simulate/summary.h"

namespace dure::cli {

// `45 s`, `12.5 min`, `3.0 h`, `41.0 d`
std::string duration_text(double seconds);

// Tables of owners and, where there is a ledger, of its programmes, and what was taken back; each after an empty line.
// Empty where nobody owns anything.
std::string shares_text(const simulate::Summary& summary, const Console& console);

}  // namespace dure::cli
