// Where the logs of this machine's jobs lie.
#pragma once

#include <optional>

#include "dure/engine/local/local_engine.h"
#include "dure/journal/sqlite/shared_reader.h"
#include "dure/server/log_source.h"
#include "dure/server/publisher.h"

namespace dure::server {

// Of jobs in the view, and of those that the journal alone knows. Any thread.
class JobLogs final : public LogSource {
 public:
  // All must outlive it.
  JobLogs(const Publisher& publisher, const engine::LocalEngine& engine, SharedReader& archive)
      : publisher_(publisher), engine_(engine), archive_(archive) {}

  std::optional<LogState> state(const api::ReadLog& log) override;
  LogFile file(const api::ReadLog& log, const LogRun& run) override;
  Result<engine::Fd> open(const LogFile& file) override;

 private:
  std::optional<EndedJob> ended(JobId job);
  JobText text_of(BlobId id);

  const Publisher& publisher_;
  const engine::LocalEngine& engine_;
  SharedReader& archive_;
};

}  // namespace dure::server
