// Where the logs of this machine's jobs lie.
#pragma once

#include <mutex>
#include <optional>

#include "dure/engine/local/local_engine.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/server/log_follower.h"
#include "dure/server/publisher.h"

namespace dure::server {

// Of jobs in the view, and of those that the journal alone knows. Any thread.
class JobLogs final : public LogSource {
 public:
  // All must outlive it; `archive_mutex` guards `archive`.
  JobLogs(const Publisher& publisher, const engine::LocalEngine& engine, JournalReader& archive,
          std::mutex& archive_mutex)
      : publisher_(publisher), engine_(engine), archive_(archive), archive_mutex_(archive_mutex) {}

  std::optional<LogState> state(const api::ReadLog& log) override;
  LogFile file(const api::ReadLog& log, const LogRun& run) override;
  engine::Fd open(const LogFile& file) override;

 private:
  std::optional<EndedJob> ended(JobId job);
  JobText text_of(BlobId id);

  const Publisher& publisher_;
  const engine::LocalEngine& engine_;
  JournalReader& archive_;
  std::mutex& archive_mutex_;
};

}  // namespace dure::server
