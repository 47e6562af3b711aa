// A process of its own for what must not profit from what this one has in memory.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "dure/base/assert.h"

namespace dure::bench {

// Forks, runs `measure` in the child and returns the figure that it returned. Requires that no other thread runs.
template <class Measure>
double in_child(Measure&& measure) {
  std::array<int, 2> ends{};
  DURE_ASSERT(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  DURE_ASSERT(child >= 0);
  if (child == 0) {
    const double figure = measure();
    const bool told = ::write(ends[1], &figure, sizeof figure) == sizeof figure;
    ::_exit(told ? 0 : 1);
  }
  double figure = 0;
  const bool heard = (::close(ends[1]), ::read(ends[0], &figure, sizeof figure) == sizeof figure);
  ::close(ends[0]);
  int status = 0;
  DURE_ASSERT(::waitpid(child, &status, 0) == child);
  DURE_ASSERT(heard);
  DURE_ASSERT(status == 0);
  return figure;
}

}  // namespace dure::bench
