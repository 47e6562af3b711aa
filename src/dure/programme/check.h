// Checks awards against the rules of their round, each by itself and without what the decision was made with.
#pragma once

#include <string>
#include <vector>

#include "dure/programme/award.h"
#include "dure/programme/call.h"

namespace dure::programme {

// Returns a sentence for each rule that the awards break.
std::vector<std::string> broken_rules(const Round& round, const Awards& awards);

// The sum of what they are worth.
std::int64_t total_of(const Round& round, const Awards& awards);

}  // namespace dure::programme
