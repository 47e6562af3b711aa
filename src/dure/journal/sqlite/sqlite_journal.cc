#include "dure/journal/sqlite/sqlite_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <system_error>
#include <utility>

#include "dure/base/assert.h"
#include "dure/base/hash.h"
#include "dure/journal/sqlite/audit_rows.h"
#include "dure/journal/sqlite/fact_rows.h"
#include "dure/journal/sqlite/job_rows.h"
#include "dure/journal/sqlite/schema.h"
#include "dure/journal/sqlite/token_rows.h"
#include "dure/journal/sqlite/upgrade.h"

namespace dure {
namespace {

tl::unexpected<Error> about(const std::filesystem::path& folder, const Error& error) {
  return fail(error.code, fmt::format("the journal in {}: {}", folder.string(), error.message));
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  const bool is_new = std::filesystem::create_directories(folder, error);
  if (!error && is_new) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (!error) return sync_folder(std::filesystem::absolute(folder).lexically_normal().parent_path());
  }
  if (error) {
    return fail(Code::failed, fmt::format("the folder {} cannot be made: {}", folder.string(), error.message()));
  }
  return {};
}

// Before SQLite would make a new file in the place of one that was lost.
Result<void> require_file_of(const std::filesystem::path& folder, bool is_blank) {
  if (!is_blank || !std::filesystem::exists(folder / "head")) return {};
  const auto head = HeadFile::open(folder / "head");
  if (!head) return tl::unexpected(head.error());
  const auto newest = head->newest();
  if (newest && newest->link.sequence == 0 && newest->audit.number == 0) return {};
  return fail(Code::failed, fmt::format("{} was acknowledged and journal.db holds nothing; restore the whole folder, "
                                        "journal.db-wal too",
                                        newest ? fmt::format("fact {}", newest->link.sequence) : "something"));
}

Result<void> make_tables(const std::filesystem::path& folder, sqlite::Database& database) {
  const auto blank = sqlite::is_blank(database);
  if (!blank) return tl::unexpected(blank.error());
  if (auto required = require_file_of(folder, *blank); !required) return required;
  if (!*blank) return sqlite::check_version(database, sqlite::Accept::upgradable);
  return sqlite::create_tables(database);
}

Result<sqlite::Database> open_file(const std::filesystem::path& folder, std::int64_t checkpoint_pages) {
  const bool is_new = !std::filesystem::exists(folder / "journal.db");
  if (auto required = require_file_of(folder, is_new); !required) return tl::unexpected(required.error());
  // SQLite would let others read what jobs run and their variables; its log takes after this file.
  if (is_new) {
    const auto made = File::open(folder / "journal.db", O_RDWR | O_CREAT);
    if (!made) return tl::unexpected(made.error());
  }
  auto database = sqlite::Database::open(folder / "journal.db", sqlite::Access::write);
  if (!database) return database;
  // What is refused stays as it was found, for whoever looks into it.
  if (auto kept = database->on_close(sqlite::Database::Log::keep); !kept) return tl::unexpected(kept.error());
  // FULL: a commit returns when its frames are on the disk. The cache holds what a large turn touches: 64 MiB.
  const std::string settings = fmt::format(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536; "
      "PRAGMA wal_autocheckpoint = {}",
      checkpoint_pages);
  if (auto set = database->run(settings.c_str()); !set) return tl::unexpected(set.error());
  if (auto made = make_tables(folder, *database); !made) return tl::unexpected(made.error());
  return database;
}

// What the head file says; a file that says nothing where it is missing.
Result<HeadFile> open_head(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "head";
  return std::filesystem::exists(path) ? HeadFile::open(path) : HeadFile{};
}

// Brings the head file into agreement with `end`, which it is at most a turn behind.
Result<void> move_on(HeadFile& head, const std::filesystem::path& folder, const Head& end) {
  if (head.newest() == end) return {};
  if (head.newest()) return head.write(end);
  auto created = HeadFile::create(folder / "head", end);
  if (!created) return tl::unexpected(created.error());
  head = *std::move(created);
  return {};
}

[[noreturn]] void end_process(const Error& error) {
  fmt::print(stderr, "dure: {}\n", error.message);
  std::fflush(stderr);
  ::_exit(1);
}

}  // namespace

