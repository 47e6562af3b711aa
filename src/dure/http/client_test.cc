#include "dure/http/client.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dure/http/test_server.h"
#include "dure/http/test_socket.h"

namespace dure::http {
namespace {

TEST(Client, SendsAndReceives) {
  Handover<Request> requests;
  TestServer server([&](Request request, Reply reply) {
    reply.send({.status = 201, .content_type = "text/plain", .headers = {{"X-Back", "b"}}, .body = request.body + "!"});
    requests.put(std::move(request));
  });
  Client client({.url = server.url() + "/", .token = "secret"});
  const auto response = client.send(Method::post, "/v1/jobs?a=b", "hello", {{"X-There", "t"}});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 201U);
  EXPECT_EQ(response->body, "hello!");
  EXPECT_EQ(response->content_type, "text/plain");
  EXPECT_EQ(response->header("x-back"), "b");
  const Request seen = requests.take();
  EXPECT_EQ(seen.method, Method::post);
  EXPECT_EQ(seen.target, "/v1/jobs?a=b");
  EXPECT_EQ(seen.header("Authorization"), "Bearer secret");
  EXPECT_EQ(seen.header("X-There"), "t");
  EXPECT_EQ(seen.header("Content-Type"), "application/json");
}

TEST(Client, KnowsEveryMethodAndKeepsItsConnection) {
  Handover<Request> requests;
  TestServer server([&](Request request, Reply reply) {
    reply.send({.body = "text"});
    requests.put(std::move(request));
  });
  Client client({.url = server.url()});
  std::set<std::string> peers;
  for (const Method method :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del, Method::options}) {
    const auto response = client.send(method, "/", method == Method::put ? "body" : "");
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, method == Method::head ? "" : "text");
    const Request seen = requests.take();
    EXPECT_EQ(seen.method, method == Method::head ? Method::get : method);
    EXPECT_EQ(seen.body, method == Method::put ? "body" : "");
    peers.insert(seen.peer);
  }
  EXPECT_EQ(peers.size(), 1U);
}

TEST(Client, CarriesLargeBodiesBothWays) {
  TestServer server(
      [&](const Request& request, Reply reply) { reply.send({.content_type = "text/plain", .body = request.body}); });
  Client client({.url = server.url()});
  std::string body;
  for (int i = 0; i < 500'000; ++i) body += std::to_string(i);
  const auto response = client.send(Method::post, "/", body);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, body);
  EXPECT_EQ(response->header("Content-Encoding"), "gzip");
}

