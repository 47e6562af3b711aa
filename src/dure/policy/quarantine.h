// Which nodes take no new work until somebody has looked at them.
#pragma once

#include <set>
#include <vector>

#include "dure/base/time.h"
#include "dure/core/state.h"
#include "dure/policy/policy.h"

namespace dure {

// Decides to drain nodes, by id: those whose faults point to them (core/node_fault.h). At most a tenth of a pool's
// nodes are in quarantine at a time, or one, and some node is left in it that takes work: what makes many nodes fail is
// something else. Returns whether there are any. Looks at `suspects`, on which something has failed since the last
// look, or which are only spared or drained; whoever is neither is no longer one of them. O(these), and O(nodes) of
// each pool with one to be drained.
bool quarantine_nodes(const State& state, Time now, std::set<NodeId>& suspects, std::vector<Decision>& out);

}  // namespace dure
