// Fragmentation gradient descent (Weng et al., USENIX ATC'23): the node whose idle GPUs lose least of their use.
#pragma once

#include <memory>

#include "dure/policy/reference/node_score.h"
#include "dure/policy/reference/typical_pods.h"

namespace dure {

// Met to the last bit, for placements that change nothing are told apart by how their sums are rounded: double
// precision, each sum in the published order. A score is O(distinct free amounts of the node x typical pods).
std::unique_ptr<NodeScore> fgd_score(const TypicalPods& typical);

}  // namespace dure
