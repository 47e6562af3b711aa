// Who knows of logs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dure/api/route.h"
#include "dure/engine/fd.h"
#include "dure/engine/local/starter.h"

namespace dure::server {

// Which run of a job wrote a log last. The log lies where it does until one of them changes.
struct LogRun {
  std::uint32_t restart = 0;
  std::string job_name;
  bool operator==(const LogRun&) const = default;
};

struct LogState {
  LogRun run;
  bool may_grow = false;  // the job has not ended
};

struct LogFile {
  JobId job;
  std::string site = {};  // its name in the fleet
  std::string path = {};
  engine::Owner owner = {};
};

// Any thread may ask.
class LogSource {
 public:
  virtual ~LogSource() = default;
  // nullopt if there is no such job or task. Asked at every look at a log that may grow.
  virtual std::optional<LogState> state(const api::ReadLog& log) = 0;
  // The file. Asked once for each run.
  virtual LogFile file(const api::ReadLog& log, const LogRun& run) = 0;
  // `unavailable` if that cannot be told now. Any other error: there is no such file yet, none within reach, or none
  // that its owner's account may read. Returns within seconds.
  virtual Result<engine::Fd> open(const LogFile& file) = 0;
};

}  // namespace dure::server
