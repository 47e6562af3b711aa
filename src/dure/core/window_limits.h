// What windows ask of the tenants that they are reserved for (docs/design/0017).
#pragma once

#include "dure/base/result.h"
#include "dure/core/state.h"
#include "dure/tenancy/tenants.h"

namespace dure {

// Whether these tenants could take the place of the present ones: each that a window is reserved for must stay, and no
// limit on its path may be lowered below what the window takes of a pool, as none may be so when it is opened. An error
// names the window, the tenant, the pool and the way out. O(windows x (pools x depth + nodes)).
Result<void> check_windows_of(const State& state, const Tenants& next);

}  // namespace dure
