// What a client may cost, and what becomes of one that costs more.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/http/gzip.h"
#include "dure/http/test_server.h"
#include "dure/http/test_socket.h"

namespace dure::http {
namespace {

std::string post_head(std::size_t length) {
  return "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}
void agree(const Request& request, Reply reply) { reply.send({.body = std::to_string(request.body.size())}); }

TEST(Limits, OfTheAddressInTheFirstLine) {
  TestServer server(agree, {.target_bytes_max = 100});
  const auto asking_for = [](std::size_t bytes) {
    return "GET /" + std::string(bytes - 1, 'x') + " HTTP/1.1\r\nHost: test\r\n\r\n";
  };
  EXPECT_EQ(status_after(server.port(), asking_for(100)), "HTTP/1.1 200 OK");
  EXPECT_EQ(status_after(server.port(), asking_for(101)), "HTTP/1.1 414 URI Too Long");
}

TEST(Limits, OfTheNumberOfHeaders) {
  TestServer server(agree, {.headers_max = 10});
  const auto with = [](int more) {
    std::string request = "GET / HTTP/1.1\r\nHost: test\r\n";
    for (int i = 0; i < more; ++i) request += "a:b\r\n";
    return request + "\r\n";
  };
  EXPECT_EQ(status_after(server.port(), with(9)), "HTTP/1.1 200 OK");
  EXPECT_EQ(status_after(server.port(), with(10)), "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST(Limits, OfWhatStandsBetweenChunks) {
  TestServer server(agree, {.header_bytes_max = 1000});
  std::string request = "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 100; ++i) request += "1;padding=xxxxxxxxxxxxxxxx\r\nx\r\n";
  EXPECT_EQ(status_after(server.port(), request + "0\r\n\r\n"), "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST(Limits, HeadersAreUtf8) {
  TestServer server(agree);
  const auto with = [](std::string_view value) {
    return "GET / HTTP/1.1\r\nHost: test\r\nX: " + std::string(value) + "\r\n\r\n";
  };
  EXPECT_EQ(status_after(server.port(), with("\xeb\x91\x90\xeb\xa0\x88")), "HTTP/1.1 200 OK");
  EXPECT_EQ(status_after(server.port(), with("\xeb\x91")), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status_after(server.port(), with("\xc0\x80")), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status_after(server.port(), "GET /\xff HTTP/1.1\r\nHost: test\r\n\r\n"), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status_after(server.port(), "GET /%ff HTTP/1.1\r\nHost: test\r\n\r\n"), "HTTP/1.1 400 Bad Request");
}

// A client that asks for nothing keeps nobody out.
TEST(Limits, WhoHasAskedForNothingMakesRoom) {
  TestServer server(agree, {.connections_max = 3});
  TestSocket useful(server.port());
  useful.send(get);
  EXPECT_EQ(status_of(useful.read_answer()), "HTTP/1.1 200 OK");
  TestSocket silent(server.port());
  TestSocket slow(server.port());
  slow.send("GET / HTTP/1.1\r\nHost:");
  std::vector<TestSocket> later;
  for (int i = 0; i < 2; ++i) {
    later.emplace_back(server.port());
    later.back().send(get);
    EXPECT_EQ(status_of(later.back().read_answer()), "HTTP/1.1 200 OK");
  }
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(slow.read_all(), "");
  useful.send(get);
  EXPECT_EQ(status_of(useful.read_answer()), "HTTP/1.1 200 OK");
}

TEST(Limits, WhoRestsMakesRoomIfNobodyElseCan) {
  TestServer server(agree, {.connections_max = 1});
  TestSocket first(server.port());
  first.send(get);
  first.read_answer();
  TestSocket second(server.port());
  second.send(get);
  EXPECT_EQ(status_of(second.read_answer()), "HTTP/1.1 200 OK");
  EXPECT_EQ(first.read_all(), "");
}

TEST(Limits, WhoIsBeingServedDoesNotMakeRoom) {
  Handover<Reply> waiting;
  TestServer server([&](const Request&, Reply reply) { waiting.put(std::move(reply)); }, {.connections_max = 1});
  TestSocket first(server.port());
  first.send(get);
  Reply reply = waiting.take();
  EXPECT_EQ(status_after(server.port(), ""), "HTTP/1.1 503 Service Unavailable");
  reply.send({.body = "served"});
  EXPECT_TRUE(has(first.read_answer(), "served"));
}

TEST(Limits, OfTheConnectionsOfOneAddress) {
  TestServer server(agree, {.connections_of_loopback_max = 2});
  std::vector<TestSocket> some;
  for (int i = 0; i < 2; ++i) {
    some.emplace_back(server.port());
    some.back().send(get);
    EXPECT_EQ(status_of(some.back().read_answer()), "HTTP/1.1 200 OK");
  }
  TestSocket third(server.port());
  const std::string answer = third.read_all();
  EXPECT_EQ(status_of(answer), "HTTP/1.1 503 Service Unavailable");
  EXPECT_TRUE(has(answer, "this address has as many connections as it may have (2)"));
  EXPECT_TRUE(has(answer, "Connection: close"));
}

TEST(Limits, WhoComesWhenDescriptorsAreOutIsServedOnceThereAreSome) {
  TestServer server(agree);
  TestSocket early(server.port());
  early.send(get);
  early.read_answer();
  const int lowest = ::dup(0);
  ::close(lowest);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{.rlim_cur = static_cast<rlim_t>(lowest) + 1, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  TestSocket client(server.port());  // has the last
  client.send(get);
  early.send(get);  // the thread that answers this has tried to accept by then
  EXPECT_EQ(status_of(early.read_answer()), "HTTP/1.1 200 OK");
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(status_of(client.read_answer()), "HTTP/1.1 200 OK");
}

// A slow client that goes on sending is no attacker: each byte at this rate earns it a second.
TEST(Limits, ABodyThatKeepsComingIsWaitedFor) {
  TestServer server(agree, {.body_timeout = milliseconds(30), .body_rate_min = 1});
  TestSocket slow(server.port());
  slow.send(post_head(101) + std::string(100, 'x'));
  TestSocket stuck(server.port());
  stuck.send(post_head(1));
  EXPECT_EQ(status_of(stuck.read_all()), "HTTP/1.1 408 Request Timeout");  // hence the 30 ms are over
  slow.send("x");
  EXPECT_EQ(status_of(slow.read_answer()), "HTTP/1.1 200 OK");
}

TEST(Limits, TheBodyThatHasTakenLongestMakesRoomForOthers) {
  TestServer server(agree, {.held_bytes_max = 100'000});
  TestSocket first(server.port());
  first.send(post_head(90'000) + std::string(80'000, 'x'));
  TestSocket second(server.port());
  second.send(post_head(80'000) + std::string(70'000, 'x'));
  EXPECT_EQ(status_of(first.read_all()), "HTTP/1.1 503 Service Unavailable");
  second.send(std::string(10'000, 'x'));
  EXPECT_EQ(status_of(second.read_answer()), "HTTP/1.1 200 OK");
}

TEST(Limits, AnAnswerThatIsNotReadMakesRoomForOthers) {
  const std::string large(30'000'000, 'x');  // more than the kernel keeps
  TestServer server([&](const Request&, Reply reply) { reply.send({.body = large}); }, {.held_bytes_max = 40'000'000});
  TestSocket deaf(server.port(), TestSocket::Reads::slowly);
  deaf.send(get);
  deaf.read_until("\r\n\r\n");
  TestSocket next(server.port());
  next.send(get);
  EXPECT_EQ(next.read_answer().size() > large.size(), true);
  EXPECT_LT(deaf.read_all().size(), large.size());
}

// Refuses whoever does not say `X-Name`, by the header alone.
class Doorkeeper final : public Handler {
 public:
  Doorkeeper() : server_(*Server::start({}, *this)) {}
  std::uint16_t port() const { return server_->port(); }
  void handle(Request request, Reply reply) override { agree(request, std::move(reply)); }
  std::optional<Response> refuse_early(const Request& head) override {
    if (head.header("X-Name")) return std::nullopt;
    return to_response(Problem{.status = 401, .detail = "who are you? " + head.path});
  }

 private:
  std::unique_ptr<Server> server_;
};

TEST(Limits, WhatTheHeaderForbidsIsNeitherReadNorUnpacked) {
  Doorkeeper keeper;
  const auto answer_to = [&](const std::string& headers, const std::string& body) {
    TestSocket client(keeper.port());
    client.send("POST /door HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n" + body);
    client.end_sending();
    return client.read_all();
  };
  const std::string no_gzip = "Content-Encoding: gzip\r\nContent-Length: 5\r\n";
  EXPECT_TRUE(has(answer_to(no_gzip, "plain"), "401 Unauthorized"));
  EXPECT_TRUE(has(answer_to(no_gzip + "X-Name: me\r\n", "plain"), "400 Bad Request"));
  EXPECT_TRUE(has(answer_to("Content-Length: 1000000000\r\n", ""), "413 Content Too Large"));
  const std::string early = answer_to("Expect: 100-continue\r\nContent-Length: 5\r\n", "");
  EXPECT_EQ(status_of(early), "HTTP/1.1 401 Unauthorized");
  EXPECT_TRUE(has(early, "who are you? /door"));
  EXPECT_EQ(status_of(answer_to("", "")), "HTTP/1.1 200 OK");  // without a body it is for the handler
}

}  // namespace
}  // namespace dure::http
