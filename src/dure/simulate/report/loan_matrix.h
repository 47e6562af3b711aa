// Who lent how much to whom.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dure/simulate/ledger_summary.h"

namespace dure::simulate {

// Returns the HTML of a table of lenders by borrowers with its sums, each cell shaded by its part of the largest.
std::string loan_matrix(const std::vector<LoanLine>& loans, std::string_view unit);

}  // namespace dure::simulate
