#include "dure/journal/sqlite/sqlite_journal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "dure/journal/file.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/journal/test_story.h"

namespace dure {
namespace {

std::unique_ptr<SqliteJournal> open(const TempFolder& folder, JournalOptions options = {}) {
  auto journal = SqliteJournal::open(folder.path() / "j", std::move(options));
  EXPECT_TRUE(journal) << journal.error().message;
  return journal ? std::move(*journal) : nullptr;
}

std::vector<std::byte> blob_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

EndedJob some_job(std::uint32_t id, std::string tenant, std::int64_t ended_s) {
  return {.id = JobId{id},
          .tenant = std::move(tenant),
          .user = "kim",
          .name = "train",
          .pool = "s/p",
          .outcome = Outcome::failed,
          .exit_code = -9,
          .submitted = Time{5},
          .started = Time{7},
          .ended = Time{} + seconds(ended_s),
          .tasks = 4,
          .amount_milli = 8000,
          .evictions = 2,
          .text = {1, 2},
          .where = "n1:0-7",
          .array = ArrayMember{JobId{5}, 9},
          .reason = "it was not to be"};
}

std::vector<std::uint32_t> ids(const Result<std::vector<EndedJob>>& jobs) {
  std::vector<std::uint32_t> ids;
  for (const EndedJob& job : *jobs) ids.push_back(job.id.value);
  return ids;
}

TEST(SqliteJournal, ReplaysToTheDigestItWasLeftAt) {
  TempFolder folder;
  Story story(1);
  for (int round = 0; round < 5; ++round) {
    auto journal = open(folder, {.digest_every = 100});
    State replayed;
    const auto done = journal->replay(replayed);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(replayed.digest(), story.state.digest());
    EXPECT_EQ(journal->committed(), (Link{story.state.fact_count(), story.state.chain()}));
    journal->follow(story.state);
    for (std::uint64_t turn = 1; turn <= 60; ++turn) {
      story.tell(*journal, turn % 9);
      journal->commit();
    }
  }
}

TEST(SqliteJournal, TellsOfEveryFactOnReplay) {
  TempFolder folder;
  Story story(2);
  auto journal = open(folder);
  story.tell(*journal, 40);
  journal->commit();
  journal = nullptr;
  State state;
  std::uint64_t heard = 0;
  ASSERT_TRUE(open(folder)->replay(state, [&](const Fact&) { EXPECT_EQ(state.fact_count(), ++heard); }));
  EXPECT_EQ(heard, 40u);
}

TEST(SqliteJournal, ForgetsWhatWasNotCommitted) {
  TempFolder folder;
  Story story(3);
  auto journal = open(folder);
  story.tell(*journal, 10);
  journal->commit();
  const std::uint64_t digest = story.state.digest();
  story.tell(*journal, 10);
  journal->put_blob({1, 1}, blob_of("x"));
  journal = nullptr;
  State state;
  ASSERT_TRUE(open(folder)->replay(state));
  EXPECT_EQ(state.digest(), digest);
  EXPECT_EQ(JournalReader::open(folder.path() / "j")->blob({1, 1}), std::nullopt);
}

TEST(SqliteJournal, WritesNothingWhenThereIsNothing) {
  TempFolder folder;
  auto journal = open(folder);
  const auto before = std::filesystem::last_write_time(folder.path() / "j" / "head");
  const auto log = std::filesystem::file_size(folder.path() / "j" / "journal.db-wal");
  journal->commit();
  EXPECT_EQ(std::filesystem::last_write_time(folder.path() / "j" / "head"), before);
  EXPECT_EQ(std::filesystem::file_size(folder.path() / "j" / "journal.db-wal"), log);
}

TEST(SqliteJournal, IsForItsOwnerAlone) {
  TempFolder folder;
  auto journal = open(folder);
  EXPECT_EQ(std::filesystem::status(folder.path() / "j").permissions(), std::filesystem::perms::owner_all);
}

TEST(SqliteJournal, RefusesASecondOpenerByName) {
  TempFolder folder;
  auto journal = open(folder);
  const auto second = SqliteJournal::open(folder.path() / "j");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "the journal in " + (folder.path() / "j").string() + " is in use by process " +
                                        std::to_string(::getpid()) + "; stop that one first, or name another folder");
  journal = nullptr;
  EXPECT_TRUE(SqliteJournal::open(folder.path() / "j"));
}

bool is_record_locked(const std::filesystem::path& path) {
  const auto file = File::open(path, O_RDWR);
  struct flock asked{.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
  return file && ::fcntl(file->descriptor(), F_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
}

// The child stands for a program that was being started when the server was killed, and has not closed its files yet.
TEST(SqliteJournal, WaitsForAProgramThatStillHoldsTheFilesOfAServerThatIsGone) {
  TempFolder folder;
  const pid_t server = ::fork();
  if (server == 0) {
    const auto journal = SqliteJournal::open(folder.path() / "j");
    if (::fork() == 0) {
      while (!is_record_locked(folder.path() / "j" / "lock")) ::sched_yield();
      ::_exit(0);
    }
    ::_exit(0);
  }
  ::waitpid(server, nullptr, 0);
  EXPECT_TRUE(SqliteJournal::open(folder.path() / "j"));
}

TEST(SqliteJournal, KeepsABlobOnce) {
  TempFolder folder;
  auto journal = open(folder);
  const auto text = blob_of("#!/bin/sh\necho hello\n");
  const BlobId id = blob_id(text);
  journal->put_blob(id, text);
  journal->put_blob(id, text);
  journal->commit();
  journal->put_blob(id, text);
  journal->commit();
  auto reader = JournalReader::open(folder.path() / "j");
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->blob(id), text);
  EXPECT_EQ(reader->blob({1, 2}), std::nullopt);
}

TEST(SqliteJournal, ABlobThatIsNotItsHashIsAnError) {
  TempFolder folder;
  auto journal = open(folder);
  journal->put_blob({1, 2}, blob_of("something else"));
  journal->commit();
  EXPECT_FALSE(JournalReader::open(folder.path() / "j")->blob({1, 2}));
}

TEST(JournalReader, FindsSubmissionsByTheirKey) {
  TempFolder folder;
  auto journal = open(folder);
  const KeptSubmission kept{.key = "k'1", .request = "asked", .jobs = {KeptJobs{JobId{3}, 10}, std::nullopt}};
  journal->put_submission({.key = kept.key, .request = "before", .jobs = {}});
  journal->put_submission(kept);
  journal->commit();
  auto reader = JournalReader::open(folder.path() / "j");
  EXPECT_EQ(reader->submission("k'1"), kept);
  EXPECT_EQ(reader->submission("k2"), std::nullopt);
}

TEST(JournalReader, FindsEndedJobs) {
  TempFolder folder;
  auto journal = open(folder);
  EndedJob never_started = some_job(8, "a", 2);
  never_started.started.reset();
  never_started.array.reset();
  never_started.reason.clear();
  never_started.name = std::string("quote ' nul \0 \xff", 14);
  journal->put_ended(some_job(7, "a/b", 3));
  journal->put_ended(never_started);
  auto reader = JournalReader::open(folder.path() / "j");
  EXPECT_EQ(reader->ended(JobId{7}), std::nullopt) << "not committed yet";
  journal->commit();
  EXPECT_EQ(reader->ended(JobId{7}), some_job(7, "a/b", 3));
  EXPECT_EQ(reader->ended(JobId{8}), never_started);
  EXPECT_EQ(reader->ended(JobId{9}), std::nullopt);
}

TEST(JournalReader, TellsWhetherAllOfAnArrayCompleted) {
  TempFolder folder;
  auto journal = open(folder);
  for (std::uint32_t id = 1; id <= 6; ++id) {
    EndedJob job = some_job(id, "a", 1);
    job.outcome = id == 5 ? Outcome::timed_out : Outcome::completed;
    job.array = ArrayMember{JobId{id < 4 ? 1U : 4U}, id};
    journal->put_ended(job);
  }
  journal->commit();
  auto reader = JournalReader::open(folder.path() / "j");
  EXPECT_EQ(reader->all_completed(JobId{1}), true);
  EXPECT_EQ(reader->all_completed(JobId{4}), false);
}

TEST(JournalReader, ListsTheLatestFirstPageByPage) {
  TempFolder folder;
  auto journal = open(folder);
  const char* tenants[] = {"a", "a/b", "ab", "a/c/d"};
  for (std::uint32_t id = 1; id <= 12; ++id) journal->put_ended(some_job(id, tenants[id % 4], id / 2));
  journal->commit();
  auto reader = JournalReader::open(folder.path() / "j");
  const auto first = reader->latest_ended("", std::nullopt, 5);
  EXPECT_EQ(ids(first), (std::vector<std::uint32_t>{12, 11, 10, 9, 8}));
  EXPECT_EQ(ids(reader->latest_ended("", EndedCursor{first->back().ended, first->back().id}, 3)),
            (std::vector<std::uint32_t>{7, 6, 5}));
  EXPECT_EQ(ids(reader->latest_ended("a", std::nullopt, 100)),
            (std::vector<std::uint32_t>{12, 11, 9, 8, 7, 5, 4, 3, 1}));
  EXPECT_EQ(ids(reader->latest_ended("a/c", std::nullopt, 100)), (std::vector<std::uint32_t>{11, 7, 3}));
  EXPECT_EQ(reader->ended_count(""), 12u);
  EXPECT_EQ(reader->ended_count("a"), 9u);
  EXPECT_EQ(reader->ended_count("x"), 0u);
}

}  // namespace
}  // namespace dure
