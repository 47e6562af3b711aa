// Where a pending job stands among those that wait.
#pragma once

#include <cstdint>

#include "dure/api/view.h"

namespace dure::api {

// How many pending jobs of its tenant go before it: by priority, then by submission, whoever's turn it is. O(pages of
// jobs).
std::uint64_t ahead_of(const View& view, const JobRow& row);

// How many jobs that are pending were submitted before it, and one. Likewise.
std::uint64_t position_of(const View& view, const JobRow& row);

}  // namespace dure::api
