// Reads what the journal keeps for people and engines: texts of jobs, and jobs that have ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/core/state.h"
#include "dure/journal/audit.h"
#include "dure/journal/ended_job.h"
#include "dure/journal/kept_submission.h"
#include "dure/journal/sqlite/database.h"
#include "dure/journal/sqlite/fact_rows.h"
#include "dure/journal/stored_token.h"
#include "dure/work/job_text.h"

namespace dure {

// The last job of a page; the next page begins after it.
struct EndedCursor {
  Time ended;
  JobId id;
};

// Sees what was committed, also while a SqliteJournal writes in this or another process. One thread at a time; each
// thread may have its own.
class JournalReader {
 public:
  // Requires a journal that was opened once.
  static Result<JournalReader> open(const std::filesystem::path& folder);

  // nullopt if there is none. An error if it is not what was put.
  Result<std::optional<std::vector<std::byte>>> blob(BlobId id);
  // What a blob says, if it is the text of a job.
  Result<std::optional<JobText>> text(BlobId id);
  Result<std::optional<EndedJob>> ended(JobId id);
  // Whether all jobs of the array that ended have completed. O(jobs of the array).
  Result<bool> all_completed(JobId array);
  Result<std::optional<KeptSubmission>> submission(const std::string& key);
  // Every token that was ever made, by id. O(tokens).
  Result<std::vector<StoredToken>> tokens();
  // Rows of the audit log after a number, in order, at most `limit`.
  Result<std::vector<AuditRow>> audit(std::uint64_t after, std::size_t limit);
  // The latest first, at most `limit`; only those of the tenant and of tenants below it, unless its path is empty.
  // O(limit), with a tenant O(ended jobs after the last returned).
  Result<std::vector<EndedJob>> latest_ended(const std::string& tenant, std::optional<EndedCursor> after,
                                             std::size_t limit);
  // O(ended jobs).
  Result<std::uint64_t> ended_count(const std::string& tenant);
  // Whether a turn ended there.
  bool has(Link link) { return sqlite::has(database_, link).value_or(false); }
  // Applies every committed fact that `state` does not have yet, comparing chains and digests on the way, until
  // `on_fact`, which hears of each after it was applied, says no: then that is the error. After an error the state is
  // not to be used. Requires a new state or one from a snapshot.
  Result<void> replay(State& state, const std::function<Result<void>(const Fact&)>& on_fact);

 private:
  sqlite::Database database_;
  sqlite::Statement blob_;
  sqlite::Statement job_;
  sqlite::Statement latest_;
  sqlite::Statement count_;
  sqlite::Statement submission_;
  sqlite::Statement array_;
};

}  // namespace dure