struct SqliteJournal::Statements {
  sqlite::Statement begin;
  sqlite::Statement commit;
  sqlite::Statement put_facts;
  sqlite::Statement put_digest;
  sqlite::Statement put_blob;
  sqlite::Statement put_job;
  sqlite::Statement put_submission;
  sqlite::Statement put_token;
  sqlite::Statement put_audit;
};

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const std::filesystem::path& folder,
                                                           JournalOptions options) {
  if (auto made = make_folder(folder); !made) return tl::unexpected(made.error());
  auto lock = lock_folder(folder);
  if (!lock) return tl::unexpected(lock.error());
  auto database = open_file(folder, options.checkpoint_pages);
  if (!database) return about(folder, database.error());
  std::unique_ptr<SqliteJournal> journal(
      new SqliteJournal(folder, std::move(options), *std::move(lock), *std::move(database)));
  if (auto prepared = journal->prepare(); !prepared) return about(folder, prepared.error());
  return journal;
}

SqliteJournal::SqliteJournal(std::filesystem::path folder, JournalOptions options, File lock, sqlite::Database database)
    : folder_(std::move(folder)),
      options_(std::move(options)),
      lock_(std::move(lock)),
      database_(std::move(database)),
      statements_(std::make_unique<Statements>()) {}

SqliteJournal::~SqliteJournal() = default;

Result<void> SqliteJournal::prepare() {
  const auto ends = sqlite::read_ends(database_);
  if (!ends) return tl::unexpected(ends.error());
  auto head = open_head(folder_);
  if (!head) return tl::unexpected(head.error());
  head_ = *std::move(head);
  const auto says = head_.newest();
  const auto tail = sqlite::compare(*ends, says ? std::optional(says->link) : std::nullopt);
  if (!tail) return tl::unexpected(tail.error());
  if (auto upgraded = sqlite::upgrade(database_); !upgraded) return upgraded;
  const auto audited = sqlite::audit_end(database_, says.value_or(Head{}).audit);
  if (!audited) return tl::unexpected(audited.error());
  audited_ = *audited;
  if (auto moved = move_on(head_, folder_, {ends->last, audited_}); !moved) return moved;
  committed_ = appended_ = ends->last;
  const auto digested = database_.number("SELECT max(sequence) FROM digest");
  if (!digested) return tl::unexpected(digested.error());
  digested_ = static_cast<std::uint64_t>(*digested);
  const std::array<std::pair<sqlite::Statement*, std::string_view>, 9> wanted{{
      {&statements_->begin, "BEGIN IMMEDIATE"},
      {&statements_->commit, "COMMIT"},
      {&statements_->put_facts, "INSERT INTO facts(first, count, chain, bytes) VALUES(?1, ?2, ?3, ?4)"},
      {&statements_->put_digest, "INSERT INTO digest(sequence, version, digest) VALUES(?1, ?2, ?3)"},
      {&statements_->put_blob, "INSERT INTO blob(id, bytes) VALUES(?1, ?2) ON CONFLICT(id) DO NOTHING"},
      {&statements_->put_job, sqlite::put_job_sql},
      {&statements_->put_submission, "INSERT OR REPLACE INTO submission(key, request, jobs) VALUES(?1, ?2, ?3)"},
      {&statements_->put_token, sqlite::put_token_sql},
      {&statements_->put_audit, sqlite::put_audit_sql},
  }};
  for (const auto& [statement, sql] : wanted) {
    auto prepared = database_.prepare(sql);
    if (!prepared) return tl::unexpected(prepared.error());
    *statement = *std::move(prepared);
  }
  return database_.on_close(sqlite::Database::Log::merge);
}

