// Brings a journal of an older format to the present one, in place.
#pragma once

#include "dure/base/result.h"
#include "dure/journal/sqlite/database.h"

namespace dure::sqlite {

// One transaction: a crash leaves the journal as it was. Costs nothing where there is nothing to do; else O(facts +
// ended jobs). Requires check_version(database, Accept::upgradable), and that nothing is missing at its end.
Result<void> upgrade(Database& database);

}  // namespace dure::sqlite
