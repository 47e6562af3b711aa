#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "dure/http/server.h"
#include "dure/http/test_server.h"
#include "dure/http/test_socket.h"

namespace dure::http {
namespace {

constexpr std::string_view watch = "GET /watch HTTP/1.1\r\nHost: test\r\n\r\n";

// Opens a stream for every request, and hands it over; and then how each ended.
struct Streams {
  Handover<std::shared_ptr<EventStream>> opened;
  Handover<StreamEnd> ended;
  StreamOptions options = {};

  TestServer server;

  explicit Streams(ServerOptions server_options = {}, StreamOptions stream_options = {})
      : options(std::move(stream_options)),
        server([this](const Request& request, Reply reply) { open(request, std::move(reply)); }, server_options) {}

  void open(const Request&, Reply reply) {
    StreamOptions own = options;
    own.on_end = [this](StreamEnd end) { ended.put(end); };
    opened.put(reply.stream(std::move(own)));
  }
};

TEST(Stream, SendsPiecesAsTheyCome) {
  Streams streams;
  TestSocket client(streams.server.port());
  client.send(watch);
  const auto stream = streams.opened.take();
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_TRUE(has(head, "HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(has(head, "Content-Type: text/event-stream\r\n"));
  EXPECT_TRUE(stream->send("data: 1\n\n"));
  EXPECT_EQ(client.read_until("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  EXPECT_TRUE(stream->send(""));  // says nothing, and ends nothing
  EXPECT_TRUE(stream->send("data: 22\n\n"));
  EXPECT_EQ(client.read_until("\n\n\r\n"), "a\r\ndata: 22\n\n\r\n");
  stream->finish();
  EXPECT_FALSE(stream->is_open());
  EXPECT_FALSE(stream->send("too late"));
  EXPECT_EQ(client.read_all(), "0\r\n\r\n");
  EXPECT_EQ(streams.ended.take(), StreamEnd::finished);
}

TEST(Stream, EndsWithItsLastOwner) {
  Streams streams;
  TestSocket client(streams.server.port());
  client.send(watch);
  streams.opened.take()->send("data: x\n\n");
  EXPECT_TRUE(client.read_all().ends_with("\r\n9\r\ndata: x\n\n\r\n0\r\n\r\n"));
  EXPECT_EQ(streams.ended.take(), StreamEnd::finished);
}

TEST(Stream, GoesWithoutChunksToHttp10) {
  Streams streams;
  TestSocket client(streams.server.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  streams.opened.take()->send("data: x\n\n");
  EXPECT_TRUE(client.read_all().ends_with("\r\n\r\ndata: x\n\n"));
}

TEST(Stream, IsOnlyItsHeadersForHead) {
  Streams streams;
  TestSocket client(streams.server.port());
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto stream = streams.opened.take();
  EXPECT_TRUE(client.read_all().ends_with("\r\n\r\n"));
  EXPECT_EQ(streams.ended.take(), StreamEnd::finished);
}

TEST(Stream, WaitsForTheAnswersBeforeIt) {
  Handover<Reply> waiting;
  TestServer server([&](const Request&, Reply reply) { waiting.put(std::move(reply)); });
  TestSocket client(server.port());
  client.send(std::string(watch) + std::string(watch) + std::string(watch));
  Reply first = waiting.take();
  const auto stream = waiting.take().stream({});
  Reply never = waiting.take();  // a stream is the last answer
  stream->send("data: streamed\n\n");
  stream->finish();
  never.send({.body = "never"});
  first.send({.body = "first"});
  const std::string all = client.read_all();
  EXPECT_LT(all.find("first"), all.find("streamed"));
  EXPECT_TRUE(has(all, "streamed"));
  EXPECT_FALSE(has(all, "never"));
}

TEST(Stream, SaysThatTheClientLeft) {
  Streams streams;
  for (const bool politely : {true, false}) {
    TestSocket client(streams.server.port());
    client.send(watch);
    const auto stream = streams.opened.take();
    client.read_until("\r\n\r\n");
    if (politely) {
      client.close();
    } else {
      client.reset();
    }
    EXPECT_EQ(streams.ended.take(), StreamEnd::client_left);
    EXPECT_FALSE(stream->send("x"));
  }
}

TEST(Stream, OpensForAClientThatHasGone) {
  Handover<Reply> waiting;
  Handover<StreamEnd> ended;
  TestServer server([&](const Request&, Reply reply) { waiting.put(std::move(reply)); });
  TestSocket client(server.port());
  client.send(watch);
  Reply reply = waiting.take();
  client.reset();
  const auto stream = reply.stream({.on_end = [&](StreamEnd end) { ended.put(end); }});
  EXPECT_EQ(ended.take(), StreamEnd::client_left);
}

TEST(Stream, OpensAfterTheServerHasStopped) {
  Handover<Reply> waiting;
  Handover<StreamEnd> ended;
  TestServer server([&](const Request&, Reply reply) { waiting.put(std::move(reply)); }, {.stop_timeout = {1'000'000}});
  TestSocket client(server.port());
  client.send(watch);
  Reply reply = waiting.take();
  server.stop();
  const auto stream = reply.stream({.on_end = [&](StreamEnd end) { ended.put(end); }});
  EXPECT_EQ(ended.take(), StreamEnd::server_stopping);
  EXPECT_FALSE(stream->is_open());
}

TEST(Stream, BeatsWhenThereIsNothingToSay) {
  Streams streams({.heartbeat = {20'000'000}});
  TestSocket client(streams.server.port());
  client.send(watch);
  const auto stream = streams.opened.take();
  client.read_until("\r\n\r\n");
  EXPECT_EQ(client.read_until("\n\n\r\n"), "3\r\n:\n\n\r\n");
  EXPECT_EQ(client.read_until("\n\n\r\n"), "3\r\n:\n\n\r\n");
}

TEST(Stream, ReachesTwoHundredWatchersAndDropsTheOneThatDoesNotRead) {
  constexpr std::size_t count = 200;
  Streams streams({.threads = 2, .stream_bytes_max = 262'144});
  std::vector<TestSocket> clients;
  std::vector<std::shared_ptr<EventStream>> watchers;
  for (std::size_t i = 0; i < count; ++i) {
    clients.emplace_back(streams.server.port(), i == 0 ? TestSocket::Reads::slowly : TestSocket::Reads::normally);
    clients.back().send(watch);
    watchers.push_back(streams.opened.take());
    clients.back().read_until("\r\n\r\n");
  }
  const auto flood = std::make_shared<const std::string>(65'536, 'x');
  while (watchers[0]->send(flood)) continue;
  EXPECT_EQ(streams.ended.take(), StreamEnd::too_slow);
  for (int event = 0; event < 20; ++event) {
    const auto piece = std::make_shared<const std::string>("data: " + std::to_string(event) + "\n\n");
    for (const auto& watcher : watchers) EXPECT_EQ(watcher->send(piece), watcher != watchers[0]);
  }
  for (std::size_t i = 1; i < count; ++i) EXPECT_TRUE(has(clients[i].read_until("data: 19\n\n"), "data: 0\n\n")) << i;
  EXPECT_FALSE(clients[0].read_all().ends_with("0\r\n\r\n"));  // it can tell that something is missing
}

TEST(Stream, AsksForMoreWhenItIsDrained) {
  constexpr int pieces = 500;
  const auto piece = std::make_shared<const std::string>(60'000, 'x');
  Handover<int> drained;
  Streams streams({.stream_bytes_max = 100'000}, {.content_type = "text/plain", .on_drained = [&] { drained.put(0); }});
  TestSocket client(streams.server.port());
  client.send(watch);
  std::thread sending([&] {
    const auto stream = streams.opened.take();
    for (int i = 0; i < pieces; ++i) {
      EXPECT_TRUE(stream->send(piece));
      drained.take();
    }
  });
  const std::string all = client.read_all();
  sending.join();
  EXPECT_TRUE(all.ends_with("\r\n0\r\n\r\n"));
  EXPECT_GT(all.size(), pieces * piece->size());
}

TEST(Stream, EndsWhenTheServerStops) {
  Streams streams;
  std::vector<TestSocket> clients;
  std::vector<std::shared_ptr<EventStream>> watchers;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back(streams.server.port());
    clients.back().send(watch);
    watchers.push_back(streams.opened.take());
    watchers.back()->send("data: last words\n\n");
  }
  streams.server.stop();
  for (TestSocket& client : clients) EXPECT_TRUE(client.read_all().ends_with("data: last words\n\n\r\n0\r\n\r\n"));
  for (const auto& watcher : watchers) {
    EXPECT_EQ(streams.ended.take(), StreamEnd::server_stopping);
    EXPECT_FALSE(watcher->send("x"));
  }
}

TEST(Stream, MayBeSentToFromManyThreads) {
  Streams streams({.stream_pieces_max = 100'000});
  TestSocket client(streams.server.port());
  client.send(watch);
  auto stream = streams.opened.take();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([stream] {
      for (int i = 0; i < 1000; ++i) EXPECT_TRUE(stream->send("0123456789"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  threads.clear();
  stream.reset();
  const std::string all = client.read_all();
  std::size_t found = 0;
  for (std::size_t at = all.find("0123456789"); at != std::string::npos; at = all.find("0123456789", at + 1)) ++found;
  EXPECT_EQ(found, 4000U);
}

}  // namespace
}  // namespace dure::http
