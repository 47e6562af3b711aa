#include "dure/journal/sqlite/upgrade.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "dure/core/fact.h"
#include "dure/journal/fact_row.h"
#include "dure/journal/sqlite/fact_rows.h"
#include "dure/journal/sqlite/job_rows.h"
#include "dure/journal/sqlite/schema.h"

namespace dure::sqlite {
namespace {

// Format 1 did not keep of an ended job which array it was of, nor why it ended.
constexpr const char* columns_since_1 = R"(
ALTER TABLE job ADD COLUMN array_job INTEGER;
ALTER TABLE job ADD COLUMN array_index INTEGER;
ALTER TABLE job ADD COLUMN reason TEXT NOT NULL DEFAULT '';
CREATE INDEX job_by_array ON job(array_job, outcome) WHERE array_job IS NOT NULL;
)";

// What the facts know of ended jobs and format 1 did not keep. The last end of a job counts.
struct Told {
  std::map<JobId, ArrayMember> arrays;
  std::map<JobId, std::string> reasons;

  void hear(const Fact& fact) {
    if (const auto* submitted = std::get_if<JobSubmitted>(&fact.change); submitted && submitted->spec.array) {
      arrays[submitted->job] = *submitted->spec.array;
    }
    if (const auto* ended = std::get_if<Ended>(&fact.change)) reasons[ended->job] = ended->reason;
    if (const auto* cancelled = std::get_if<JobCancelled>(&fact.change)) reasons.erase(cancelled->job);
  }
};

Result<Told> listen(Database& database) {
  Told told;
  Link link;
  std::vector<Fact> facts;
  const auto heard = for_each_row(database, 0, [&](const FactRow& row) -> Result<void> {
    if (auto read = read_facts(row, link, facts); !read) return read;
    for (const Fact& fact : facts) told.hear(fact);
    return {};
  });
  if (!heard) return tl::unexpected(heard.error());
  return told;
}

Result<void> complete_rows_of_1(Database& database) {
  const auto told = listen(database);
  if (!told) return tl::unexpected(told.error());
  auto query = database.prepare("SELECT * FROM job WHERE id > ?1 ORDER BY id LIMIT 1");
  if (!query) return tl::unexpected(query.error());
  auto put = database.prepare(put_job_sql);
  if (!put) return tl::unexpected(put.error());
  ByteWriter scratch;
  for (std::int64_t last = -1;;) {
    query->start(last);
    const auto row = query->next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    auto job = read_job_of_1(*query);
    if (!job) return tl::unexpected(job.error());
    query->reset();
    if (const auto array = told->arrays.find(job->id); array != told->arrays.end()) job->array = array->second;
    if (const auto reason = told->reasons.find(job->id); reason != told->reasons.end()) job->reason = reason->second;
    if (auto done = put_job(*put, *job, scratch); !done) return done;
    last = job->id.value;
  }
}

Result<void> to_2(Database& database) {
  return database.run(columns_since_1).and_then([&] { return complete_rows_of_1(database); });
}

// Keys of submissions were not those of a user: there was one user, whose they were.
constexpr const char* keys_of_users =
    "UPDATE submission SET key = (SELECT user FROM job ORDER BY id DESC LIMIT 1) || '/' || key "
    "WHERE EXISTS (SELECT 1 FROM job)";

Result<void> to_3(Database& database) {
  return add_tables_since_2(database).and_then([&] { return database.run(keys_of_users); });
}

}  // namespace

Result<void> upgrade(Database& database) {
  const auto version = database.number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version == format_version) return {};
  return database.run("BEGIN IMMEDIATE")
      .and_then([&] { return *version < 2 ? to_2(database) : Result<void>{}; })
      .and_then([&] { return to_3(database); })
      .and_then([&] { return database.run(fmt::format("PRAGMA user_version = {}; COMMIT", format_version).c_str()); });
}

}  // namespace dure::sqlite
