// The loans that a view shows.
#pragma once

#include <vector>

#include "dure/api/view.h"

namespace dure::api {

// All up to `now`, by month, pool, lender, borrower and reason. Requires a ledger. O(loans + pools).
std::vector<ledger::Loan> loans_of(const View& view, Time now);

}  // namespace dure::api
