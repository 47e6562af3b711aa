#include "dure/journal/tools.h"

#include <gtest/gtest.h>

#include <fstream>
#include <utility>
#include <vector>

#include "dure/journal/fact_json.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/journal/test_story.h"

namespace dure::journal {
namespace {

// A closed journal of some turns.
class Tools : public testing::Test {
 protected:
  Tools() {
    auto journal = SqliteJournal::open(path, {.digest_every = 100}).value();
    journal->follow(story.state);
    for (int turn = 0; turn < 300; ++turn) {
      story.tell(*journal, 5);
      if (turn % 10 == 0) put_some(*journal, static_cast<std::uint32_t>(turn));
      journal->commit();
    }
  }
  static void put_some(SqliteJournal& journal, std::uint32_t number) {
    const std::string text = "echo " + std::to_string(number);
    const auto bytes = std::as_bytes(std::span(text));
    journal.put_blob(blob_id(bytes), bytes);
    journal.put_ended({.id = JobId{number}, .tenant = "a/b"});
  }
  std::uint64_t replayed_digest() {
    State state;
    const auto replayed = SqliteJournal::open(path).value()->replay(state);
    EXPECT_TRUE(replayed) << replayed.error().message;
    return state.digest();
  }
  void run(const char* sql) {
    auto database = sqlite::Database::open(path / "journal.db", sqlite::Access::write);
    ASSERT_TRUE(database->run(sql));
  }
  std::string problem() {
    const auto verified = verify(path);
    return verified ? "" : verified.error().message;
  }

  TempFolder folder;
  std::filesystem::path path = folder.path() / "j";
  Story story{1};
};

TEST_F(Tools, VerifyCountsWhatIsThere) {
  const auto verified = verify(path);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->facts, 1500u);
  EXPECT_EQ(verified->turns, 300u);
  EXPECT_EQ(verified->digests, 15u);
  EXPECT_EQ(verified->blobs, 30u);
  EXPECT_EQ(verified->ended_jobs, 30u);
}

TEST_F(Tools, VerifyWorksBesideAServer) {
  auto journal = SqliteJournal::open(path).value();
  story.tell(*journal, 5);
  journal->commit();
  EXPECT_EQ(problem(), "");
}

TEST_F(Tools, VerifyFindsWhatIsWrong) {
  run("UPDATE blob SET bytes = x'00' WHERE key = 7");
  EXPECT_NE(problem().find("the text of a job is damaged"), std::string::npos) << problem();
  run("DELETE FROM blob WHERE key = 7; UPDATE job SET name = 'other' WHERE id = 20");
  EXPECT_NE(problem().find("the ended job 20 is damaged"), std::string::npos) << problem();
  run("DELETE FROM job WHERE id = 20; UPDATE facts SET bytes = substr(bytes, 2) WHERE first = 501");
  EXPECT_NE(problem().find("fact 50"), std::string::npos) << problem();
  EXPECT_EQ(verify(folder.path() / "none").error().code, Code::not_found);
}

TEST_F(Tools, DumpPrintsEveryFact) {
  std::vector<std::string> lines;
  ASSERT_TRUE(dump(path, [&](const std::string& line) { lines.push_back(line); }));
  ASSERT_EQ(lines.size(), 1500u);
  EXPECT_TRUE(lines[0].starts_with(R"({"sequence":1,"time":"1970-01-01T00:00:0)")) << lines[0];
  EXPECT_TRUE(lines[0].ends_with(R"("fact":"FleetDeclared","fleet":"f","sites":1})")) << lines[0];
}

TEST_F(Tools, CompactForgetsNothing) {
  std::vector<std::string> before;
  std::vector<std::string> after;
  ASSERT_TRUE(dump(path, [&](const std::string& line) { before.push_back(line); }));
  for (const auto& [keep_turns, moved] : {std::pair{100u, 1000u}, {0u, 490u}, {0u, 0u}}) {
    const auto compacted = compact(path, keep_turns);
    ASSERT_TRUE(compacted) << compacted.error().message;
    EXPECT_EQ(compacted->facts, moved);
    EXPECT_EQ(problem(), "");
    after.clear();
    ASSERT_TRUE(dump(path, [&](const std::string& line) { after.push_back(line); }));
    EXPECT_EQ(after, before);
    EXPECT_EQ(replayed_digest(), story.state.digest());
  }
}

TEST_F(Tools, AJournalGoesOnAfterItWasCompacted) {
  ASSERT_TRUE(compact(path, 2));
  auto journal = SqliteJournal::open(path).value();
  story.tell(*journal, 5);
  journal->commit();
  journal = nullptr;
  EXPECT_EQ(replayed_digest(), story.state.digest());
}

TEST_F(Tools, CompactWaitsForNoServer) {
  auto journal = SqliteJournal::open(path).value();
  EXPECT_EQ(compact(path).error().code, Code::unavailable);
}

TEST_F(Tools, ALostHeadIsMadeAnewWhenAsked) {
  std::filesystem::remove(path / "head");
  ASSERT_FALSE(SqliteJournal::open(path));
  EXPECT_EQ(accept_end(path, Time{1}), 1500u);
  EXPECT_EQ(replayed_digest(), story.state.digest());
}

TEST(FactJson, SaysWhatAFactIsAbout) {
  EXPECT_EQ(
      to_json(7, {Time{} + seconds(60), Ended{JobId{3}, Outcome::evicted}}),
      R"({"sequence":7,"time":"1970-01-01T00:01:00Z","ns":60000000000,"fact":"Ended","job":3,"outcome":"evicted"})");
  EXPECT_EQ(to_json(8, {Time{}, NodeLost{NodeId{2}}}),
            R"({"sequence":8,"time":"1970-01-01T00:00:00Z","ns":0,"fact":"NodeLost","node":2})");
  EXPECT_EQ(kind_name(UserDeclared{}), "UserDeclared");
  EXPECT_EQ(kind_name(EstimateExceeded{}), "EstimateExceeded");
  EXPECT_NE(to_json(1, {Time{}, UserDeclared{UserId{}, "Zoë \xff"}}).find("Zoë ?"), std::string::npos);
}

}  // namespace
}  // namespace dure::journal
