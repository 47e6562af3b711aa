// Where the logs of this machine's jobs lie.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "dure/engine/local/local_engine.h"
#include "dure/journal/sqlite/shared_reader.h"
#include "dure/server/log_follower.h"
#include "dure/server/publisher.h"

namespace dure::server {

// Of jobs in the view, and of those that the journal alone knows. Any thread.
class JobLogs final : public LogSource {
 public:
  // All must outlive it. Of `closed_folder` nothing is read but in a job's own folder.
  JobLogs(const Publisher& publisher, const engine::LocalEngine& engine, SharedReader& archive,
          std::string closed_folder)
      : publisher_(publisher), engine_(engine), archive_(archive), closed_folder_(std::move(closed_folder)) {}

  std::optional<LogState> state(const api::ReadLog& log) override;
  std::string path(const api::ReadLog& log, const LogRun& run) override;
  engine::Reach reach(const api::ReadLog& log) override { return {closed_folder_, engine_.home_of(log.job)}; }

 private:
  std::optional<EndedJob> ended(JobId job);
  JobText text_of(BlobId id);

  const Publisher& publisher_;
  const engine::LocalEngine& engine_;
  SharedReader& archive_;
  std::string closed_folder_;
};

}  // namespace dure::server
