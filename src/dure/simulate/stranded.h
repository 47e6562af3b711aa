// Why GPUs are idle when pods have been packed.
#pragma once

#include <span>
#include <utility>

#include "dure/core/state.h"
#include "dure/simulate/summary.h"
#include "dure/work/shape.h"

namespace dure::simulate {

// How many pods of a shape want something.
struct WantedShape {
  Shape shape;
  std::uint64_t pods = 0;
};

// Holds the idle GPUs of each node against each of the shapes that ask for GPUs, and counts them by the first thing
// that is in the way: the means over the pods, in thousandths, cut down; what is left is `usable`. O(nodes x shapes).
Stranded stranded(const State& state, std::span<const WantedShape> wanted);

}  // namespace dure::simulate
