// Nodes promised to a job from a time on.
#pragma once

#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"

namespace dure {

struct Reservation {
  JobId job;
  PoolId pool;
  Time from;
  std::vector<NodeId> nodes;  // ascending
};

}  // namespace dure
