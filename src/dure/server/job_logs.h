// Where the logs of jobs lie.
#pragma once

#include <optional>

#include "dure/journal/sqlite/shared_reader.h"
#include "dure/server/log_source.h"
#include "dure/server/publisher.h"
#include "dure/server/sites.h"

namespace dure::server {

// Of jobs in the view, and of those that the journal alone knows. Any thread.
class JobLogs final : public LogSource {
 public:
  // All must outlive it.
  JobLogs(const Publisher& publisher, const Sites& sites, SharedReader& archive)
      : publisher_(publisher), sites_(sites), archive_(archive) {}

  std::optional<LogState> state(const api::ReadLog& log) override;
  LogFile file(const api::ReadLog& log, const LogRun& run) override;
  Result<engine::Fd> open(const LogFile& file) override;

 private:
  std::optional<EndedJob> ended(JobId job);
  JobText text_of(BlobId id);

  const Publisher& publisher_;
  const Sites& sites_;
  SharedReader& archive_;
};

}  // namespace dure::server
