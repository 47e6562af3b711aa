// Who owns what of the fleet and used how much of it, and what its programmes were awarded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dure/simulate/summary.h"

namespace dure::simulate {

// Whether anybody is guaranteed anything, or lends.
bool has_owners(const Summary& summary);
// Returns the HTML of a table. `ledger`: null where nothing is kept of loans.
std::string owner_table(const std::vector<TenantUse>& owners, const LedgerSummary* ledger, std::string_view unit);
// `uses` are those of the programmes' tenants.
std::string programme_table(const std::vector<TenantUse>& uses, const LedgerSummary& ledger, std::string_view unit);

}  // namespace dure::simulate
