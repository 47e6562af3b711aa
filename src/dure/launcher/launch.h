// Starts a supervisor: as the server's account, with no more rights than it takes to make one other account its tasks'.
#pragma once

#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/fd.h"
#include "dure/launcher/accounts.h"
#include "dure/launcher/job_groups.h"

namespace dure::launcher {

struct LaunchPlan {
  std::string program;
  std::string folder;  // the attempt's; touched as the server's account alone
  const Account& server;
  const Account& account;
  JobGroups::Group group;
  std::string home;  // the job's
  std::uint32_t processes_max = 0;
};

// Returns a handle on it once it has begun. Requires a caller without other threads.
Result<engine::Fd> launch(const LaunchPlan& plan);

}  // namespace dure::launcher
