// The clock of the machine.
#pragma once

#include <chrono>

#include "dure/base/time.h"

namespace dure::server {

inline Time wall_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
}

}  // namespace dure::server
