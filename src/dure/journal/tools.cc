#include "dure/journal/tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "dure/core/state.h"
#include "dure/journal/archive.h"
#include "dure/journal/fact_json.h"
#include "dure/journal/file.h"
#include "dure/journal/head_file.h"
#include "dure/journal/snapshot.h"
#include "dure/journal/sqlite/audit_rows.h"
#include "dure/journal/sqlite/database.h"
#include "dure/journal/sqlite/fact_rows.h"
#include "dure/journal/sqlite/job_rows.h"
#include "dure/journal/sqlite/open_file.h"
#include "dure/journal/sqlite/token_rows.h"

namespace dure::journal {
namespace {

constexpr std::size_t archive_bytes = std::size_t{4} << 20;  // of facts in one archive, before they are packed

Result<void> check_tables(sqlite::Database& database) {
  auto query = database.prepare("PRAGMA integrity_check(1)");
  if (!query) return tl::unexpected(query.error());
  query->start();
  const auto row = query->next();
  if (!row) return tl::unexpected(row.error());
  if (const std::string found = query->text(0); found != "ok") {
    return fail(Code::failed, fmt::format("the file is damaged ({}); restore it from a backup", found));
  }
  return {};
}

// Calls `check` for every row; returns how many there were.
Result<std::uint64_t> for_each(sqlite::Database& database, const char* sql,
                               const std::function<Result<void>(const sqlite::Statement&)>& check) {
  auto query = database.prepare(sql);
  if (!query) return tl::unexpected(query.error());
  query->start();
  for (std::uint64_t count = 0;; ++count) {
    const auto row = query->next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return count;
    if (auto checked = check(*query); !checked) return tl::unexpected(checked.error());
  }
}

Result<void> check_blob(const sqlite::Statement& row) {
  const BlobId id = blob_id(row.bytes(1));
  const sqlite::BlobKey key(id);
  if (std::ranges::equal(key.bytes(), row.bytes(0))) return {};
  return fail(Code::failed, "the text of a job is damaged; restore the journal from a backup");
}

Result<void> check_job(const sqlite::Statement& row) {
  const auto job = sqlite::read_job(row);
  if (!job) return tl::unexpected(job.error());
  return {};
}

Result<void> check_end(const sqlite::Ends& ends, const std::optional<Head>& head, bool is_in_use) {
  // A server goes on between the reading of the head and that of the tables.
  if (is_in_use && head && head->link.sequence < ends.last.sequence) return {};
  const auto tail = sqlite::compare(ends, head ? std::optional(head->link) : std::nullopt);
  if (!tail) return tl::unexpected(tail.error());
  return {};
}

// What the snapshots say, to be held against the facts on the way through them. The oldest is the last.
Result<std::vector<Snapshot>> read_snapshots(const std::filesystem::path& folder) {
  std::vector<Snapshot> snapshots;
  for (const std::filesystem::path& file : snapshot_files(folder)) {
    auto snapshot = read_snapshot(file);
    const bool is_passed_over = !snapshot && snapshot.error().code == Code::unavailable;
    const bool is_gone = !snapshot && !std::filesystem::exists(file);  // a server beside us has a newer one
    if (is_passed_over || is_gone) continue;
    if (!snapshot) return tl::unexpected(snapshot.error());
    snapshots.push_back(std::move(*snapshot));
  }
  return snapshots;
}

Result<void> compare_snapshot(const State& state, std::vector<Snapshot>& ahead) {
  if (ahead.empty() || ahead.back().state.fact_count() > state.fact_count()) return {};
  const Snapshot snapshot = std::move(ahead.back());
  ahead.pop_back();
  if (snapshot.state.digest() == state.digest()) return {};
  return fail(Code::failed, fmt::format("the snapshot after fact {} is not what the facts lead to; delete it",
                                        snapshot.state.fact_count()));
}

Result<Verified> verify_tables(sqlite::Database& database, std::vector<Snapshot> snapshots,
                               const std::optional<Head>& head, bool is_in_use) {
  if (auto checked = check_tables(database); !checked) return tl::unexpected(checked.error());
  State state;
  const std::uint64_t snapshot_count = snapshots.size();
  const auto apply = [&](const std::vector<Fact>& facts) {
    for (const Fact& fact : facts) state.apply(fact);
    return compare_snapshot(state, snapshots);
  };
  const auto walked = sqlite::walk(database, {.visit = apply, .digest = [&] { return state.digest(); }});
  if (!walked) return tl::unexpected(walked.error());
  if (!snapshots.empty() && !is_in_use) {
    return fail(Code::failed, fmt::format("there is a snapshot after fact {}, and the last fact is {}; delete it",
                                          snapshots.back().state.fact_count(), walked->end.sequence));
  }
  const auto ends = sqlite::read_ends(database);
  if (!ends) return tl::unexpected(ends.error());
  if (walked->end != ends->last) return fail(Code::failed, "the rows of facts are not in order");
  if (auto checked = check_end(*ends, head, is_in_use); !checked) return tl::unexpected(checked.error());
  const auto blobs = for_each(database, "SELECT id, bytes FROM blob", check_blob);
  if (!blobs) return tl::unexpected(blobs.error());
  const auto jobs = for_each(database, "SELECT * FROM job", check_job);
  if (!jobs) return tl::unexpected(jobs.error());
  const auto tokens = sqlite::read_tokens(database);
  if (!tokens) return tl::unexpected(tokens.error());
  return Verified{.facts = walked->end.sequence,
                  .turns = walked->rows,
                  .digests = walked->digests,
                  .blobs = *blobs,
                  .ended_jobs = *jobs,
                  .snapshots = snapshot_count};
}

// The next rows that together fill an archive, of those before `limit`.
struct Batch {
  ArchiveWriter rows;
  std::uint64_t first = 0;
  Link end;
};
Result<Batch> next_batch(sqlite::Database& database, std::uint64_t limit) {
  Batch batch;
  auto query = database.prepare("SELECT first, count, chain, bytes FROM facts WHERE first < ?1 ORDER BY first");
  if (!query) return tl::unexpected(query.error());
  query->start(limit);
  while (batch.rows.size() < archive_bytes) {
    const auto row = query->next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    const FactRow facts{query->number(0), query->number(1), query->number(2), query->bytes(3)};
    if (batch.first == 0) batch.first = facts.first;
    batch.rows.add(facts);
    batch.end = {facts.last(), facts.chain};
  }
  return batch;
}

Result<void> move_batch(sqlite::Database& database, const Batch& batch) {
  const auto packed = batch.rows.pack();
  if (!packed) return tl::unexpected(packed.error());
  auto put = database.prepare("INSERT INTO archive(first, count, chain, bytes) VALUES(?1, ?2, ?3, ?4)");
  if (!put) return tl::unexpected(put.error());
  auto remove = database.prepare("DELETE FROM facts WHERE first <= ?1");
  if (!remove) return tl::unexpected(remove.error());
  const std::uint64_t count = batch.end.sequence - batch.first + 1;
  return database.run("BEGIN IMMEDIATE")
      .and_then([&] { return put->run(batch.first, count, batch.end.chain, std::span<const std::byte>(*packed)); })
      .and_then([&] { return remove->run(batch.end.sequence); })
      .and_then([&] { return database.run("COMMIT"); });
}

std::uint64_t file_bytes(const std::filesystem::path& folder) {
  std::error_code error;
  const auto size = std::filesystem::file_size(folder / "journal.db", error);
  return error ? 0 : size;
}

// That an end was accepted is not to be forgotten itself.
AuditEntry acceptance(Time now, const sqlite::Ends& ends, const std::optional<AuditRow>& last) {
  return {.at = now,
          .actor = "dure journal",
          .token = "",
          .action = "acceptEnd",
          .target = "",
          .outcome = fmt::format("the journal ends with fact {} and audit row {}; what came after is gone",
                                 ends.last.sequence, last ? last->number : 0)};
}

}  // namespace

Result<Verified> verify(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "journal.db")) {
    return fail(Code::not_found, fmt::format("there is no journal in {}; check the path", folder.string()));
  }
  const auto lock = lock_folder(folder);
  if (!lock && lock.error().code != Code::unavailable) return tl::unexpected(lock.error());
  const auto head = read_head(folder);
  if (!head) return tl::unexpected(head.error());
  auto snapshots = read_snapshots(folder);  // before the facts: what is made meanwhile is of no concern
  if (!snapshots) return tl::unexpected(snapshots.error());
  auto database = sqlite::open_file(folder, sqlite::Access::read);
  if (!database) return tl::unexpected(database.error());
  if (auto begun = database->run("BEGIN"); !begun) return tl::unexpected(begun.error());
  return verify_tables(*database, std::move(*snapshots), *head, !lock);
}

