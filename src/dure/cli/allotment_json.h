// A decided round as JSON.
#pragma once

#include <string>

#include "dure/programme/allot.h"

namespace dure::cli {

// One line. Scores, totals and bounds are in points, prices in points too.
std::string allotment_json(const programme::Round& round, const programme::Allotted& allotted, double seconds);

}  // namespace dure::cli
