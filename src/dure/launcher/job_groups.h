// The control groups of attempts, below one that is the launcher's own. Each is handed to the server's account, so that
// its supervisor sets the job's limits and can move processes within it, and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dure/engine/local/attempt.h"
#include "dure/launcher/config.h"

namespace dure::launcher {

class JobGroups {
 public:
  // Makes the groups' own one, in every hierarchy that there is, as far as the kernel lets us.
  explicit JobGroups(const Config& config);

  struct Group {
    std::vector<std::string> folders;  // where the supervisor makes the job's group
    std::vector<std::string> doors;    // where it is itself, so that the job's limits are not its own
  };
  Group make(engine::AttemptId id, std::uint32_t uid, std::uint32_t gid) const;
  // Kills all that is in the attempt's groups and removes them.
  void sweep(engine::AttemptId id) const;

 private:
  std::vector<std::string> tops_;
};

}  // namespace dure::launcher