Result<void> dump(const std::filesystem::path& folder, const std::function<void(const std::string&)>& line) {
  auto database = sqlite::open_file(folder, sqlite::Access::read);
  if (!database) return tl::unexpected(database.error());
  Link link;
  std::vector<Fact> facts;
  return sqlite::for_each_row(*database, 0, [&](const FactRow& row) -> Result<void> {
    if (auto read = read_facts(row, link, facts); !read) return read;
    for (std::size_t i = 0; i < facts.size(); ++i) line(to_json(row.first + i, facts[i]));
    return {};
  });
}

Result<Compacted> compact(const std::filesystem::path& folder, std::uint64_t keep_turns) {
  const auto verified = verify(folder);  // what is damaged is not to be packed away
  if (!verified) return tl::unexpected(verified.error());
  const auto lock = lock_folder(folder);
  if (!lock) return tl::unexpected(lock.error());
  auto database = sqlite::open_file(folder, sqlite::Access::write);
  if (!database) return tl::unexpected(database.error());
  Compacted compacted{.bytes_before = file_bytes(folder)};
  const auto limit = database->number(fmt::format("SELECT first FROM facts ORDER BY first DESC LIMIT 1 OFFSET {}",
                                                  std::max<std::uint64_t>(keep_turns, 2) - 1));
  if (!limit) return tl::unexpected(limit.error());
  while (true) {
    const auto batch = next_batch(*database, static_cast<std::uint64_t>(*limit));
    if (!batch) return tl::unexpected(batch.error());
    if (batch->first == 0) break;
    if (auto moved = move_batch(*database, *batch); !moved) return tl::unexpected(moved.error());
    compacted.facts += batch->end.sequence - batch->first + 1;
  }
  if (auto done = database->run("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"); !done) {
    return tl::unexpected(done.error());
  }
  compacted.bytes_after = file_bytes(folder);
  return compacted;
}

Result<std::uint64_t> accept_end(const std::filesystem::path& folder, Time now) {
  const auto lock = lock_folder(folder);
  if (!lock) return tl::unexpected(lock.error());
  auto database = sqlite::open_file(folder, sqlite::Access::write);
  if (!database) return tl::unexpected(database.error());
  const auto ends = sqlite::read_ends(*database);
  if (!ends) return tl::unexpected(ends.error());
  auto end = sqlite::last_audit(*database);
  if (!end) return tl::unexpected(end.error());
  const AuditRow row = chained(*end ? (*end)->end() : AuditEnd{}, acceptance(now, *ends, *end));
  auto put = database->prepare(sqlite::put_audit_sql);
  if (!put) return tl::unexpected(put.error());
  if (auto done = sqlite::put_audit(*put, row); !done) return tl::unexpected(done.error());
  const auto head = HeadFile::create(folder / "head", {ends->last, row.end()});
  if (!head) return tl::unexpected(head.error());
  drop_snapshots_after(folder, ends->last.sequence);
  return ends->last.sequence;
}

}  // namespace dure::journal
