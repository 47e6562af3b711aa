#include "dure/engine/local/terminal.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <csignal>

#include "dure/engine/local/test_engine.h"
#include "dure/engine/local/test_terminal.h"

namespace dure::engine {
namespace {

Attempt terminal_job(const std::string& script) {
  Attempt attempt = job(1, script);
  attempt.text.launch = dure::Launch::terminal;
  return attempt;
}

class JobWithTerminal : public testing::Test {
 protected:
  // Returns when it runs.
  void start(const Attempt& attempt) {
    engine_->start(attempt);
    engine_.await_start(attempt.id);
  }
  TestClient client(const Attempt& attempt) { return TestClient(engine_->terminal_path_of(attempt.id)); }
  Ending end_of(const Attempt& attempt) { return engine_.await_end(attempt.id).ending; }

  TemporaryFolder folder_;
  TestEngine engine_{folder_ / "engine"};
};

TEST_F(JobWithTerminal, has_one_of_80_by_24_though_nobody_is_there) {
  const Attempt attempt =
      terminal_job("test -t 0 && test -t 1 && test -t 2 && : < /dev/tty && stty size; echo $TERM; exit 4");
  EXPECT_EQ(engine_.run(attempt).exit_code, 4);
  EXPECT_EQ(engine_.output(attempt), "24 80\r\nxterm\r\n");
}

TEST_F(JobWithTerminal, keeps_the_kind_of_terminal_that_it_names) {
  Attempt attempt = terminal_job("echo $TERM");
  attempt.text.environment = {{"TERM", "vt220"}};
  engine_.run(attempt);
  EXPECT_EQ(engine_.output(attempt), "vt220\r\n");
}

TEST_F(JobWithTerminal, reads_what_is_typed_and_knows_the_size_of_the_window) {
  const Attempt attempt = terminal_job("echo ready; read word; stty size; echo got $word; exit 3");
  start(attempt);
  TestClient client = this->client(attempt);
  client.resize({.rows = 50, .columns = 300});
  client.type("hello\r");
  EXPECT_NE(client.await_close().find("50 300\r\ngot hello\r\n"), std::string::npos);
  EXPECT_EQ(end_of(attempt).exit_code, 3);
  EXPECT_EQ(engine_.output(attempt), client.await_close());
}

TEST_F(JobWithTerminal, is_told_that_the_window_has_changed) {
  const Attempt attempt = terminal_job("trap 'stty size; exit 0' WINCH; echo ready; while :; do read word; done");
  start(attempt);
  TestClient client = this->client(attempt);
  client.await("ready");
  client.resize({.rows = 7, .columns = 9});
  client.await("7 9\r\n");
  EXPECT_EQ(end_of(attempt).exit_code, 0);
}

TEST_F(JobWithTerminal, is_interrupted_by_a_key) {
  const Attempt attempt = terminal_job("echo ready; exec sleep 60");
  start(attempt);
  TestClient client = this->client(attempt);
  client.await("ready");
  client.type("\x03");
  EXPECT_EQ(end_of(attempt).exit_code, 128 + SIGINT);
}

TEST_F(JobWithTerminal, has_room_for_one_client) {
  const Attempt attempt = terminal_job("echo ready; read word");
  start(attempt);
  TestClient first = client(attempt);
  first.await("ready");
  TestClient second = client(attempt);
  const auto refusal = second.next();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->kind, FrameKind::refusal);
  EXPECT_EQ(refusal->bytes, "somebody else is at the job's terminal; it has room for one");
  EXPECT_FALSE(second.next());
  first.type("\r");
  EXPECT_EQ(end_of(attempt).exit_code, 0);
}

TEST_F(JobWithTerminal, outlives_its_client_and_shows_the_next_what_it_wrote) {
  const Attempt attempt = terminal_job("trap 'exit 9' HUP; echo ready; read word; echo got $word");
  start(attempt);
  client(attempt).await("ready");
  TestClient next = client(attempt);
  next.await("ready");
  next.type("on\r");
  next.await("got on");
  EXPECT_EQ(end_of(attempt).exit_code, 0);
}

TEST_F(JobWithTerminal, shows_and_keeps_all_of_what_is_more_than_fits_between) {
  const Attempt attempt = terminal_job("stty -echo -opost; echo ready; read go; seq 1 200000");
  start(attempt);
  TestClient client = this->client(attempt);
  client.await("ready");
  client.type("\r");
  std::string all = "ready\n";
  for (int i = 1; i <= 200'000; ++i) all += std::to_string(i) + '\n';
  EXPECT_TRUE(client.await_close() == all);
  EXPECT_EQ(end_of(attempt).exit_code, 0);
  EXPECT_TRUE(engine_.output(attempt) == all);
}

TEST_F(JobWithTerminal, can_be_cancelled_while_its_client_reads_nothing) {
  const Attempt attempt = terminal_job("exec yes");
  start(attempt);
  const TestClient client = this->client(attempt);
  engine_->stop(attempt.id, {.grace = seconds(60)});
  EXPECT_EQ(end_of(attempt).how, How::cancelled);
}

TEST_F(JobWithTerminal, drops_a_client_that_speaks_something_else) {
  const Attempt attempt = terminal_job("echo ready; read word");
  start(attempt);
  const auto socket = connect_to(engine_->terminal_path_of(attempt.id));
  ASSERT_TRUE(socket) << socket.error().message;
  std::string words = "GET / HTTP/1.1\r\n\r\n";
  EXPECT_EQ(send_some(socket->get(), words), Traffic::went);
  TestClient next = client(attempt);
  next.await("ready");
  next.type("\r");
  EXPECT_EQ(end_of(attempt).exit_code, 0);
}

TEST(TerminalOfAJob, waits_for_a_client_that_reads_nothing_and_ends_without_it) {
  const TemporaryFolder folder;
  const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  std::string recorded;
  auto terminal =
      Terminal::open(folder / "terminal", epoll.get(), {}, [&](std::string_view text) { recorded += text; });
  ASSERT_TRUE(terminal) << terminal.error().message;
  const auto client = connect_to(folder / "terminal");
  ASSERT_TRUE(client) << client.error().message;
  const std::string text(1'000, 'x');
  std::size_t written = 0;
  for (std::size_t before = 1; recorded.size() != before;) {
    before = recorded.size();
    written += static_cast<std::size_t>(::write(terminal->job_side(), text.data(), text.size()));
    terminal->act();
  }
  EXPECT_LT(recorded.size(), written);
  terminal->finish(0);
  EXPECT_EQ(recorded.size(), written);
  EXPECT_EQ(connect_to(folder / "terminal").error().code, Code::not_found);
}

TEST(TerminalLink, puts_frames_together_from_single_bytes) {
  std::string bytes;
  append_frames(bytes, FrameKind::keys, "ab");
  append_frames(bytes, FrameKind::window, to_bytes({.rows = 513, .columns = 65'535}));
  append_frames(bytes, FrameKind::output, "");
  FrameReader reader;
  std::vector<Frame> frames;
  for (const char byte : bytes) {
    reader.add({&byte, 1});
    while (const auto frame = reader.next()) frames.push_back(*frame);
  }
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0], (Frame{FrameKind::keys, "ab"}));
  EXPECT_EQ(window_size_of(frames[1].bytes), (WindowSize{.rows = 513, .columns = 65'535}));
  EXPECT_FALSE(window_size_of("abc"));
  EXPECT_EQ(frames[2], (Frame{FrameKind::output, ""}));
}

TEST(TerminalLink, cuts_what_is_longer_than_a_frame_and_refuses_longer_ones) {
  std::string bytes;
  append_frames(bytes, FrameKind::output, std::string(frame_bytes_max + 1, 'x'));
  FrameReader reader;
  reader.add(bytes);
  EXPECT_EQ(reader.next()->bytes.size(), frame_bytes_max);
  EXPECT_EQ(reader.next()->bytes, "x");
  EXPECT_FALSE(reader.is_broken());
  reader.add(std::string_view("k\x01\x00\x01\x00", 5));
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.is_broken());
}

TEST(TerminalLink, takes_a_path_that_is_longer_than_a_sockets_name) {
  const TemporaryFolder folder;
  const std::string deep = folder / std::string(150, 'd');
  std::filesystem::create_directory(deep);
  EXPECT_EQ(connect_to(deep + "/terminal").error().code, Code::not_found);
  const auto listener = listen_at(deep + "/terminal");
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_TRUE(connect_to(deep + "/terminal"));
}

}  // namespace
}  // namespace dure::engine
