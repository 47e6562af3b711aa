// What a job as it was written refers to, as things stand: whom it waits for, and its window.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "dure/base/result.h"
#include "dure/core/state.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/server/named_jobs.h"
#include "dure/spec/job_reader.h"

namespace dure::server {

// For one job, on the thread that has the state.
class JobResolver {
 public:
  // All must outlive it. `names`: of all jobs that have not ended. `next`: the first number that was not given out.
  JobResolver(const State& state, JournalReader& archive, std::vector<const NamedJobs*> names, JobId next)
      : state_(state), archive_(archive), names_(std::move(names)), next_(next) {}

  // Leaves in the job what is still to be waited for. Fails, and says why, where it could never start, and where there
  // is no such job or window. O(what it waits for), each with a look-up in the journal if it has ended.
  Result<void> resolve(spec::JobFile& file, UserId by) const;

 private:
  // What is left to wait for; nullopt if it has happened.
  Result<std::optional<Dependency>> left_of(const Dependency& on) const;
  Result<void> resolve_dependencies(spec::JobFile& file, UserId by) const;
  Result<void> resolve_window(spec::JobFile& file) const;

  const State& state_;
  JournalReader& archive_;
  std::vector<const NamedJobs*> names_;
  JobId next_;
};

}  // namespace dure::server
