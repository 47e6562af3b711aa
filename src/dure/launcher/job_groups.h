// The control groups of attempts, below one that is the launcher's own. Each is handed to the server's account, so that
// its supervisor sets the job's limits and can move processes within it, and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/attempt.h"
#include "dure/launcher/config.h"

namespace dure::launcher {

using GpuMinors = std::vector<std::uint32_t>;  // by the files of GPUs in /dev

class JobGroups {
 public:
  // Makes the groups' own one, in every hierarchy that there is, as far as the kernel lets us.
  explicit JobGroups(const Config& config);

  struct Group {
    std::vector<std::string> folders;  // where the supervisor makes the job's group
    std::vector<std::string> doors;    // where it is itself, so that the job's limits are not its own
  };
  // What runs there may open `gpus` and no others; any without a value. An error only if that cannot be had.
  Result<Group> make(engine::AttemptId id, std::uint32_t uid, std::uint32_t gid,
                     const std::optional<GpuMinors>& gpus) const;
  // Why jobs can open GPUs that were not given to them; empty if they cannot, or are to.
  const std::string& why_no_fences() const { return why_no_fences_; }
  // Kills all that is in the attempt's groups and removes them.
  void sweep(engine::AttemptId id) const;

 private:
  struct Top {
    std::string folder;
    bool is_unified = false;
  };
  std::vector<Top> tops_;
  bool fences_gpus_ = false;
  std::string why_no_fences_;
};

}  // namespace dure::launcher
