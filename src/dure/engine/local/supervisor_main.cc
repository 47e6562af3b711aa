#include <linux/close_range.h>
#include <unistd.h>

#include <cstdio>

#include "dure/engine/local/supervisor.h"

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: dure-supervisor FOLDER\nRuns one attempt of a job; started by dure serve.\n", stderr);
    return 2;
  }
  // The server's folder may be on a file system that somebody wants to unmount.
  if (::chdir("/") != 0) return 1;
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  return dure::engine::supervise(arguments[1]);
}
