#include "dure/server/log_follower.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "dure/http/test_server.h"
#include "dure/http/test_socket.h"
#include "dure/journal/test_story.h"

namespace dure::server {
namespace {

using http::TestSocket;

constexpr std::size_t piece_bytes = 65'536;

constexpr JobId slow_job{3};

// Job 1, whose run of each restart has a file of its own; and one whose log lies where nothing answers until it is let
// go.
class OneJob final : public LogSource {
 public:
  std::optional<LogState> state(const api::ReadLog& log) override {
    const std::lock_guard lock(mutex_);
    return log.job == JobId{1} || log.job == slow_job ? std::optional(state_) : std::nullopt;
  }
  LogFile file(const api::ReadLog& log, const LogRun& run) override {
    const std::lock_guard lock(mutex_);
    ++paths_asked_;
    return {.job = log.job, .path = file_of(run.restart).string(), .owner = {}};
  }
  Result<engine::Fd> open(const LogFile& file) override {
    std::unique_lock lock(mutex_);
    (is_away_ ? refused_ : opened_)[file.job]++;
    changed_.notify_all();
    if (is_away_) return fail(Code::unavailable, "the launcher at /x does not answer");
    if (file.job == slow_job) changed_.wait(lock, [&] { return is_let_go_; });
    return engine::open_within(file.path, {});
  }

  void set_away(bool is_away) {
    const std::lock_guard lock(mutex_);
    is_away_ = is_away;
  }
  void await_open(JobId job) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return opened_[job] > 0; });
  }
  void await_refusal(JobId job) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return refused_[job] > 0; });
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    is_let_go_ = true;
    changed_.notify_all();
  }
  void set(LogState state) {
    const std::lock_guard lock(mutex_);
    state_ = std::move(state);
  }
  int paths_asked() {
    const std::lock_guard lock(mutex_);
    return paths_asked_;
  }
  void print(std::string_view text, std::uint32_t restart = 0) {
    std::ofstream(file_of(restart), std::ios::app | std::ios::binary) << text;
  }

 private:
  std::filesystem::path file_of(std::uint32_t restart) const { return folder_.path() / std::to_string(restart); }

  TempFolder folder_;
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::map<JobId, int> opened_;
  std::map<JobId, int> refused_;
  bool is_away_ = false;
  bool is_let_go_ = false;
  LogState state_{.run = {}, .may_grow = true};
  int paths_asked_ = 0;
};

class LogFollowing : public testing::Test {
 protected:
  TestSocket ask(api::ReadLog log, TestSocket::Reads reads = TestSocket::Reads::normally) {
    log_ = log;
    TestSocket client(server_.port(), reads);
    client.send("GET / HTTP/1.0\r\n\r\n");  // without chunks
    return client;
  }
  static std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

  OneJob job_;
  LogFollower logs_{job_, piece_bytes};
  api::ReadLog log_;
  // A second piece on top of one that is not on its way would end the stream.
  http::TestServer server_{[this](const http::Request&, http::Reply reply) {
                             logs_.read(std::move(reply), log_, std::make_shared<const api::Actor>());
                           },
                           {.stream_pieces_max = 1}};
};

TEST_F(LogFollowing, SendsWhatThereIs) {
  job_.print("one\ntwo\n");
  EXPECT_EQ(body_of(ask({.job = JobId{1}}).read_all()), "one\ntwo\n");
  EXPECT_EQ(body_of(ask({.job = JobId{1}, .offset = 4}).read_all()), "two\n");
  EXPECT_EQ(body_of(ask({.job = JobId{1}, .offset = 400}).read_all()), "");
  EXPECT_TRUE(ask({.job = JobId{2}}).read_all().starts_with("HTTP/1.1 404 "));
}

TEST_F(LogFollowing, GoesOnUntilTheJobHasEnded) {
  TestSocket client = ask({.job = JobId{1}, .follows = true});
  client.read_until("\r\n\r\n");
  for (const std::string_view line : {"one\n", "two\n", "three\n"}) {
    job_.print(line);
    EXPECT_EQ(client.read_until("\n"), line);
  }
  job_.print("last\n");
  job_.set({.run = {}, .may_grow = false});
  EXPECT_EQ(client.read_all(), "last\n");
  EXPECT_EQ(job_.paths_asked(), 1);
}

TEST_F(LogFollowing, SendsASlowReaderOnePieceAtATime) {
  std::string text;
  for (int line = 0; text.size() < 40 * piece_bytes; ++line) text += std::to_string(line) + "\n";
  job_.print(text);
  for (const bool follows : {false, true}) {
    if (follows) job_.set({.run = {}, .may_grow = false});
    TestSocket client = ask({.job = JobId{1}, .follows = follows}, TestSocket::Reads::slowly);
    client.read_until("\r\n\r\n");
    EXPECT_EQ(client.read_all(), text);
  }
}

TEST_F(LogFollowing, ReadsALaterRunFromItsBeginningAfterTheRestOfTheFormer) {
  TestSocket client = ask({.job = JobId{1}, .follows = true});
  client.read_until("\r\n\r\n");
  job_.print("a checkpoint\n");
  EXPECT_EQ(client.read_until("\n"), "a checkpoint\n");
  job_.print("evicted\n");
  job_.print("again\n", 1);
  job_.set({.run = {.restart = 1, .job_name = {}}, .may_grow = true});
  EXPECT_EQ(client.read_until("again\n"), "evicted\nagain\n");
  job_.set({.run = {.restart = 1, .job_name = {}}, .may_grow = false});
  EXPECT_EQ(client.read_all(), "");
  EXPECT_EQ(job_.paths_asked(), 2);
}

TEST_F(LogFollowing, SaysThatALogCannotBeReadNow) {
  job_.print("one\n");
  job_.set_away(true);
  for (const bool follows : {false, true}) {
    const std::string answer = ask({.job = JobId{1}, .follows = follows}).read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_NE(answer.find("what job 1 wrote cannot be read now: the launcher at /x does not answer; try again"),
              std::string::npos)
        << answer;
  }
  job_.set_away(false);
  job_.set({.run = {}, .may_grow = false});
  EXPECT_EQ(body_of(ask({.job = JobId{1}}).read_all()), "one\n");
}

TEST_F(LogFollowing, TriesAgainWhereItHasBegun) {
  TestSocket client = ask({.job = JobId{1}, .follows = true});
  client.read_until("\r\n\r\n");  // there is no file yet
  job_.set_away(true);
  job_.await_refusal(JobId{1});
  job_.print("late\n");
  job_.set({.run = {}, .may_grow = false});
  job_.set_away(false);
  EXPECT_EQ(client.read_all(), "late\n");
}

TEST_F(LogFollowing, LetsNobodyWaitForAnothersLog) {
  job_.print("one\n");
  job_.set({.run = {}, .may_grow = false});
  TestSocket slow = ask({.job = slow_job});
  job_.await_open(slow_job);
  TestSocket first = ask({.job = JobId{1}});
  EXPECT_EQ(body_of(first.read_all()), "one\n");
  job_.let_go();
  EXPECT_EQ(body_of(slow.read_all()), "one\n");
}

}  // namespace
}  // namespace dure::server
