// Who starts supervisors, and touches what belongs to jobs: this process itself, or a launcher with the rights to give
// each job the account of its owner.
#pragma once

#include <memory>
#include <string>

#include "dure/base/ids.h"
#include "dure/base/result.h"
#include "dure/engine/fd.h"
#include "dure/engine/local/attempt_folder.h"
#include "dure/engine/local/reach.h"

namespace dure::engine {

// For whom a job runs; decides its account.
struct Owner {
  std::string tenant;  // path
  std::string user;
};

// Callable from any thread. Nothing waits long: `unavailable` says that it may be tried again later.
class Starter {
 public:
  virtual ~Starter() = default;

  // Where the folders of jobs lie, one each, by the job's number.
  virtual const std::string& jobs_folder() const = 0;
  // Starts the supervisor of an attempt whose folder is complete; returns a handle that is readable when it ends. Two
  // for one attempt do no harm: its lock lets one pass.
  virtual Result<Fd> start(AttemptId id, const Owner& owner, const AttemptFolder& folder) = 0;
  // Kills what an attempt without supervisor has left.
  virtual Result<void> kill_leftovers(AttemptId id, const AttemptFolder& folder) = 0;
  // Of an attempt that has ended and whose records go. May be left out.
  virtual void forget(AttemptId id) = 0;
  // Opens a regular file as far as the owner's account may read it; where that is our own account, within reach. Never
  // waits for a writer.
  virtual Result<Fd> open_log(const Owner& owner, const std::string& path, const Reach& reach) = 0;
};

// Jobs run as the account of this process. Fails if the program `supervisor` cannot be run.
Result<std::unique_ptr<Starter>> start_by_ourselves(std::string supervisor, std::string jobs_folder);

}  // namespace dure::engine
