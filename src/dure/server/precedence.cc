#include "dure/server/precedence.h"

#include <sched.h>
#include <sys/resource.h>

namespace dure::server {

// A job that yields (`cpu.idle`) is still given whole ticks in which the server waits: whatever was alone on a CPU for
// a moment is owed its turn by the kernel's fair scheduler, whatever its weight. A real-time priority is not of that
// game.
void run_before_jobs() {
  constexpr int least = 1;
  rlimit allowed{};
  if (::getrlimit(RLIMIT_RTPRIO, &allowed) != 0 || allowed.rlim_cur < least) return;
  const sched_param priority{.sched_priority = least};
  (void)::sched_setscheduler(0, SCHED_RR, &priority);
}

}  // namespace dure::server
