// The clock for work of one thread that waits for nothing.
#pragma once

#include <time.h>

namespace dure::bench {

// Of this thread on a core, in seconds: what others do on the machine is not counted. A call costs some 0.2 us.
inline double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace dure::bench
