#include "dure/journal/sqlite/journal_reader.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "dure/base/bytes.h"
#include "dure/journal/sqlite/audit_rows.h"
#include "dure/journal/sqlite/fact_rows.h"
#include "dure/journal/sqlite/job_rows.h"
#include "dure/journal/sqlite/schema.h"
#include "dure/journal/sqlite/token_rows.h"

namespace dure {
namespace {

// A tenant's path, and the paths below it: `a/` <= path < `a0`, as `0` follows `/`.
constexpr std::string_view latest_sql =
    "SELECT * FROM job WHERE (ended, id) < (?1, ?2) AND (?3 = '' OR tenant = ?3 OR (tenant >= ?4 AND tenant < ?5)) "
    "ORDER BY ended DESC, id DESC LIMIT ?6";
constexpr std::string_view count_sql =
    "SELECT count(*) FROM job WHERE ?1 = '' OR tenant = ?1 OR (tenant >= ?2 AND tenant < ?3)";

}  // namespace

Result<JournalReader> JournalReader::open(const std::filesystem::path& folder) {
  auto database = sqlite::Database::open(folder / "journal.db", sqlite::Access::read);
  if (!database) return tl::unexpected(database.error());
  JournalReader reader;
  reader.database_ = *std::move(database);
  if (auto checked = sqlite::check_version(reader.database_); !checked) return tl::unexpected(checked.error());
  const std::array<std::pair<sqlite::Statement*, std::string_view>, 6> wanted{{
      {&reader.blob_, "SELECT bytes FROM blob WHERE id = ?1"},
      {&reader.job_, "SELECT * FROM job WHERE id = ?1"},
      {&reader.latest_, latest_sql},
      {&reader.count_, count_sql},
      {&reader.submission_, "SELECT request, jobs FROM submission WHERE key = ?1"},
      {&reader.array_, "SELECT count(*) FROM job WHERE array_job = ?1 AND outcome <> ?2"},
  }};
  for (const auto& [statement, sql] : wanted) {
    auto prepared = reader.database_.prepare(sql);
    if (!prepared) return tl::unexpected(prepared.error());
    *statement = *std::move(prepared);
  }
  return reader;
}

Result<std::optional<std::vector<std::byte>>> JournalReader::blob(BlobId id) {
  const sqlite::BlobKey key(id);
  blob_.start(key.bytes());
  const auto row = blob_.next();
  std::vector<std::byte> bytes;
  if (row && *row) bytes.assign(blob_.bytes(0).begin(), blob_.bytes(0).end());
  blob_.reset();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return std::nullopt;
  if (blob_id(bytes) != id) {
    return fail(Code::failed, "the text of a job is damaged in the journal; restore it from a backup");
  }
  return bytes;
}

Result<std::optional<JobText>> JournalReader::text(BlobId id) {
  const auto bytes = blob(id);
  if (!bytes) return tl::unexpected(bytes.error());
  return *bytes ? from_bytes<JobText>(**bytes) : std::nullopt;
}

Result<std::optional<KeptSubmission>> JournalReader::submission(const std::string& key) {
  submission_.start(key);
  const auto row = submission_.next();
  const bool is_there = row && *row;
  KeptSubmission kept{.key = key, .request = is_there ? submission_.text(0) : ""};
  auto jobs = parse_kept_jobs(is_there ? submission_.text(1) : "");
  submission_.reset();
  if (!row) return tl::unexpected(row.error());
  if (!is_there) return std::nullopt;
  if (!jobs) {
    return fail(Code::failed,
                fmt::format("the submission with the key {} is damaged; restore the journal from a backup", key));
  }
  kept.jobs = *std::move(jobs);
  return kept;
}

Result<std::optional<EndedJob>> JournalReader::ended(JobId id) {
  job_.start(id.value);
  const auto row = job_.next();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return std::nullopt;
  auto job = sqlite::read_job(job_);
  job_.reset();
  if (!job) return tl::unexpected(job.error());
  return *std::move(job);
}

Result<bool> JournalReader::all_completed(JobId array) {
  array_.start(array.value, static_cast<std::int64_t>(Outcome::completed));
  const auto row = array_.next();
  const bool is_so = row && *row && array_.integer(0) == 0;
  array_.reset();
  if (!row) return tl::unexpected(row.error());
  return is_so;
}

Result<std::vector<StoredToken>> JournalReader::tokens() { return sqlite::read_tokens(database_); }

Result<std::vector<AuditRow>> JournalReader::audit(std::uint64_t after, std::size_t limit) {
  std::vector<AuditRow> rows;
  const auto keep = [&](const AuditRow& row) -> Result<void> {
    rows.push_back(row);
    return {};
  };
  const auto read = sqlite::for_each_audit(database_, after, limit, keep);
  if (!read) return tl::unexpected(read.error());
  return rows;
}

Result<std::vector<EndedJob>> JournalReader::latest_ended(const std::string& tenant, std::optional<EndedCursor> after,
                                                          std::size_t limit) {
  constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();
  const std::string below = tenant + "/";
  const std::string beyond = tenant + "0";
  std::vector<EndedJob> jobs;
  latest_.start(after ? after->ended.ns : latest, after ? std::int64_t{after->id.value} : latest, tenant, below, beyond,
                static_cast<std::uint64_t>(limit));
  while (true) {
    const auto row = latest_.next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    auto job = sqlite::read_job(latest_);
    if (!job) {
      latest_.reset();
      return tl::unexpected(job.error());
    }
    jobs.push_back(*std::move(job));
  }
  latest_.reset();
  return jobs;
}

Result<std::uint64_t> JournalReader::ended_count(const std::string& tenant) {
  const std::string below = tenant + "/";
  const std::string beyond = tenant + "0";
  count_.start(tenant, below, beyond);
  const auto row = count_.next();
  const std::uint64_t count = row && *row ? count_.number(0) : 0;
  count_.reset();
  if (!row) return tl::unexpected(row.error());
  return count;
}

Result<void> JournalReader::replay(State& state, const std::function<Result<void>(const Fact&)>& on_fact) {
  if (auto begun = database_.run("BEGIN"); !begun) return begun;  // one and the same end for all that is read
  const auto apply = [&](const std::vector<Fact>& facts) -> Result<void> {
    for (const Fact& fact : facts) {
      state.apply(fact);
      if (auto heard = on_fact(fact); !heard) return heard;
    }
    return {};
  };
  const auto walked = sqlite::walk(
      database_,
      {.from = {state.fact_count(), state.chain()}, .visit = apply, .digest = [&] { return state.digest(); }});
  const auto ended = database_.run("COMMIT");
  if (!walked) return tl::unexpected(walked.error());
  return ended;
}

}  // namespace dure
