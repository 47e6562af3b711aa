// Credits as tables show them.
#pragma once

#include <string>

#include "dure/cli/answer.h"

namespace dure::cli {

// As the server says it, but for what is nothing, which is left empty.
std::string unless_nothing(const Answer& credits);
// `H200, B200`; `any` where none is named.
std::string kinds_text(const Answer& kinds);
// The day of an instant, and its time of day unless that is midnight UTC.
std::string day_text(const Answer& instant);

}  // namespace dure::cli
