// Reads a window, its names resolved against a fleet and its tenants.
#pragma once

#include <optional>

#include "dure/base/time.h"
#include "dure/fleet/fleet.h"
#include "dure/spec/known_tenants.h"
#include "dure/spec/reader.h"
#include "dure/work/window.h"

namespace dure::spec {

// `{name: cables, nodes: [...], from: 2026-11-26T09:00:00+09:00, for: 4h}`: `nodes` by name, or `pool` for all of one;
// `from` is `now` without it; `until` in place of `for`; with `tenant` it is reserved. Its id is the caller's to set.
// Times may be durations: so long after `now`; without a `now` they must be, after `Time{}`. It ends after it begins,
// and after `now`.
std::optional<Window> read_window(const Node& node, const Fleet& fleet, const KnownTenants& tenants,
                                  std::optional<Time> now);

}  // namespace dure::spec
