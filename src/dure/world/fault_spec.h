// How often what a simulated world is made of fails.
#pragma once

#include <optional>

#include "dure/base/time.h"

namespace dure {

struct FaultSpec {
  std::optional<Duration> node_mtbf;  // mean time between failures of one node, exponential; none: no faults
  std::optional<Duration> gpu_mtbf;   // likewise of one GPU
  Duration repair = hours(6);
};

}  // namespace dure
