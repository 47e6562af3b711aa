#include "dure/journal/sqlite/turn_reader.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/journal/test_story.h"
#include "dure/journal/tools.h"

namespace dure {
namespace {

// A journal of turns of five facts, and where they ended.
class Turns : public testing::Test {
 protected:
  void SetUp() override {
    journal_ = SqliteJournal::open(path_).value();
    journal_->follow(story_.state);
    write(400);
  }
  void write(int turns) {
    for (int turn = 0; turn < turns; ++turn) {
      story_.tell(*journal_, 5);
      journal_->commit();
      ends_.push_back({story_.state.fact_count(), story_.state.chain()});
    }
  }
  // The ends of what is read, each turn's facts folded in as they come.
  std::vector<Link> read(TurnReader& reader, Link from, State& state) {
    std::vector<Link> ends;
    const auto done = reader.read(from, [&](const WrittenTurn& turn) -> Result<void> {
      for (const Fact& fact : turn.facts) state.apply(fact);
      EXPECT_EQ(state.chain(), turn.end.chain);
      ends.push_back(turn.end);
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    return ends;
  }

  TempFolder folder_;
  std::filesystem::path path_ = folder_.path() / "j";
  Story story_{3};
  std::unique_ptr<SqliteJournal> journal_;
  std::vector<Link> ends_;
};

TEST_F(Turns, EndWhereTheJournalEndedThoughItGoesOn) {
  TurnReader reader = TurnReader::open(path_).value();
  const std::uint64_t digest = story_.state.digest();
  const std::vector<Link> known = ends_;
  const Time last = story_.state.now();
  write(10);
  for (int pass = 0; pass < 2; ++pass) {
    State state;
    EXPECT_EQ(read(reader, {}, state), known);
    EXPECT_EQ(state.digest(), digest);
  }
  EXPECT_EQ(reader.end(), known.back());
  EXPECT_EQ(reader.end_time().value(), last);
}

TEST_F(Turns, AreTheSameOutOfArchivesAndFromAnyOfThemOn) {
  journal_.reset();
  ASSERT_TRUE(journal::compact(path_, 100));
  TurnReader reader = TurnReader::open(path_).value();
  State all;
  EXPECT_EQ(read(reader, {}, all), ends_);
  State state;
  Link middle;
  const auto stopped = reader.read({}, [&](const WrittenTurn& turn) -> Result<void> {
    for (const Fact& fact : turn.facts) state.apply(fact);
    middle = turn.end;
    return turn.end == ends_[170] ? fail(Code::unavailable, "enough") : Result<void>{};
  });
  EXPECT_EQ(stopped.error().message, "enough");
  EXPECT_EQ(read(reader, middle, state), std::vector<Link>(ends_.begin() + 171, ends_.end()));
  EXPECT_EQ(state.digest(), all.digest());
}

TEST_F(Turns, KeepNothingFromMovingIntoTheFile) {
  TurnReader reader = TurnReader::open(path_).value();
  auto database = sqlite::Database::open(path_ / "journal.db", sqlite::Access::write).value();
  std::vector<std::int64_t> busy;
  const auto done = reader.read({}, [&](const WrittenTurn&) -> Result<void> {
    busy.push_back(busy.empty() ? database.number("PRAGMA wal_checkpoint(TRUNCATE)").value() : 0);
    return {};
  });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(busy.front(), 0) << "a reader holds SQLite's log";
}

TEST_F(Turns, AreReadOnlyWhereTheyAreWhole) {
  journal_.reset();
  auto database = sqlite::Database::open(path_ / "journal.db", sqlite::Access::write).value();
  ASSERT_TRUE(database.run("DELETE FROM facts WHERE first = 501"));
  TurnReader reader = TurnReader::open(path_).value();
  const auto read = reader.read({}, [](const WrittenTurn&) -> Result<void> { return {}; });
  EXPECT_NE(read.error().message.find("fact 501 is missing"), std::string::npos) << read.error().message;
  EXPECT_EQ(TurnReader::open(folder_.path() / "none").error().code, Code::not_found);
}

}  // namespace
}  // namespace dure