Result<void> SqliteJournal::replay(State& state, const std::function<void(const Fact&)>& on_fact) {
  DURE_ASSERT(appended_ == committed_);
  const auto apply = [&](const std::vector<Fact>& facts) -> Result<void> {
    for (const Fact& fact : facts) {
      state.apply(fact);
      if (on_fact) on_fact(fact);
    }
    return {};
  };
  const auto walked = sqlite::walk(
      database_,
      {.from = {state.fact_count(), state.chain()}, .visit = apply, .digest = [&] { return state.digest(); }});
  if (!walked) return about(folder_, walked.error());
  if (walked->end != committed_) {
    return about(folder_, {Code::failed, fmt::format("the facts end with {} and the last row with {}; restore it from "
                                                     "a backup",
                                                     walked->end.sequence, committed_.sequence)});
  }
  return {};
}

void SqliteJournal::append(const Fact& fact) {
  const std::size_t begin = turn_.bytes().size();
  turn_(fact);
  appended_ = {appended_.sequence + 1, chain_hash(appended_.chain, turn_.bytes().subspan(begin))};
}

void SqliteJournal::put_blob(BlobId id, std::span<const std::byte> bytes) {
  require(begin().and_then([&] { return statements_->put_blob.run(sqlite::BlobKey(id).bytes(), bytes); }));
}

void SqliteJournal::put_ended(const EndedJob& job) {
  require(begin().and_then([&] { return sqlite::put_job(statements_->put_job, job, scratch_); }));
}

void SqliteJournal::put_submission(const KeptSubmission& kept) {
  const std::string jobs = to_text(kept.jobs);
  require(begin().and_then([&] { return statements_->put_submission.run(kept.key, kept.request, jobs); }));
}

void SqliteJournal::put_token(const StoredToken& token) {
  require(begin().and_then([&] { return sqlite::put_token(statements_->put_token, token, scratch_); }));
}

void SqliteJournal::put_audit(const AuditEntry& entry) {
  const AuditRow row = chained(audited_, entry);
  require(begin().and_then([&] { return sqlite::put_audit(statements_->put_audit, row); }));
  audited_ = row.end();
}

void SqliteJournal::commit() {
  if (appended_ == committed_ && !is_writing_) return;
  require(write_turn());
}

Result<void> SqliteJournal::begin() {
  if (is_writing_) return {};
  is_writing_ = true;
  return statements_->begin.run();
}

Result<void> SqliteJournal::write_turn() {
  if (state_ != nullptr) DURE_ASSERT(state_->chain() == appended_.chain);
  const bool has_facts = appended_ != committed_;
  if (auto begun = begin(); !begun) return begun;
  if (has_facts) {
    const std::uint64_t count = appended_.sequence - committed_.sequence;
    if (auto put = statements_->put_facts.run(committed_.sequence + 1, count, appended_.chain, turn_.bytes()); !put) {
      return put;
    }
    if (auto put = write_digest(); !put) return put;
  }
  if (auto done = statements_->commit.run(); !done) return done;
  is_writing_ = false;
  if (auto moved = move_on(head_, folder_, {appended_, audited_}); !moved) return moved;
  committed_ = appended_;
  turn_.clear();
  return {};
}

Result<void> SqliteJournal::write_digest() {
  if (state_ == nullptr) return {};
  const std::uint64_t every = std::max<std::uint64_t>(options_.digest_every, state_->jobs().size());
  if (appended_.sequence - digested_ < every) return {};
  digested_ = appended_.sequence;
  return statements_->put_digest.run(digested_, sqlite::digest_version, state_->digest());
}

void SqliteJournal::require(const Result<void>& result) const {
  if (result) return;
  const Error error = about(folder_, {result.error().code,
                                      "the last turn could not be written and nothing of it was "
                                      "acknowledged: " +
                                          result.error().message})
                          .value();
  if (options_.on_failure) options_.on_failure(error);
  end_process(error);
}

}  // namespace dure
