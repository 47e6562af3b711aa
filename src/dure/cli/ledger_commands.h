// The commands about credits: programmes, grants, calls, statements and loans.
#pragma once

#include "dure/cli/wiring.h"

namespace dure::cli {

void add_ledger_commands(const Wiring& wiring);

}  // namespace dure::cli
