// Has supervisors started by a launcher, as the accounts that it maps owners to.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/engine/local/starter.h"

namespace dure::engine {

// How long whoever starts waits for a launcher that starts beside it.
struct LauncherPatience {
  Duration longest = seconds(5);
  std::function<void(const Error&)> on_wait = {};  // called once, when it is not there at the first try
  std::function<bool()> is_stopped = {};           // asked at least every second: whether to give up
};

// Greets the launcher that listens at `socket`, an absolute path. `unavailable` if it cannot be reached or does not
// answer for as long as `patience` says; the error names the path.
Result<std::unique_ptr<Starter>> start_by_launcher(std::string socket, const LauncherPatience& patience = {});

}  // namespace dure::engine
