// The journal of the live server: a folder with an SQLite file and its head. docs/journal.md describes both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "dure/base/bytes.h"
#include "dure/base/result.h"
#include "dure/core/state.h"
#include "dure/journal/audit.h"
#include "dure/journal/ended_job.h"
#include "dure/journal/file.h"
#include "dure/journal/head_file.h"
#include "dure/journal/kept_submission.h"
#include "dure/journal/sqlite/database.h"
#include "dure/journal/sqlite/fact_rows.h"
#include "dure/journal/stored_token.h"
#include "dure/runtime/ports.h"
#include "dure/work/job_text.h"

namespace dure {

struct JournalOptions {
  // The state's digest is recorded at the end of the first turn after so many facts, or after as many as it has jobs,
  // whichever is more: it costs O(jobs).
  std::uint64_t digest_every = 10'000;
  // When SQLite's log has so many pages, a commit moves them into the file.
  std::int64_t checkpoint_pages = 2000;
  // Hears of a commit that failed; must not return. Unset: prints the error and ends the process, because what memory
  // holds is not to be trusted any more.
  std::function<void(const Error&)> on_failure;
};

// One thread owns it. Invariant: between commits, the newest rows of facts and of the audit log and the head file say
// the same, `committed_` and `audited_`.
class SqliteJournal final : public Journal {
 public:
  // Opens the journal in `folder`, or makes one where there is none. Refuses a folder that another process uses, a
  // journal of another version, and one whose end is missing.
  static Result<std::unique_ptr<SqliteJournal>> open(const std::filesystem::path& folder, JournalOptions options = {});
  ~SqliteJournal() override;

  // Applies every fact that `state` does not have yet, comparing chains and digests on the way; `on_fact` hears of each
  // after it was applied. After an error the state is not to be used. Requires a new state or one from a snapshot, and
  // nothing appended yet.
  Result<void> replay(State& state, const std::function<void(const Fact&)>& on_fact = {});
  // Compares with `state` at each commit and records its digest. It must outlive this journal and have applied
  // everything appended when `commit` is called.
  void follow(const State& state) { state_ = &state; }

  void append(const Fact& fact) override;
  // Durable with the next commit. Requires that `id` is the hash of `bytes`; what is there already is not written
  // again.
  void put_blob(BlobId id, std::span<const std::byte> bytes);
  // Durable with the next commit. Takes the place of an earlier row of the same job.
  void put_ended(const EndedJob& job);
  // Durable with the next commit: who asks again with the key is told of the same jobs.
  void put_submission(const KeptSubmission& kept);
  // Durable with the next commit. Takes the place of the same token as it was.
  void put_token(const StoredToken& token);
  // Durable with the next commit: the next row of the audit log.
  void put_audit(const AuditEntry& entry);
  // Costs nothing where nothing was appended or put.
  void commit() override;

  // Whether a turn ended there.
  bool has(Link link) { return sqlite::has(database_, link).value_or(false); }
  // What is durable.
  Link committed() const { return committed_; }

 private:
  struct Statements;

  SqliteJournal(std::filesystem::path folder, JournalOptions options, File lock, sqlite::Database database);
  Result<void> prepare();
  Result<void> write_turn();
  Result<void> write_digest();
  // Reports what failed, and does not return if it did.
  void require(const Result<void>& result) const;
  Result<void> begin();

  std::filesystem::path folder_;
  JournalOptions options_;
  File lock_;
  HeadFile head_;
  sqlite::Database database_;
  std::unique_ptr<Statements> statements_;  // declared in the .cc
  const State* state_ = nullptr;
  Link committed_;
  Link appended_;
  AuditEnd audited_;    // of the rows that were put
  ByteWriter turn_;     // the facts since the last commit
  ByteWriter scratch_;  // of an ended job or a token
  bool is_writing_ = false;
  std::uint64_t digested_ = 0;  // sequence at the last digest
};

}  // namespace dure
