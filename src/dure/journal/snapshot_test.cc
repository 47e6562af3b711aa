#include "dure/journal/snapshot.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <span>
#include <utility>

#include "dure/base/hash.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/journal/test_story.h"
#include "dure/journal/tools.h"

namespace dure {
namespace {

using journal::accept_end;
using journal::compact;
using journal::verify;

// A journal with a snapshot in the middle of it.
class Snapshots : public testing::Test {
 protected:
  Snapshots() {
    auto journal = SqliteJournal::open(path, {.digest_every = 100}).value();
    journal->follow(story.state);
    tell(*journal, 200);
    save();
    tell(*journal, 100);
  }
  void tell(SqliteJournal& journal, int turns) {
    for (int turn = 0; turn < turns; ++turn) {
      story.tell(journal, 3);
      journal.commit();
    }
  }
  void save() {
    const auto saved = save_snapshot(path, story.state, aside);
    ASSERT_TRUE(saved) << saved.error().message;
  }
  // As a start does.
  std::optional<Snapshot> newest() {
    auto journal = SqliteJournal::open(path).value();
    return newest_snapshot(path, [&](Link link) { return journal->has(link); });
  }
  // What a start makes of the snapshot and the facts after it.
  void expect_restart(std::uint64_t facts_after) {
    auto snapshot = newest();
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->aside, aside);
    std::uint64_t heard = 0;
    const auto replayed = SqliteJournal::open(path).value()->replay(snapshot->state, [&](const Fact&) { ++heard; });
    ASSERT_TRUE(replayed) << replayed.error().message;
    EXPECT_EQ(heard, facts_after);
    EXPECT_EQ(snapshot->state.digest(), story.state.digest());
  }
  std::string problem() {
    const auto verified = verify(path);
    return verified ? "" : verified.error().message;
  }

  TempFolder folder;
  std::filesystem::path path = folder.path() / "j";
  std::vector<std::byte> aside{std::byte{1}, std::byte{2}};
  Story story{7};
};

TEST_F(Snapshots, AReplayBeginsAfterOne) {
  expect_restart(300);
  const auto verified = verify(path);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->snapshots, 1u);
}

TEST_F(Snapshots, AReplayBeginsInsideAnArchive) {
  ASSERT_EQ(compact(path, 2).value().facts, 894u);
  expect_restart(300);
}

TEST_F(Snapshots, OneAtTheEndNeedsNoFacts) {
  save();
  expect_restart(0);
}

TEST_F(Snapshots, AReaderMakesTheNextFromTheLast) {
  Snapshot snapshot = newest().value();
  std::uint64_t heard = 0;
  const auto replayed = JournalReader::open(path).value().replay(snapshot.state, [&](const Fact&) -> Result<void> {
    ++heard;
    return {};
  });
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(heard, 300u);
  EXPECT_EQ(snapshot.state.digest(), story.state.digest());
}

TEST_F(Snapshots, AReaderStopsWhenItIsTold) {
  State state;
  const auto stop = [](const Fact&) -> Result<void> { return fail(Code::unavailable, "enough"); };
  EXPECT_EQ(JournalReader::open(path).value().replay(state, stop).error().message, "enough");
  EXPECT_EQ(state.fact_count(), 1u);
}

TEST_F(Snapshots, TheTwoNewestAreKept) {
  auto journal = SqliteJournal::open(path).value();
  for (int i = 0; i < 3; ++i) {
    tell(*journal, 1);
    save();
  }
  const auto files = snapshot_files(path);
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(read_snapshot(files[0]).value().state.fact_count(), story.state.fact_count());
  EXPECT_EQ(read_snapshot(files[1]).value().state.fact_count(), story.state.fact_count() - 3);
}

TEST_F(Snapshots, ADamagedOneIsNamedAndPassedOver) {
  save();
  const std::filesystem::path newest = snapshot_files(path).front();
  const auto size = std::filesystem::file_size(newest);
  for (const std::uintmax_t at : {std::uintmax_t{0}, std::uintmax_t{9}, std::uintmax_t{15}, size / 2, size - 1}) {
    std::fstream file(newest, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 4);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
    file.close();
    EXPECT_NE(problem().find("is no whole snapshot"), std::string::npos) << at << problem();
    expect_restart(300);  // from the one before
    file.open(newest, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(byte ^ 4));
  }
  EXPECT_EQ(problem(), "");
  std::filesystem::resize_file(newest, 20);
  EXPECT_NE(problem().find("it is cut off"), std::string::npos) << problem();
}

TEST_F(Snapshots, OneOfAnotherVersionIsPassedOver) {
  save();
  std::fstream file(snapshot_files(path).front(), std::ios::in | std::ios::out | std::ios::binary);
  std::array<char, 44> hashed{};
  file.read(hashed.data(), hashed.size());
  ++hashed[8];
  const std::uint64_t hash = chain_hash(0, std::as_bytes(std::span(hashed)));
  file.seekp(0);
  file.write(hashed.data(), hashed.size()).write(reinterpret_cast<const char*>(&hash), sizeof hash);
  file.close();
  EXPECT_EQ(problem(), "");
  EXPECT_EQ(verify(path).value().snapshots, 1u);
  expect_restart(300);
}

TEST_F(Snapshots, OneOfOtherFactsIsFoundAndPassedOver) {
  Story other(8);
  const TempFolder elsewhere;
  auto journal = SqliteJournal::open(elsewhere.path()).value();
  for (int turn = 0; turn < 250; ++turn) {
    other.tell(*journal, 3);
    journal->commit();
  }
  ASSERT_TRUE(save_snapshot(path, other.state, {}));
  EXPECT_NE(problem().find("the snapshot after fact 750 is not what the facts lead to"), std::string::npos)
      << problem();
  Snapshot foreign = read_snapshot(snapshot_files(path).front()).value();
  EXPECT_FALSE(SqliteJournal::open(path).value()->replay(foreign.state));
  expect_restart(300);
}

TEST_F(Snapshots, OneBeyondTheEndIsNotUsed) {
  const std::uint64_t before = story.state.fact_count();
  auto journal = SqliteJournal::open(path).value();
  tell(*journal, 1);
  save();
  journal.reset();
  auto database = sqlite::Database::open(path / "journal.db", sqlite::Access::write);
  ASSERT_TRUE(database->run("DELETE FROM facts WHERE first > 900; DELETE FROM digest WHERE sequence > 900"));
  database = fail(Code::unavailable, "closed");
  ASSERT_EQ(accept_end(path, Time{1}).value(), before);
  EXPECT_EQ(newest()->state.fact_count(), 600u);
  EXPECT_EQ(snapshot_files(path).size(), 1u);
  EXPECT_EQ(problem(), "");
}

}  // namespace
}  // namespace dure
