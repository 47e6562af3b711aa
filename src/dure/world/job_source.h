// Where simulated jobs come from: a trace or a demand model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dure/base/time.h"
#include "dure/work/job_spec.h"

namespace dure {

// A job and what only the simulated world knows of it.
struct SourcedJob {
  Time submit;
  JobSpec spec;
  Duration run_time;      // > 0: how long it works if nothing interrupts it
  std::string source_id;  // its id in the trace; empty in a demand model
};

// Yields jobs in order of submit time.
class JobSource {
 public:
  virtual ~JobSource() = default;
  // Returns the next job, or nullopt when there are no more.
  virtual std::optional<SourcedJob> next() = 0;
  // How many jobs there are in all, for progress.
  virtual std::uint64_t total() const = 0;
};

}  // namespace dure
