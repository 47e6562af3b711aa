#include "dure/journal/audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "dure/base/hash.h"
#include "dure/journal/audit_tools.h"
#include "dure/journal/head_file.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/journal/test_story.h"
#include "dure/journal/tools.h"

namespace dure {
namespace {

AuditEntry entry(int i) {
  return {.at = Time{} + seconds(i),
          .actor = "kim",
          .token = "t1",
          .action = "submitJobs",
          .target = "/v1/jobs",
          .outcome = "jobs " + std::to_string(i)};
}

// A journal with nine rows, in turns of three.
class Audit : public testing::Test {
 protected:
  void SetUp() override {
    Story story(1);
    auto journal = SqliteJournal::open(path_).value();
    for (int turn = 0; turn < 3; ++turn) {
      story.tell(*journal, static_cast<std::uint64_t>(turn));  // the first turn has no facts
      for (int i = 1; i <= 3; ++i) journal->put_audit(entry(3 * turn + i));
      journal->commit();
    }
  }
  void change(const std::string& sql) {
    auto database = sqlite::Database::open(path_ / "journal.db", sqlite::Access::write).value();
    ASSERT_TRUE(database.run(sql.c_str()));
  }
  std::string verify(std::optional<AuditEnd> known = std::nullopt) {
    const auto end = journal::verify_audit(path_, known);
    return end ? "whole" : end.error().message;
  }
  bool opens() { return SqliteJournal::open(path_).has_value(); }

  TempFolder folder_;
  std::filesystem::path path_ = folder_.path() / "j";
};

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_F(Audit, IsWholeAndReadBackInOrder) {
  EXPECT_EQ(verify(), "whole");
  EXPECT_EQ(journal::verify_audit(path_)->number, 9u);
  auto reader = JournalReader::open(path_).value();
  const auto rows = reader.audit(4, 2).value();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].number, 5u);
  EXPECT_SAYS(rows[1].line, R"("number":6)");
}

TEST_F(Audit, GoesOnWhereItEndedWhenTheJournalIsOpenedAgain) {
  {
    auto journal = SqliteJournal::open(path_).value();
    journal->put_audit(entry(10));
    journal->commit();
    journal->put_audit(entry(11));  // never committed
  }
  EXPECT_EQ(verify(), "whole");
  EXPECT_EQ(journal::verify_audit(path_)->number, 10u);
}

TEST_F(Audit, NamesTheRowInWhichAByteWasFlipped) {
  for (const char* column : {"line", "hash"}) {
    const std::string cast = std::string(column) == "line" ? "TEXT" : "BLOB";
    change("CREATE TABLE before AS SELECT * FROM audit");
    change(std::string("UPDATE audit SET ") + column + " = CAST(substr(" + column + ", 1, 20) || 'X' || substr(" +
           column + ", 22) AS " + cast + ") WHERE number = 4");
    EXPECT_SAYS(verify(), "audit row 4 is not what was written");
    change("DELETE FROM audit; INSERT INTO audit SELECT * FROM before; DROP TABLE before");
    EXPECT_EQ(verify(), "whole");
  }
}

TEST_F(Audit, NamesTheRowsThatWereRemoved) {
  change("DELETE FROM audit WHERE number = 4");
  EXPECT_SAYS(verify(), "audit row 4 is missing");
  change("DELETE FROM audit WHERE number = 5");
  EXPECT_SAYS(verify(), "audit rows 4 to 5 are missing");
  change("DELETE FROM audit WHERE number < 4");
  EXPECT_SAYS(verify(), "audit rows 1 to 5 are missing");
}

TEST_F(Audit, NamesTheRowThatWasPutInAnothersPlace) {
  change("DELETE FROM audit WHERE number = 4; UPDATE audit SET number = number - 1 WHERE number > 4");
  EXPECT_SAYS(verify(), "audit row 4 is not what was written");
}

// By the head file; a server does not start either.
TEST_F(Audit, SaysThatItsTailWasCut) {
  change("DELETE FROM audit WHERE number > 7");
  EXPECT_SAYS(verify(), "ends with row 7 and row 9 was acknowledged");
  EXPECT_FALSE(opens());
  change("DELETE FROM audit");
  EXPECT_SAYS(verify(), "ends with row 0 and row 9 was acknowledged");
  EXPECT_FALSE(opens());
}

