#include "dure/http/server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "dure/http/gzip.h"
#include "dure/http/test_server.h"
#include "dure/http/test_socket.h"

namespace dure::http {
namespace {

std::string request(std::string_view first_line, std::string_view headers = "", std::string_view body = "") {
  return std::string(first_line) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string post(std::string_view body, std::string_view headers = "") {
  return request("POST /", "Content-Length: " + std::to_string(body.size()) + "\r\n" + std::string(headers), body);
}

std::string body_of(std::string_view answer) { return std::string(answer.substr(answer.find("\r\n\r\n") + 4)); }

// `GET /path|name=value|body`.
void echo(const Request& request, Reply reply) {
  std::string text = std::string(to_text(request.method)) + " " + request.path;
  for (const Parameter& parameter : request.query) text += "|" + parameter.name + "=" + parameter.value;
  if (!request.body.empty()) text += "|" + request.body;
  reply.send({.content_type = "text/plain", .body = std::move(text)});
}

TEST(Server, AnswersWithWhatTheHandlerSays) {
  TestServer server(echo);
  TestSocket client(server.port());
  client.send(request("POST /a%20b?x=1&y=", "Content-Length: 5\r\n", "hello"));
  const std::string answer = client.read_answer();
  EXPECT_EQ(status_of(answer), "HTTP/1.1 200 OK");
  EXPECT_TRUE(has(answer, "Content-Type: text/plain\r\n"));
  EXPECT_TRUE(has(answer, "\r\nDate: "));
  EXPECT_EQ(body_of(answer), "POST /a b|x=1|y=|hello");
}

TEST(Server, LetsNobodyKeepAnAnswerOrGuessWhatItIs) {
  TestServer server([](const Request& request, Reply reply) {
    Response response{.status = 200, .content_type = "text/plain", .headers = {}, .body = "x"};
    if (request.path == "/kept") response.headers.push_back({"cache-control", "no-cache"});
    reply.send(std::move(response));
  });
  const std::string answer = all_answers_to(server.port(), request("GET /"));
  EXPECT_TRUE(has(answer, "\r\nCache-Control: no-store\r\n"));
  EXPECT_TRUE(has(answer, "\r\nX-Content-Type-Options: nosniff\r\n"));
  const std::string kept = all_answers_to(server.port(), request("GET /kept"));
  EXPECT_TRUE(has(kept, "\r\ncache-control: no-cache\r\n"));
  EXPECT_FALSE(has(kept, "no-store"));
}

TEST(Server, SaysWhoAsksAndWhatWasSent) {
  Handover<Request> requests;
  TestServer server([&](Request request, Reply reply) {
    requests.put(std::move(request));
    reply.send({.status = 204});
  });
  TestSocket client(server.port());
  client.send(request("GET /a%41", "X-Name: value\r\nx-name: other\r\n"));
  EXPECT_EQ(status_of(client.read_answer()), "HTTP/1.1 204 No Content");
  const Request seen = requests.take();
  EXPECT_EQ(seen.header("x-NAME"), "value");
  EXPECT_EQ(seen.header("absent"), std::nullopt);
  EXPECT_EQ(seen.target, "/a%41");
  EXPECT_TRUE(seen.peer.starts_with("127.0.0.1:"));
  EXPECT_TRUE(seen.is_loopback);
}

TEST(Server, KeepsAConnectionUntilToldOtherwise) {
  TestServer server(echo);
  TestSocket client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send(request("GET /" + std::to_string(i)));
    EXPECT_EQ(body_of(client.read_answer()), "GET /" + std::to_string(i));
  }
  client.send(request("GET /last", "Connection: close\r\n"));
  const std::string answer = client.read_all();
  EXPECT_TRUE(has(answer, "Connection: close\r\n"));
  EXPECT_EQ(body_of(answer), "GET /last");
}

TEST(Server, ClosesAConnectionOfHttp10UnlessAskedToKeepIt) {
  TestServer server(echo);
  TestSocket client(server.port());
  client.send("GET /kept HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(has(client.read_answer(), "Connection: keep-alive\r\n"));
  client.send("GET /closed HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(client.read_all()), "GET /closed");
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  constexpr int count = 200;  // more than wait at a time
  Handover<std::pair<std::string, Reply>> waiting;
  TestServer server([&](Request request, Reply reply) { waiting.put({request.path, std::move(reply)}); });
  TestSocket client(server.port());
  std::string requests;
  for (int i = 0; i < count; ++i) requests += request("GET /" + std::to_string(i));
  std::thread answering([&] {
    for (int done = 0; done < count; done += 10) {
      std::vector<std::pair<std::string, Reply>> batch;
      for (int i = 0; i < 10; ++i) batch.push_back(waiting.take());
      std::reverse(batch.begin(), batch.end());
      for (auto& [path, reply] : batch) reply.send({.body = path});
    }
  });
  client.send(requests);
  for (int i = 0; i < count; ++i) EXPECT_EQ(body_of(client.read_answer()), "/" + std::to_string(i));
  answering.join();
}

TEST(Server, ReadsARequestCutAnywhere) {
  TestServer server(echo);
  const std::string whole = request("POST /cut?a=b", "Content-Length: 4\r\n", "body");
  TestSocket client(server.port());
  for (std::size_t at = 1; at < whole.size(); ++at) {
    client.send(whole.substr(0, at));
    client.send(whole.substr(at));
    EXPECT_EQ(body_of(client.read_answer()), "POST /cut|a=b|body") << "cut at " << at;
  }
}

TEST(Server, ReadsABodyInChunks) {
  TestServer server(echo);
  TestSocket client(server.port());
  client.send(
      request("POST /", "Transfer-Encoding: chunked\r\n", "4\r\nwith\r\n5;x=y\r\n five\r\n0\r\nTrailer: x\r\n\r\n"));
  EXPECT_EQ(body_of(client.read_answer()), "POST /|with five");
}

TEST(Server, AnswersAClientThatHasEndedItsSide) {
  Handover<Reply> waiting;
  TestServer server([&](const Request&, Reply reply) { waiting.put(std::move(reply)); });
  TestSocket client(server.port());
  client.send(request("GET /"));
  client.end_sending();
  waiting.take().send({.body = "late"});
  EXPECT_EQ(body_of(client.read_all()), "late");
}

TEST(Server, DropsARequestThatEndsInTheMiddle) {
  TestServer server(echo);
  EXPECT_EQ(all_answers_to(server.port(), "GET / HTTP/1.1\r\nHost: x"), "");
  EXPECT_EQ(all_answers_to(server.port(), request("POST /", "Content-Length: 10\r\n", "five ")), "");
  EXPECT_EQ(status_after(server.port(), request("GET /")), "HTTP/1.1 200 OK");
}

TEST(Server, LeavesTheBodyOutForHead) {
  TestServer server(echo);
  TestSocket client(server.port());
  client.send(request("HEAD /some") + request("GET /next"));
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_TRUE(has(head, "Content-Length: 9\r\n"));  // `GET /some`
  EXPECT_EQ(body_of(client.read_answer()), "GET /next");
}

TEST(Server, LeavesTheBodyOutForAHeadThatItRefuses) {
  TestServer server(echo);
  const std::string answer = all_answers_to(server.port(), request("HEAD /a%ff"));
  EXPECT_EQ(status_of(answer), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(body_of(answer), "");
}

TEST(Server, MakesAProblemOfARefusal) {
  TestServer server([](const Request& request, Reply reply) {
    reply.refuse({.status = 404, .detail = "there is no \"" + request.path + "\"\n"});
  });
  TestSocket client(server.port());
  client.send(request("GET /x"));
  const std::string answer = client.read_answer();
  EXPECT_EQ(status_of(answer), "HTTP/1.1 404 Not Found");
  EXPECT_TRUE(has(answer, "Content-Type: application/problem+json\r\n"));
  EXPECT_EQ(body_of(answer),
            R"({"type":"about:blank","title":"Not Found","status":404,"detail":"there is no \"/x\"\u000a"})");
}

TEST(Server, RefusesWhatIsNotHttp) {
  TestServer server(echo);
  for (const std::string_view bytes :
       {std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), std::string_view("garbage\r\n\r\n"),
        std::string_view("GET / HTTP/3.7\r\n\r\n"), std::string_view("GET /\r\n\r\n"),
        std::string_view("GET / HTTP/1.1\r\n\r\n"),  // no Host
        std::string_view("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        std::string_view("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string_view("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n"),
        std::string_view("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"),
        std::string_view("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string_view("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}) {
    EXPECT_EQ(status_after(server.port(), bytes), "HTTP/1.1 400 Bad Request") << bytes;
  }
}

TEST(Server, RefusesASecondHeaderOfWhatHasOneValue) {
  TestServer server(echo);
  for (const std::string name : {"Authorization", "Idempotency-Key", "Content-Type", "Last-Event-ID", "HOST"}) {
    const std::string answers = all_answers_to(server.port(), request("GET /", name + ": a\r\n" + name + ": a\r\n"));
    EXPECT_TRUE(has(answers, "400 Bad Request")) << name;
    EXPECT_TRUE(has(answers, "a request has one " + name + " header; send one")) << answers;
  }
  EXPECT_EQ(status_after(server.port(), request("GET /", "Authorization: a\r\nauthorization: b\r\n")),
            "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status_after(server.port(), request("GET /", "Accept: a\r\nAccept: b\r\nIdempotency-Key: c\r\n")),
            "HTTP/1.1 200 OK");
}

TEST(Server, AnswersWhatCameBeforeTheGarbage) {
  TestServer server(echo);
  const std::string answers =
      all_answers_to(server.port(), request("GET /good") + "garbage\r\n\r\n" + request("GET /lost"));
  EXPECT_TRUE(has(answers, "GET /good"));
  EXPECT_TRUE(has(answers, "400 Bad Request"));
  EXPECT_FALSE(has(answers, "GET /lost"));
}

TEST(Server, RefusesWhatItDoesNotKnow) {
  TestServer server(echo);
  EXPECT_EQ(status_after(server.port(), request("TRACE /")), "HTTP/1.1 501 Not Implemented");
  EXPECT_EQ(status_after(server.port(), request("BREW /")), "HTTP/1.1 501 Not Implemented");
  EXPECT_EQ(status_after(server.port(), request("POST /", "Transfer-Encoding: gzip, chunked\r\n")),
            "HTTP/1.1 501 Not Implemented");
  EXPECT_EQ(status_after(server.port(), request("POST /", "Expect: wonders\r\n")), "HTTP/1.1 417 Expectation Failed");
  EXPECT_EQ(status_after(server.port(), post("x", "Content-Encoding: br\r\n")), "HTTP/1.1 415 Unsupported Media Type");
}

TEST(Server, TakesHeadersUpToTheirBound) {
  TestServer server(echo, {.header_bytes_max = 1000});
  const std::string fits(900, 'x');
  const std::string not_at_all(1001, 'x');
  EXPECT_EQ(status_after(server.port(), request("GET /", "X: " + fits + "\r\n")), "HTTP/1.1 200 OK");
  EXPECT_EQ(status_after(server.port(), request("GET /", "X: " + not_at_all + "\r\n")),
            "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(status_after(server.port(), request("GET /" + fits)), "HTTP/1.1 200 OK");
  EXPECT_EQ(status_after(server.port(), request("GET /" + not_at_all)), "HTTP/1.1 414 URI Too Long");
}

TEST(Server, TakesNoEndlessRowOfHeaders) {
  TestServer server(echo, {.header_bytes_max = 1000});
  TestSocket client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n");
  for (int i = 0; i < 200; ++i) client.send("X: 12345\r\n");
  EXPECT_EQ(status_of(client.read_until("\r\n\r\n")), "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST(Server, TakesNoEndlessChunkHeaderOrTrailer) {
  TestServer server(echo, {.header_bytes_max = 1000});
  for (const std::string_view begin : {"1;", "1\r\nx\r\n0;", "1\r\nx\r\n0\r\nTrailer: "}) {
    const std::string endless = std::string(begin) + std::string(2000, 'x');
    EXPECT_EQ(status_after(server.port(), request("POST /", "Transfer-Encoding: chunked\r\n", endless)),
              "HTTP/1.1 431 Request Header Fields Too Large");
  }
}

TEST(Server, DoesNotTakeATrailerForAHeader) {
  Handover<Request> requests;
  TestServer server([&](Request request, Reply reply) {
    requests.put(std::move(request));
    reply.send({});
  });
  all_answers_to(server.port(), request("POST /", "Transfer-Encoding: chunked\r\n", "0\r\nAuthorization: x\r\n\r\n"));
  EXPECT_EQ(requests.take().header("Authorization"), std::nullopt);
}

TEST(Server, TakesBodiesUpToTheirBound) {
  TestServer server(echo, {.body_bytes_max = 100'000});
  const std::string fits(100'000, 'x');
  TestSocket client(server.port());
  client.send(post(fits));
  EXPECT_EQ(body_of(client.read_answer()), "POST /|" + fits);
  EXPECT_EQ(status_after(server.port(), post(fits + "x")), "HTTP/1.1 413 Content Too Large");
  const std::string chunk = "186a0\r\n" + fits + "\r\n";
  EXPECT_EQ(
      status_after(server.port(), request("POST /", "Transfer-Encoding: chunked\r\n", chunk + "1\r\nx\r\n0\r\n\r\n")),
      "HTTP/1.1 413 Content Too Large");
}

TEST(Server, RefusesALargeBodyBeforeItIsSent) {
  TestServer server(echo, {.body_bytes_max = 10});
  TestSocket client(server.port());
  client.send(request("POST /", "Expect: 100-continue\r\nContent-Length: 11\r\n"));
  EXPECT_EQ(status_of(client.read_until("\r\n\r\n")), "HTTP/1.1 413 Content Too Large");
}

TEST(Server, TellsAClientToGoOnWithItsBody) {
  TestServer server(echo);
  TestSocket client(server.port());
  client.send(request("GET /before") + request("POST /", "Expect: 100-continue\r\nContent-Length: 4\r\n"));
  EXPECT_EQ(body_of(client.read_answer()), "GET /before");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_EQ(body_of(client.read_answer()), "POST /|body");
}

TEST(Server, UnpacksBodies) {
  TestServer server(echo, {.body_bytes_max = 5000});
  GzipPacker packer;
  TestSocket client(server.port());
  client.send(post(packer.pack(std::string(5000, 'x')), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(body_of(client.read_answer()), "POST /|" + std::string(5000, 'x'));
  EXPECT_EQ(status_after(server.port(), post(packer.pack(std::string(5001, 'x')), "Content-Encoding: gzip\r\n")),
            "HTTP/1.1 413 Content Too Large");
  EXPECT_EQ(status_after(server.port(), post("plain", "Content-Encoding: gzip\r\n")), "HTTP/1.1 400 Bad Request");
}

TEST(Server, PacksLargeAnswersForWhoAcceptsThem) {
  const std::string text(1025, 'x');
  TestServer server([&](const Request& request, Reply reply) {
    reply.send({.content_type = request.path == "/png" ? "image/png" : "application/json",
                .body = request.path == "/small" ? text.substr(1) : text});
  });
  TestSocket client(server.port());
  const auto packed = [&](std::string_view path, std::string_view accepts) {
    client.send(request("GET " + std::string(path), "Accept-Encoding: " + std::string(accepts) + "\r\n"));
    const std::string answer = client.read_answer();
    if (!has(answer, "Content-Encoding: gzip\r\n")) return false;
    EXPECT_TRUE(has(answer, "Vary: Accept-Encoding\r\n"));
    EXPECT_EQ(unpack_gzip(body_of(answer), 10'000).bytes, text);
    return true;
  };
  EXPECT_TRUE(packed("/", "gzip"));
  EXPECT_TRUE(packed("/", "br, GZIP;q=0.5"));
  EXPECT_TRUE(packed("/", "*"));
  EXPECT_FALSE(packed("/", "gzip;q=0"));
  EXPECT_FALSE(packed("/", "br"));
  EXPECT_FALSE(packed("/small", "gzip"));
  EXPECT_FALSE(packed("/png", "gzip"));
}

TEST(Server, SendsLargeAnswersToWhoReadsSlowly) {
  const std::string text(8'000'000, 'x');
  TestServer server([&](const Request&, Reply reply) { reply.send({.body = text}); });
  TestSocket client(server.port(), TestSocket::Reads::slowly);
  client.send(request("GET /") + request("GET /"));
  EXPECT_EQ(body_of(client.read_answer()), text);
  EXPECT_EQ(body_of(client.read_answer()), text);
}

TEST(Server, GivesUpOnASlowHeader) {
  TestServer server(echo, {.header_timeout = milliseconds(30)});
  TestSocket client(server.port());
  client.send("GET / HTTP/1.1\r\nHost:");
  const std::string answer = client.read_all();
  EXPECT_EQ(status_of(answer), "HTTP/1.1 408 Request Timeout");
  EXPECT_TRUE(has(answer, "the header of the request did not come within 30ms"));
}

TEST(Server, GivesUpOnASlowBody) {
  TestServer server(echo, {.body_timeout = milliseconds(30)});
  TestSocket client(server.port());
  client.send(request("POST /", "Content-Length: 10\r\n", "x"));
  EXPECT_EQ(status_of(client.read_all()), "HTTP/1.1 408 Request Timeout");
}

TEST(Server, ClosesAConnectionThatIsNotUsed) {
  TestServer server(echo, {.idle_timeout = milliseconds(30)});
  TestSocket never_used(server.port());
  TestSocket used_once(server.port());
  used_once.send(request("GET /"));
  EXPECT_EQ(body_of(used_once.read_all()), "GET /");
  EXPECT_EQ(never_used.read_all(), "");
}

TEST(Server, GivesUpOnAClientThatDoesNotRead) {
  const std::string text(30'000'000, 'x');  // more than the kernel keeps
  TestServer server([&](const Request&, Reply reply) { reply.send({.body = text}); },
                    {.write_timeout = milliseconds(50), .stop_timeout = seconds(60)});
  TestSocket client(server.port(), TestSocket::Reads::slowly);
  client.send(request("GET /"));
  client.read_until("\r\n\r\n");
  server.stop();  // waits for the answer to be written, or given up
  EXPECT_LT(client.read_all().size(), text.size());
}

TEST(Server, AnswersWhenTheHandlerThrowsOrForgets) {
  TestServer server([](const Request& request, const Reply&) {
    if (request.path == "/throws") throw std::runtime_error("a mistake");
  });
  TestSocket client(server.port());
  for (const std::string_view path : {"GET /throws", "GET /forgets"}) {
    client.send(request(path));
    EXPECT_EQ(status_of(client.read_answer()), "HTTP/1.1 500 Internal Server Error");
  }
}

TEST(Server, CannotBeMadeToSplitAnAnswer) {
  TestServer server(
      [](const Request&, Reply reply) { reply.send({.headers = {{"Location", "/a\r\nSet-Cookie: b"}}}); });
  TestSocket client(server.port());
  client.send(request("GET /"));
  EXPECT_TRUE(has(client.read_answer(), "Location: /a  Set-Cookie: b\r\n"));
}

TEST(Server, TakesAnAnswerForAClientThatHasGone) {
  Handover<Reply> waiting;
  TestServer server([&](const Request& request, Reply reply) {
    if (request.path == "/wait") return waiting.put(std::move(reply));
    reply.send({});
  });
  for (int i = 0; i < 10; ++i) {
    TestSocket client(server.port());
    client.send(request("GET /wait") + request("GET /wait"));
    Reply first = waiting.take();
    Reply second = waiting.take();
    client.reset();
    first.send({.body = std::string(1'000'000, 'x')});
    EXPECT_EQ(status_after(server.port(), request("GET /")), "HTTP/1.1 200 OK");
    second.send({.body = "x"});
  }
}

TEST(Server, ServesManyConnectionsOnSeveralThreads) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  for (const unsigned threads : {1U, 3U}) {
    TestServer server(echo, {.threads = threads});
    std::vector<TestSocket> clients;
    for (int i = 0; i < 500; ++i) clients.emplace_back(server.port());
    for (int round = 0; round < 3; ++round) {
      for (std::size_t i = 0; i < clients.size(); ++i) clients[i].send(request("GET /" + std::to_string(i)));
      for (std::size_t i = 0; i < clients.size(); ++i) {
        ASSERT_EQ(body_of(clients[i].read_answer()), "GET /" + std::to_string(i));
      }
    }
  }
}

TEST(Server, SaysWhereItCannotListenAndWhatHelps) {
  TestServer server(echo);
  struct Nobody final : Handler {
    void handle(Request, Reply) override {}
  } nobody;
  const auto in_use = Server::start({.port = server.port()}, nobody);
  ASSERT_FALSE(in_use);
  EXPECT_TRUE(has(in_use.error().message, "127.0.0.1:" + std::to_string(server.port()) + " is in use; choose another"));
  const auto no_address = Server::start({.address = "somewhere"}, nobody);
  ASSERT_FALSE(no_address);
  EXPECT_EQ(no_address.error().code, Code::invalid_argument);
  const auto elsewhere = Server::start({.address = "192.0.2.1"}, nobody);
  ASSERT_FALSE(elsewhere);
  EXPECT_TRUE(has(elsewhere.error().message, "192.0.2.1:0 cannot be listened on"));
}

TEST(Server, StopsWhenRequestsInFlightAreAnswered) {
  Handover<Reply> waiting;
  TestServer server([&](const Request&, Reply reply) { waiting.put(std::move(reply)); });
  TestSocket idle(server.port());
  TestSocket client(server.port());
  client.send(request("GET /"));
  Reply reply = waiting.take();
  std::thread stopping([&] { server.stop(); });
  EXPECT_EQ(idle.read_all(), "");  // hence it has begun to stop
  reply.send({.body = "in time"});
  const std::string answer = client.read_all();
  EXPECT_TRUE(has(answer, "Connection: close\r\n"));
  EXPECT_EQ(body_of(answer), "in time");
  stopping.join();
  EXPECT_THROW(TestSocket(server.port()), std::runtime_error);
}

TEST(Server, StopsWithoutAnswersThatNeverCome) {
  Handover<Reply> waiting;
  auto server = std::make_unique<TestServer>([&](const Request&, Reply reply) { waiting.put(std::move(reply)); },
                                             ServerOptions{.stop_timeout = milliseconds(20)});
  TestSocket client(server->port());
  client.send(request("GET /"));
  Reply reply = waiting.take();
  server->stop();
  server->stop();  // again does nothing
  EXPECT_EQ(client.read_all(), "");
  server.reset();
  reply.send({.body = "after the server has gone"});
}

}  // namespace
}  // namespace dure::http
