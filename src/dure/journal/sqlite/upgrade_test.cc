#include "dure/journal/sqlite/upgrade.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "dure/base/hash.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/journal/test_story.h"
#include "dure/journal/tools.h"

namespace dure {
namespace {

EndedJob ended(std::uint32_t id, Outcome outcome) {
  return {.id = JobId{id}, .tenant = "a", .user = "kim", .name = "sweep", .outcome = outcome, .ended = Time{9}};
}

// What format 1 hashed of a row.
std::int64_t checksum_of_1(const EndedJob& job) {
  ByteWriter writer;
  writer(job.id), writer(job.tenant), writer(job.user), writer(job.name), writer(job.pool), writer(job.outcome);
  writer(job.exit_code), writer(job.submitted), writer(job.started), writer(job.ended), writer(job.tasks);
  writer(job.amount_milli), writer(job.evictions), writer(job.text), writer(job.where);
  return static_cast<std::int64_t>(chain_hash(0, writer.bytes()));
}

// Makes the journal what a program of format 1 would have left.
void make_format_1(const std::filesystem::path& folder, const std::vector<EndedJob>& jobs) {
  auto database = sqlite::Database::open(folder / "journal.db", sqlite::Access::write).value();
  std::string sql =
      "DROP INDEX job_by_array; ALTER TABLE job DROP COLUMN array_job; ALTER TABLE job DROP COLUMN array_index; "
      "ALTER TABLE job DROP COLUMN reason; DROP TABLE token; DROP TABLE audit; PRAGMA user_version = 1;";
  for (const EndedJob& job : jobs)
    sql += fmt::format("UPDATE job SET checksum = {} WHERE id = {};", checksum_of_1(job), job.id.value);
  ASSERT_TRUE(database.run(sql.c_str()));
}

// Two jobs of an array, of which the second was evicted and then failed, and one that was cancelled after an eviction.
class Format1 : public testing::Test {
 protected:
  Format1() {
    auto journal = SqliteJournal::open(folder_.path()).value();
    const auto tell = [&](Change change) { journal->append({Time{1}, std::move(change)}); };
    for (std::uint32_t i = 0; i < 2; ++i) tell(JobSubmitted{JobId{7 + i}, {.array = ArrayMember{JobId{7}, 3 + i}}});
    tell(JobSubmitted{JobId{9}, {}});
    for (const std::uint32_t id : {8U, 9U}) tell(Ended{JobId{id}, Outcome::evicted, 0, "made room"});
    tell(Ended{JobId{7}, Outcome::completed, 0, ""});
    tell(Ended{JobId{8}, Outcome::failed, 1, "out of memory"});
    tell(JobCancelled{JobId{9}});
    for (const EndedJob& job : jobs_) journal->put_ended(job);
    journal->commit();
    journal = nullptr;
    make_format_1(folder_.path(), jobs_);
  }

  TempFolder folder_;
  std::vector<EndedJob> jobs_{ended(7, Outcome::completed), ended(8, Outcome::failed), ended(9, Outcome::cancelled)};
};

TEST_F(Format1, IsCompletedFromTheFactsWhenItIsOpened) {
  jobs_[0].array = ArrayMember{JobId{7}, 3};
  jobs_[1].array = ArrayMember{JobId{7}, 4};
  jobs_[1].reason = "out of memory";
  for (int opening = 0; opening < 2; ++opening) {
    const auto journal = SqliteJournal::open(folder_.path());
    ASSERT_TRUE(journal) << journal.error().message;
    auto reader = JournalReader::open(folder_.path());
    ASSERT_TRUE(reader) << reader.error().message;
    for (const EndedJob& job : jobs_) EXPECT_EQ(reader->ended(job.id), job);
    EXPECT_EQ(reader->all_completed(JobId{7}), false);
  }
}

TEST_F(Format1, IsRefusedByWhoOnlyReadsItWithTheWayOut) {
  const auto reader = JournalReader::open(folder_.path());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().message,
            "journal.db has format 1 and this program reads format 3; start a server on it once, which brings it to "
            "that");
}

TEST_F(Format1, StaysAsItIsWhereARowIsDamaged) {
  {
    auto database = sqlite::Database::open(folder_.path() / "journal.db", sqlite::Access::write).value();
    ASSERT_TRUE(database.run("UPDATE job SET exit_code = 5 WHERE id = 8"));
  }
  const auto journal = SqliteJournal::open(folder_.path());
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().message.find("the ended job 8 is damaged"), std::string::npos) << journal.error().message;
  auto database = sqlite::Database::open(folder_.path() / "journal.db", sqlite::Access::read).value();
  EXPECT_EQ(database.number("PRAGMA user_version"), 1);
  EXPECT_EQ(database.number("SELECT count(*) FROM pragma_table_info('job')"), 16);
}

// Its one user gets the keys of its submissions.
TEST(Format2, KnowsNoTokensAndNoUsersOfKeys) {
  TempFolder folder;
  {
    auto journal = SqliteJournal::open(folder.path()).value();
    journal->put_ended(ended(7, Outcome::completed));
    journal->put_submission({.key = "once", .request = "r", .jobs = {}});
    journal->commit();
    auto database = sqlite::Database::open(folder.path() / "journal.db", sqlite::Access::write).value();
    ASSERT_TRUE(database.run("DROP TABLE token; DROP TABLE audit; PRAGMA user_version = 2"));
  }
  ASSERT_TRUE(SqliteJournal::open(folder.path()));
  auto reader = JournalReader::open(folder.path()).value();
  EXPECT_EQ(reader.submission("once").value(), std::nullopt);
  EXPECT_TRUE(reader.submission("kim/once").value());
  EXPECT_TRUE(reader.tokens()->empty());
  EXPECT_TRUE(reader.audit(0, 1)->empty());
}

}  // namespace
}  // namespace dure