TEST(Client, BoundsWhatItTakes) {
  TestServer server([&](const Request&, Reply reply) {
    reply.send({.content_type = "text/plain", .body = std::string(1'000'000, 'x')});
  });
  Client client({.url = server.url(), .response_bytes_max = 100'000});
  const auto response = client.send(Method::get, "/");
  ASSERT_FALSE(response);
  EXPECT_NE(response.error().message.find("is larger than 100000 bytes"), std::string::npos);
}

TEST(Client, MakesAnErrorOfAProblem) {
  TestServer server([&](const Request& request, Reply reply) {
    if (request.path == "/plain") return reply.send({.status = 503});
    reply.refuse({.status = 404, .detail = "job 7 is not known; `dure queue` lists those that are"});
  });
  Client client({.url = server.url()});
  const Error error = error_of(*client.send(Method::get, "/"));
  EXPECT_EQ(error.code, Code::not_found);
  EXPECT_EQ(error.message, "job 7 is not known; `dure queue` lists those that are");
  const Error plain = error_of(*client.send(Method::get, "/plain"));
  EXPECT_EQ(plain.code, Code::unavailable);
  EXPECT_EQ(plain.message, "the server answered 503 Service Unavailable");
}

TEST(Client, SaysWhoCannotBeReachedAndWhatHelps) {
  std::string url;
  {
    TestServer gone([](const Request&, const Reply&) {});
    url = gone.url();
  }
  Client client({.url = url, .remedy = "start it with `dure serve`"});
  const auto response = client.send(Method::get, "/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::unavailable);
  EXPECT_TRUE(response.error().message.starts_with("the server at " + url + " cannot be reached: "));
  EXPECT_TRUE(response.error().message.ends_with("; start it with `dure serve`"));
  EXPECT_EQ(client.stream("/", [](const Event&) { return Next::go_on; }).error().code, Code::unavailable);
  EXPECT_EQ(Client({.url = "gopher://x"}).send(Method::get, "/").error().code, Code::invalid_argument);
}

TEST(Client, GivesUpOnAnAnswerThatDoesNotCome) {
  Handover<Reply> waiting;
  TestServer server([&](const Request&, Reply reply) { waiting.put(std::move(reply)); }, {.stop_timeout = {1}});
  Client client({.url = server.url(), .timeout = {20'000'000}});
  EXPECT_EQ(client.send(Method::get, "/").error().code, Code::unavailable);
}

TEST(Client, CanBeInterrupted) {
  Handover<Reply> waiting;
  TestServer server([&](const Request&, Reply reply) { waiting.put(std::move(reply)); }, {.stop_timeout = {1}});
  Client client({.url = server.url(), .is_cancelled = [] { return true; }});
  const auto response = client.send(Method::get, "/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::failed);
}

TEST(Client, FollowsEventsUntilItHasEnough) {
  Handover<std::shared_ptr<EventStream>> streams;
  Handover<Request> requests;
  TestServer server([&](Request request, Reply reply) {
    auto stream = reply.stream({});
    for (int i = 0; i < 5; ++i) stream->send(to_frame({std::to_string(i), "tick", "{}"}));
    streams.put(std::move(stream));
    requests.put(std::move(request));
  });
  Client client({.url = server.url()});
  std::vector<Event> events;
  const auto followed = client.stream(
      "/events",
      [&](const Event& event) {
        events.push_back(event);
        return events.size() == 3 ? Next::stop : Next::go_on;
      },
      "41");
  EXPECT_TRUE(followed);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[2], (Event{"2", "tick", "{}"}));
  EXPECT_EQ(requests.take().header("Last-Event-ID"), "41");
}

TEST(Client, TellsAStreamThatEndedFromOneThatBroke) {
  TestServer server(
      [&](const Request& request, Reply reply) {
        const auto stream = reply.stream({});
        stream->send(to_frame({"1", "tick", "{}"}));
        if (request.path == "/refused") return;
        const auto flood = std::make_shared<const std::string>(65'536, '\n');
        while (request.path == "/broken" && stream->send(flood)) continue;  // the server cuts off who is slow
      },
      {.stream_bytes_max = 100'000});
  Client client({.url = server.url()});
  const auto ignore = [](const Event&) { return Next::go_on; };
  EXPECT_TRUE(client.stream("/ended", ignore));
  const auto broken = client.stream("/broken", ignore);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::unavailable);
}

TEST(Client, GivesUpOnAStreamThatIsSilent) {
  Handover<std::shared_ptr<EventStream>> streams;
  TestServer server([&](const Request&, Reply reply) { streams.put(reply.stream({})); });
  Client client({.url = server.url(), .silence_timeout = {20'000'000}});
  const auto followed = client.stream("/", [](const Event&) { return Next::go_on; });
  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code, Code::unavailable);
  EXPECT_TRUE(followed.error().message.ends_with("said nothing for 20ms"));
}

TEST(Client, MakesAnErrorOfARefusedStream) {
  TestServer server([](const Request&, Reply reply) { reply.refuse({.status = 403, .detail = "not for you"}); });
  Client client({.url = server.url()});
  const auto refused = client.stream("/", [](const Event&) { return Next::go_on; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::not_permitted);
  EXPECT_EQ(refused.error().message, "not for you");
  EXPECT_EQ(client.download("/", [](std::string_view) { return Next::go_on; }).error().message, "not for you");
}

TEST(Client, DownloadsPieceByPiece) {
  TestServer server([](const Request&, Reply reply) { reply.send({.body = std::string(3'000'000, 'x')}); });
  Client client({.url = server.url()});
  std::size_t bytes = 0;
  EXPECT_TRUE(client.download("/", [&](std::string_view piece) {
    bytes += piece.size();
    return Next::go_on;
  }));
  EXPECT_EQ(bytes, 3'000'000U);
  bytes = 0;
  EXPECT_TRUE(client.download("/", [&](std::string_view piece) {
    bytes += piece.size();
    return Next::stop;
  }));
  EXPECT_LT(bytes, 3'000'000U);
}

TEST(Client, LetsExceptionsOfItsCallerThrough) {
  TestServer server([](const Request&, Reply reply) { reply.send({.body = "x"}); });
  Client client({.url = server.url()});
  EXPECT_THROW(static_cast<void>(
                   client.download("/", [](std::string_view) -> Next { throw std::runtime_error("of the caller"); })),
               std::runtime_error);
  EXPECT_TRUE(client.send(Method::get, "/"));
}

}  // namespace
}  // namespace dure::http
