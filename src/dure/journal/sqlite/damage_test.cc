// What becomes of a journal whose files were cut, changed or mixed up while it was closed: whatever opens must be all
// that was acknowledged, whatever is not must be refused, and nothing in between.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "dure/journal/sqlite/journal_reader.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/journal/test_story.h"

namespace dure {
namespace {

using Files = std::map<std::string, std::string>;  // contents by name

Files read_files(const std::filesystem::path& folder) {
  Files files;
  for (const char* name : {"journal.db", "journal.db-wal", "head"}) {
    std::ifstream file(folder / name, std::ios::binary);
    if (file) files[name] = std::string(std::istreambuf_iterator<char>(file), {});
  }
  return files;
}

void write_files(const std::filesystem::path& folder, const Files& files) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const auto& [name, content] : files) std::ofstream(folder / name, std::ios::binary) << content;
}

// A journal as it was after some turn, copied while it was open: what a power cut would leave.
struct Moment {
  Files files;
  std::uint64_t facts = 0;
  std::uint64_t digest = 0;
};

// Moments of one journal: `turns` turns of up to five facts, the files after each.
std::vector<Moment> record(std::uint64_t seed, int turns, std::int64_t checkpoint_pages) {
  TempFolder folder;
  Story story(seed);
  auto journal =
      SqliteJournal::open(folder.path() / "j", {.digest_every = 50, .checkpoint_pages = checkpoint_pages}).value();
  journal->follow(story.state);
  std::vector<Moment> moments;
  for (int turn = 0; turn < turns; ++turn) {
    story.tell(*journal, static_cast<std::uint64_t>(1 + turn % 5));
    journal->commit();
    moments.push_back({read_files(folder.path() / "j"), story.state.fact_count(), story.state.digest()});
  }
  return moments;
}

struct Opened {
  std::string error;  // empty: it was opened and replayed
  std::uint64_t facts = 0;
  std::uint64_t digest = 0;
};

Opened open(const Files& files) {
  static const TempFolder folder;
  write_files(folder.path(), files);
  auto journal = SqliteJournal::open(folder.path());
  if (!journal) return {.error = journal.error().message};
  State state;
  if (auto replayed = (*journal)->replay(state); !replayed) return {.error = replayed.error().message};
  return {.facts = state.fact_count(), .digest = state.digest()};
}

// The journal of `damaged` either opens as `truth` or is refused.
void expect_all_or_nothing(const Files& damaged, const Moment& truth, const std::string& what) {
  const Opened opened = open(damaged);
  if (!opened.error.empty()) return;
  EXPECT_EQ(opened.facts, truth.facts) << what;
  EXPECT_EQ(opened.digest, truth.digest) << what;
}

TEST(Damage, ACopyOfAnyMomentIsWhole) {
  for (const Moment& moment : record(1, 60, 20)) {
    const Opened opened = open(moment.files);
    EXPECT_EQ(opened.error, "");
    EXPECT_EQ(opened.digest, moment.digest);
  }
}

TEST(Damage, ATornTailIsRefusedUnlessNobodyWasToldOfIt) {
  const auto moments = record(2, 12, 1000);
  const Moment& last = moments.back();
  const std::string log = last.files.at("journal.db-wal");
  const std::size_t acknowledged = moments[10].files.at("journal.db-wal").size();
  for (std::size_t size = 0; size < log.size(); size += 512) {
    Files torn = last.files;
    torn["journal.db-wal"] = log.substr(0, size);
    EXPECT_NE(open(torn).error, "") << size;
    // The same cut before the head was written: only the last turn may be gone.
    torn["head"] = moments[10].files.at("head");
    const Opened opened = open(torn);
    EXPECT_EQ(opened.error.empty(), size >= acknowledged) << size << " " << opened.error;
    EXPECT_EQ(opened.digest, opened.error.empty() ? moments[10].digest : 0) << size;
  }
}

TEST(Damage, AMissingLogIsRefusedWithBothEnds) {
  Files files = record(3, 10, 1000).back().files;
  files.erase("journal.db-wal");
  EXPECT_NE(open(files).error.find("was acknowledged and journal.db holds nothing"), std::string::npos)
      << open(files).error;
  // A moment just after the log was merged into the file misses nothing.
  const auto moments = record(3, 30, 10);
  std::size_t refusals = 0;
  for (const Moment& moment : moments) {
    files = moment.files;
    files.erase("journal.db-wal");
    const std::string error = open(files).error;
    if (error.find("the end is missing") == std::string::npos) continue;
    ++refusals;
    EXPECT_NE(error.find("fact " + std::to_string(moment.facts) + " "), std::string::npos) << error;
  }
  EXPECT_GT(refusals, moments.size() / 2);
}

TEST(Damage, AMissingFileIsRefused) {
  const Moment moment = record(4, 10, 1000).back();
  for (const char* name : {"journal.db", "head"}) {
    Files files = moment.files;
    files.erase(name);
    EXPECT_NE(open(files).error, "") << name;
  }
}

