// The older published scores: whole numbers from 0 to 100, cut towards zero (Weng et al., USENIX ATC'23).
#pragma once

#include <memory>

#include "dure/policy/reference/node_score.h"

namespace dure {

// What is left on the node of its CPUs and GPUs, little is best.
std::unique_ptr<NodeScore> best_fit_score();
// The product of what is free and what is asked for, little is best.
std::unique_ptr<NodeScore> dot_product_score();
// Devices in use are used first, then nodes in use.
std::unique_ptr<NodeScore> packing_score();
// Nodes that hold pods of the same number of GPUs first.
std::unique_ptr<NodeScore> clustering_score();

}  // namespace dure
