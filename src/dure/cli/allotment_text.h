// A decided round as people read it.
#pragma once

#include <string>

#include "dure/cli/console.h"
#include "dure/programme/allot.h"

namespace dure::cli {

std::string allotment_text(const programme::Round& round, const programme::Allotted& allotted, double seconds,
                           const Console& console);

}  // namespace dure::cli
