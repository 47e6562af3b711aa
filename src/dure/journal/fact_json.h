// A fact as a line for people and their tools.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dure/core/fact.h"

namespace dure {

// The name of its type, such as `JobSubmitted`.
std::string_view kind_name(const Change& change);

// One JSON object without a line break: sequence, time, kind, and what it is mainly about. Names that are no UTF-8 have
// their strange bytes replaced.
std::string to_json(std::uint64_t sequence, const Fact& fact);

}  // namespace dure