TEST(Damage, WhatIsRefusedStaysAsItWas) {
  TempFolder folder;
  Files files = record(5, 30, 1000).back().files;
  files["journal.db-wal"].resize(files["journal.db-wal"].size() / 2);
  write_files(folder.path() / "j", files);
  ASSERT_FALSE(SqliteJournal::open(folder.path() / "j"));
  EXPECT_EQ(read_files(folder.path() / "j"), files);
}

// Killed between the transaction and the head.
TEST(Damage, AHeadOneTurnBehindIsMovedOn) {
  const auto moments = record(6, 20, 1000);
  Files files = moments[19].files;
  files["head"] = moments[18].files.at("head");
  TempFolder folder;
  write_files(folder.path() / "j", files);
  for (int round = 0; round < 2; ++round) {
    auto journal = SqliteJournal::open(folder.path() / "j");
    ASSERT_TRUE(journal);
    EXPECT_EQ((*journal)->committed().sequence, moments[19].facts);
  }
  EXPECT_EQ(HeadFile::open(folder.path() / "j" / "head")->newest()->link.sequence, moments[19].facts);
}

TEST(Damage, AFirstTurnWithoutHeadIsWhole) {
  const auto moments = record(6, 2, 1000);
  Files files = moments[0].files;
  std::string& head = files["head"];
  head.replace(HeadFile::slot_distance, HeadFile::slot_bytes, HeadFile::slot_bytes, '\0');  // as it was made
  EXPECT_EQ(open(files).digest, moments[0].digest);
}

TEST(Damage, AHeadOfAnotherTimeIsRefused) {
  const auto moments = record(7, 20, 1000);
  Files files = moments[10].files;
  files["head"] = moments[8].files.at("head");
  EXPECT_NE(open(files).error.find("do not belong together"), std::string::npos) << open(files).error;
  files["head"] = moments[11].files.at("head");
  EXPECT_NE(open(files).error.find("the end is missing"), std::string::npos) << open(files).error;
  files["head"] = record(8, 11, 1000).back().files.at("head");  // as many facts, but others
  EXPECT_NE(open(files).error.find("do not belong together"), std::string::npos) << open(files).error;
}

TEST(Damage, AHeadLosesAtMostTheSlotThatWasWritten) {
  const auto moments = record(9, 20, 1000);
  for (std::size_t slot : {0u, 1u}) {
    Files files = moments[10].files;
    files["head"].replace(slot * HeadFile::slot_distance + 8, 50, 50, 'x');
    EXPECT_EQ(open(files).digest, moments[10].digest) << slot;
  }
}

TEST(Damage, AChangedBitIsNoticedOrHarmless) {
  Random random(10);
  // In the log for the most part, then in the file for the most part.
  for (const Moment& moment : {record(10, 40, 100'000).back(), record(11, 120, 8).back()}) {
    for (const auto& [name, content] : moment.files) {
      for (int round = 0; round < 400; ++round) {
        const std::size_t at = random.below(content.size());
        Files files = moment.files;
        files[name][at] = static_cast<char>(files[name][at] ^ (1 << random.below(8)));
        expect_all_or_nothing(files, moment, name + " at " + std::to_string(at));
      }
    }
  }
}

TEST(Damage, ARowThatIsGoneIsNoticed) {
  TempFolder folder;
  write_files(folder.path(), record(12, 40, 8).back().files);
  {
    auto database = sqlite::Database::open(folder.path() / "journal.db", sqlite::Access::write);
    ASSERT_TRUE(database->run("DELETE FROM facts WHERE first = (SELECT first FROM facts LIMIT 1 OFFSET 7)"));
  }
  auto journal = SqliteJournal::open(folder.path());
  ASSERT_TRUE(journal);
  State state;
  const auto replayed = (*journal)->replay(state);
  ASSERT_FALSE(replayed);
  EXPECT_NE(replayed.error().message.find("is missing; the next there is is"), std::string::npos);
}

TEST(Damage, AWrongDigestIsNoticed) {
  TempFolder folder;
  write_files(folder.path(), record(12, 60, 8).back().files);
  {
    auto database = sqlite::Database::open(folder.path() / "journal.db", sqlite::Access::write);
    ASSERT_TRUE(database->run("UPDATE digest SET digest = digest + 1"));
  }
  State state;
  const auto replayed = SqliteJournal::open(folder.path()).value()->replay(state);
  ASSERT_FALSE(replayed);
  EXPECT_NE(replayed.error().message.find("the digest is"), std::string::npos);
}

TEST(Damage, AnotherFormatIsRefusedByItsNumber) {
  TempFolder folder;
  write_files(folder.path(), record(13, 4, 8).back().files);
  {
    auto database = sqlite::Database::open(folder.path() / "journal.db", sqlite::Access::write);
    ASSERT_TRUE(database->run("PRAGMA user_version = 7"));
  }
  const auto journal = SqliteJournal::open(folder.path());
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().message.find("has format 7"), std::string::npos);
  EXPECT_FALSE(JournalReader::open(folder.path()));
}

TEST(Damage, AFileOfAnotherProgramIsRefused) {
  TempFolder folder;
  write_files(folder.path(), {{"journal.db", std::string(8192, 'x')}});
  EXPECT_FALSE(SqliteJournal::open(folder.path()));
}

}  // namespace
}  // namespace dure
