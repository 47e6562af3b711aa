// What `dure serve` does with a journal that is not whole, in use, or without room: it says so and ends.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fstream>

#include "dure/base/test_folder.h"
#include "dure/journal/tools.h"
#include "events.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

namespace fs = std::filesystem;

const char* const quick_job = R"({"name":"quick","per_task":{"gpus":1},"time_limit":"5m","script":"true"})";

std::uint64_t submit(const ServerProcess& server, const std::string& body) {
  http::Client client = server.client();
  const boost::json::value answer = post(client, "/v1/jobs", body, 201);
  return answer.is_null() ? 0 : answer.at("jobs").at(0).at("id").to_number<std::uint64_t>();
}

// A server that has run jobs.
class Damage : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(server_.start(), "");
    for (int i = 0; i < 5; ++i) last_ = submit(server_, quick_job);
    ASSERT_TRUE(wait_until_idle(server_, in_seconds(60)));
  }

  fs::path file(const char* name) const { return data_ / name; }

  // The one sentence with which the next server refuses to start.
  std::string refusal() {
    server_.launch();
    EXPECT_NE(server_.wait(), 0);
    std::string said = server_.process().errors();
    EXPECT_EQ(server_.process().read_line(in_seconds(1)), std::nullopt);
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
    EXPECT_NE(said.find(data_.string()), std::string::npos) << said;
    return said;
  }
  void expect_refusal(const std::string& part) {
    const std::string said = refusal();
    EXPECT_NE(said.find(part), std::string::npos) << said;
    EXPECT_EQ(refusal(), said) << "what is refused stays as it was";
  }

  TempFolder folder_;
  fs::path data_ = folder_.path() / "data";
  ServerProcess server_{data_};
  std::uint64_t last_ = 0;
};

void flip_a_bit(const fs::path& path, std::uint64_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const auto byte = static_cast<char>(file.get() ^ 4);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(byte);
}

// Changes one byte in the facts of a turn, as a bad disk would, so that SQLite itself has nothing to complain of.
void damage_facts(const fs::path& path) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  const char* sql =
      "UPDATE facts SET bytes = CAST(substr(bytes, 1, 3) || "
      "CASE substr(bytes, 4, 1) WHEN x'AA' THEN x'55' ELSE x'AA' END || substr(bytes, 5) AS BLOB) "
      "WHERE first = (SELECT max(first) FROM facts)";
  EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  EXPECT_EQ(sqlite3_changes(database), 1);
  sqlite3_close(database);
}

TEST_F(Damage, AWalThatWasDeletedIsMissed) {
  server_.kill();
  ASSERT_TRUE(fs::remove(file("journal.db-wal")));
  expect_refusal("was acknowledged");
}

TEST_F(Damage, AWalThatLostItsEndIsMissed) {
  server_.kill();
  fs::resize_file(file("journal.db-wal"), fs::file_size(file("journal.db-wal")) * 3 / 4);
  expect_refusal("was acknowledged");
}

TEST_F(Damage, ABitOfTheWalThatChangedIsMissed) {
  server_.kill();
  flip_a_bit(file("journal.db-wal"), fs::file_size(file("journal.db-wal")) / 2);
  expect_refusal("was acknowledged");
}

TEST_F(Damage, AChangedFactIsNamed) {
  ASSERT_EQ(server_.stop(), 0);
  damage_facts(file("journal.db"));
  expect_refusal("fact");
}

TEST_F(Damage, AnOldCopyOfTheDatabaseDoesNotPassForTheNewOne) {
  ASSERT_EQ(server_.stop(), 0);
  fs::copy_file(file("journal.db"), folder_.path() / "old");
  ASSERT_EQ(server_.start(), "");
  submit(server_, quick_job);
  ASSERT_TRUE(wait_until_idle(server_, in_seconds(60)));
  ASSERT_EQ(server_.stop(), 0);
  fs::remove(file("journal.db-wal"));
  fs::copy_file(folder_.path() / "old", file("journal.db"), fs::copy_options::overwrite_existing);
  expect_refusal("was acknowledged");
}

TEST_F(Damage, ADatabaseThatIsGoneIsNotMadeAnew) {
  ASSERT_EQ(server_.stop(), 0);
  fs::remove(file("journal.db"));
  fs::remove(file("journal.db-wal"));
  expect_refusal("journal.db");
  EXPECT_FALSE(fs::exists(file("journal.db")));
}

TEST_F(Damage, ADamagedHeadIsRefused) {
  ASSERT_EQ(server_.stop(), 0);
  flip_a_bit(file("head"), 16);
  flip_a_bit(file("head"), 4096 + 16);
  expect_refusal("head");
}

TEST_F(Damage, ASecondServerIsRefusedAndTheFirstGoesOn) {
  ServerProcess second(data_);
  const std::string said = second.start();
  EXPECT_NE(said.find(fmt::format("in use by process {}", server_.process().pid())), std::string::npos) << said;
  EXPECT_TRUE(wait_until_ended(server_, submit(server_, quick_job)));
}

// No file of the server may grow: what a full disk is for those who write.
TEST_F(Damage, AFullDiskEndsTheServerAndLosesNothing) {
  const rlimit none{.rlim_cur = 0, .rlim_max = RLIM_INFINITY};
  ASSERT_EQ(::prlimit(server_.process().pid(), RLIMIT_FSIZE, &none, nullptr), 0);
  http::Client client = server_.client();
  const auto answer = client.send(http::Method::post, "/v1/jobs", quick_job);
  EXPECT_FALSE(answer) << answer->status << ": acknowledged on a full disk";
  EXPECT_EQ(server_.wait(), 1);
  const std::string said = server_.process().errors();
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  EXPECT_NE(said.find("journal"), std::string::npos) << said;

  ASSERT_EQ(server_.start(), "");
  http::Client again = server_.client();
  for (std::uint64_t id = 1; id <= last_; ++id) {
    EXPECT_EQ(get(again, fmt::format("/v1/jobs/{}", id)).at("outcome").as_string(), "completed");
  }
  EXPECT_TRUE(wait_until_ended(server_, submit(server_, quick_job)));
  EXPECT_EQ(server_.stop(), 0);
  const auto verified = journal::verify(data_);
  EXPECT_TRUE(verified) << verified.error().message;
}

TEST_F(Damage, TermEndsTheServerAndNotTheJobs) {
  const fs::path gate = folder_.path() / "gate";
  const std::uint64_t job =
      submit(server_, fmt::format(R"({{"name":"long","per_task":{{"gpus":1}},"time_limit":"5m",)"
                                  R"("script":"while [ ! -e {} ]; do sleep 0.02; done; exit 7"}})",
                                  gate.string()));
  ASSERT_TRUE(wait_until_started(server_, job));
  EXPECT_EQ(server_.stop(), 0);
  EXPECT_FALSE(fs::exists(file("address")));
  ASSERT_EQ(server_.start(), "");
  http::Client client = server_.client();
  EXPECT_EQ(get(client, fmt::format("/v1/jobs/{}", job)).at("state").as_string(), "running");
  std::ofstream(gate).put('\n');
  ASSERT_TRUE(wait_until_ended(server_, job));
  const boost::json::value ended = get(client, fmt::format("/v1/jobs/{}", job));
  EXPECT_EQ(ended.at("exit_code").to_number<int>(), 7);
  EXPECT_EQ(ended.as_object().if_contains("evictions"), nullptr);
}

}  // namespace
}  // namespace dure::e2e
