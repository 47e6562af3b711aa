// `dure queue`.
#pragma once

#include <cstddef>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"
#include "dure/cli/job_list.h"

namespace dure::cli {

struct QueueArguments {
  JobFilter filter;
  bool all = false;  // those that have ended too
  bool watch = false;
  std::size_t limit = 1000;  // 0: all
  bool json = false;
};

// With `watch` it returns when the server cannot be reached for long.
Result<int> queue(QueueArguments arguments, Connection& connection, const Console& console);

}  // namespace dure::cli