// A chain that is right in itself, but not the one that was acknowledged.
TEST_F(Audit, SaysThatItWasWrittenAnew) {
  auto reader = JournalReader::open(path_).value();
  const AuditEnd noted = reader.audit(6, 1)->front().end();
  AuditEnd end;
  std::string sql = "DELETE FROM audit;";
  for (int i = 1; i <= 9; ++i) {
    const AuditRow row = chained(end, entry(100 + i));
    sql +=
        "INSERT INTO audit VALUES(" + std::to_string(row.number) + ", '" + row.line + "', x'" + hex(row.hash) + "');";
    end = row.end();
  }
  change(sql);
  EXPECT_SAYS(verify(), "audit row 9 is not the one that was acknowledged");
  EXPECT_FALSE(opens());
  // Whoever rewrites the head too is found by what an auditor has noted.
  ASSERT_TRUE(HeadFile::create(path_ / "head", {.link = read_head(path_)->value().link, .audit = end}));
  EXPECT_EQ(verify(), "whole");
  EXPECT_SAYS(verify(noted), "audit row 7 has the hash");
  EXPECT_SAYS(verify(AuditEnd{12, {}}), "row 12 was known: its tail is missing");
}

TEST_F(Audit, TellsThatACutTailWasAccepted) {
  change("DELETE FROM audit WHERE number > 7");
  ASSERT_TRUE(journal::accept_end(path_, Time{} + seconds(99)));
  EXPECT_EQ(verify(), "whole");
  EXPECT_TRUE(opens());
  auto reader = JournalReader::open(path_).value();
  EXPECT_SAYS(reader.audit(7, 10)->front().line, "audit row 7; what came after is gone");
}

// A kill between the transaction and the head: what came with it was not acknowledged, and is kept.
TEST_F(Audit, MayBeATurnAheadOfTheHead) {
  const Head before = read_head(path_)->value();
  {
    auto journal = SqliteJournal::open(path_).value();
    journal->put_audit(entry(10));
    journal->commit();
  }
  ASSERT_TRUE(HeadFile::create(path_ / "head", before));
  EXPECT_EQ(verify(), "whole");
  EXPECT_TRUE(opens());
  EXPECT_EQ(read_head(path_)->value().audit.number, 10u);
}

TEST_F(Audit, IsDumpedWithEachHashBeforeItsLine) {
  std::vector<std::string> lines;
  ASSERT_TRUE(journal::dump_audit(path_, [&](const std::string& line) { lines.push_back(line); }));
  ASSERT_EQ(lines.size(), 9u);
  const std::string first = lines[0].substr(65);
  EXPECT_EQ(lines[0].substr(0, 64), hex(sha256(std::string(64, '0') + " " + first + "\n")));
  EXPECT_EQ(lines[1].substr(0, 64), hex(sha256(lines[0].substr(0, 64) + " " + lines[1].substr(65) + "\n")));
}

TEST(AuditLine, IsOneLineWhateverNamesAreInIt) {
  AuditEntry odd = entry(1);
  odd.actor = "a\nb\x01\x7f\"\\";
  const std::string line = chained({}, odd).line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_SAYS(line, R"("actor":"a?b??\"\\")");
}

// Before there was an audit log, slots were of 64 bytes.
TEST(HeadOfVersion1, IsReadAsOneWithoutAuditRows) {
  TempFolder folder;
  ByteWriter writer;
  writer(std::uint64_t{0x4441'4548'4552'5544}), writer(std::uint32_t{1}), writer(std::uint64_t{7}),
      writer(std::uint64_t{8});
  std::vector<std::byte> slot(writer.bytes().begin(), writer.bytes().end());
  slot.resize(56);
  writer.clear();
  writer(chain_hash(0, slot));
  slot.insert(slot.end(), writer.bytes().begin(), writer.bytes().end());
  std::ofstream(folder.path() / "head", std::ios::binary)
      .write(reinterpret_cast<const char*>(slot.data()), static_cast<std::streamsize>(slot.size()));
  EXPECT_EQ(read_head(folder.path()).value(), (Head{.link = {7, 8}, .audit = {}}));
}

StoredToken some_token(const std::string& id) {
  return {.id = id,
          .hash = sha256(id),
          .subject = "kim",
          .grants = {{.role = Role::member, .tenant = "a/b"}},
          .created = Time{5},
          .by = "lee",
          .expires = Time{7},
          .revoked = {}};
}

TEST(Tokens, AreReadBackByIdAsTheyWereLastPut) {
  TempFolder folder;
  StoredToken second = some_token("t2");
  {
    auto journal = SqliteJournal::open(folder.path() / "j").value();
    journal->put_token(second);
    journal->put_token(some_token("t1"));
    journal->commit();
    second.revoked = Time{6};
    journal->put_token(second);
    journal->commit();
  }
  auto reader = JournalReader::open(folder.path() / "j").value();
  EXPECT_EQ(reader.tokens(), (std::vector{some_token("t1"), second}));
  {
    auto database = sqlite::Database::open(folder.path() / "j" / "journal.db", sqlite::Access::write).value();
    ASSERT_TRUE(database.run("UPDATE token SET checksum = checksum + 1 WHERE id = 't2'"));
  }
  EXPECT_SAYS(reader.tokens().error().message, "the token t2 is damaged");
  EXPECT_SAYS(journal::verify(folder.path() / "j").error().message, "the token t2 is damaged");
}

}  // namespace
}  // namespace dure
