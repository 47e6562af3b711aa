#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "dure/http/client.h"
#include "dure/http/test_server.h"
#include "dure/http/test_tls.h"

namespace dure::http {
namespace {

// Answers with the body that was sent.
class Tls : public testing::Test {
 protected:
  static void echo(Request request, Reply reply) { reply.send({.body = std::move(request.body)}); }
  std::unique_ptr<TestServer> server(std::shared_ptr<const Certificate> certificate, ServerOptions options = {}) {
    options.certificate = std::move(certificate);
    return std::make_unique<TestServer>(
        [this](Request request, Reply reply) {
          ++handled_;
          echo(std::move(request), std::move(reply));
        },
        options);
  }
  static std::string url(const TestServer& server) { return "https://127.0.0.1:" + std::to_string(server.port()); }
  ClientOptions trusting_authority(const TestServer& server) {
    return {.url = url(server), .ca_file = authority_.ca_file()};
  }

  TestAuthority authority_;
  std::atomic<int> handled_ = 0;
};

TEST_F(Tls, CarriesRequestsAndAnswers) {
  const auto server = this->server(authority_.sign("one"));
  Client client(trusting_authority(*server));
  for (const std::size_t size : {0U, 1U, 16'384U, 1'000'000U}) {
    const std::string body(size, 'x');
    const auto answer = client.send(Method::post, "/", body);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, body);
  }
}

TEST_F(Tls, ReadsRequestsCutAnywhereAndTogether) {
  const auto server = this->server(authority_.sign("one"));
  TestTlsSocket client(server->port());
  ASSERT_TRUE(client.is_connected());
  EXPECT_EQ(client.version(), "TLSv1.3");
  for (std::size_t at = 1; at < get.size(); ++at) {
    client.send(get.substr(0, at));
    client.send(get.substr(at));
    EXPECT_TRUE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 OK")) << "cut at " << at;
  }
  std::string many;
  for (int i = 0; i < 500; ++i) many += get;  // more than a record, and more than wait at a time
  client.send(many);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 OK")) << i;
}

TEST_F(Tls, WritesAsMuchAsASlowReaderTakes) {
  std::string text(8'000'000, 'x');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
  TestServer server(
      [&](const Request&, Reply reply) {
        const auto stream = reply.stream({.content_type = "text/plain"});
        for (std::size_t i = 0; i < text.size(); i += 10'000) stream->send(text.substr(i, 10'000));
      },
      {.certificate = authority_.sign("one"), .stream_bytes_max = 10'000'000});
  Client client(trusting_authority(server));
  std::string read;
  const auto done = client.download("/", [&](std::string_view bytes) {
    read += bytes;
    return Next::go_on;
  });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(read == text);
}

TEST_F(Tls, OffersNothingOlderThan12) {
  const auto server = this->server(authority_.sign("one"));
  EXPECT_FALSE(TestTlsSocket(server->port(), TLS1_1_VERSION).is_connected());
  EXPECT_FALSE(TestTlsSocket(server->port(), TLS1_VERSION).is_connected());
  TestTlsSocket middle(server->port(), TLS1_2_VERSION);
  EXPECT_TRUE(middle.is_connected());
  EXPECT_EQ(middle.version(), "TLSv1.2");
}

// A client who may start over could have us sign for ever.
TEST_F(Tls, DoesNotStartOver) {
  const auto server = this->server(authority_.sign("one"));
  TestTlsSocket client(server->port(), TLS1_2_VERSION);
  ASSERT_TRUE(client.is_connected());
  EXPECT_FALSE(client.renegotiate());
}

TEST_F(Tls, IsTrustedByTheKeyThatIsPinned) {
  const auto certificate = authority_.self_signed("own");
  EXPECT_TRUE(certificate->is_self_signed());
  const auto server = this->server(certificate);
  Client pinned({.url = url(*server), .fingerprint = certificate->fingerprint()});
  EXPECT_TRUE(pinned.send(Method::get, "/"));
  EXPECT_EQ(handled_, 1);
  Client unpinned({.url = url(*server)});
  const auto refused = unpinned.send(Method::get, "/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::failed);
  EXPECT_NE(refused.error().message.find("cannot prove who it is"), std::string::npos) << refused.error().message;
  EXPECT_EQ(handled_, 1);
}

TEST_F(Tls, IsNotTrustedWithAnotherKeyThanThePinnedOne) {
  const auto before = authority_.self_signed("before");
  const auto server = this->server(authority_.sign("now"));
  Client client({.url = url(*server),
                 .token = "secret",
                 .ca_file = authority_.ca_file(),  // even if an authority vouches for it
                 .fingerprint = before->fingerprint(),
                 .key_remedy = "ask its operator"});
  const auto refused = client.send(Method::get, "/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::failed);
  EXPECT_EQ(refused.error().message,
            "the server at " + url(*server) + " shows another key than " + before->fingerprint() +
                ": it was given a new one, or something between here and there takes its place; nothing was sent to "
                "it; ask its operator");
  EXPECT_EQ(handled_, 0);
}

TEST_F(Tls, ShowsItsKeyToWhoMeetsIt) {
  const auto certificate = authority_.sign("one");
  EXPECT_FALSE(certificate->is_self_signed());
  const auto server = this->server(certificate);
  const auto known = meet(trusting_authority(*server));
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_TRUE(known->is_vouched_for);
  EXPECT_EQ(known->fingerprint, certificate->fingerprint());
  const auto unknown = meet({.url = url(*server)});
  ASSERT_TRUE(unknown) << unknown.error().message;
  EXPECT_FALSE(unknown->is_vouched_for);
  EXPECT_EQ(unknown->fingerprint, certificate->fingerprint());
  EXPECT_NE(unknown->objection, "");
  const TestAuthority impostor;  // of the same name, with another key
  const auto forged = meet({.url = url(*server), .ca_file = impostor.ca_file()});
  ASSERT_TRUE(forged) << forged.error().message;
  EXPECT_FALSE(forged->is_vouched_for);
  EXPECT_EQ(handled_, 0);
}

TEST_F(Tls, OfOurOwnMakingFitsTheNamesAndHidesItsKey) {
  const auto certificate = authority_.self_signed("own");
  struct stat key{};
  ASSERT_EQ(::stat(authority_.files("own").key.c_str(), &key), 0);
  EXPECT_EQ(key.st_mode & 0777U, 0600U);
  EXPECT_EQ(certificate->expires(), (Time{1'700'000'000'000'000'000} + hours(24 * 3650)));
  const auto server = this->server(certificate);
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    Client client({.url = "https://" + host + ":" + std::to_string(server->port()),
                   .ca_file = authority_.files("own").certificate});
    const auto answer = client.send(Method::get, "/");
    EXPECT_TRUE(answer) << answer.error().message;
  }
  EXPECT_TRUE(is_fingerprint(certificate->fingerprint()));
  EXPECT_FALSE(is_fingerprint("sha256//short"));
  EXPECT_EQ(names_of_this_machine("192.0.2.7").back(), "192.0.2.7");
}

TEST_F(Tls, SaysWhatIsWrongWithTheFiles) {
  authority_.sign("one");
  authority_.sign("two");
  const auto message = [](const CertificateFiles& files) {
    const auto read = Certificate::read(files);
    return read ? std::string() : read.error().message;
  };
  const CertificateFiles one = authority_.files("one");
  const CertificateFiles two = authority_.files("two");
  EXPECT_NE(message({one.certificate, two.key}).find("not the key of the certificate"), std::string::npos);
  EXPECT_NE(message({one.certificate + "x", one.key}).find(one.certificate + "x: no certificate"), std::string::npos);
  EXPECT_NE(message({one.certificate, one.certificate}).find("no key"), std::string::npos);
  std::ofstream(two.certificate) << "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
  EXPECT_NE(message(two).find("no certificate"), std::string::npos);
}

TEST_F(Tls, ReadsRegularFilesAloneAndWaitsForNobody) {
  authority_.sign("one");
  const CertificateFiles one = authority_.files("one");
  const std::string pipe = authority_.folder() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& other : {pipe, authority_.folder().string(), std::string("/dev/zero")}) {
    const auto no_certificate = Certificate::read({other, one.key});
    ASSERT_FALSE(no_certificate);
    EXPECT_NE(no_certificate.error().message.find(other + ": no certificate (it is no regular file)"),
              std::string::npos)
        << no_certificate.error().message;
    const auto no_key = Certificate::read({one.certificate, other});
    ASSERT_FALSE(no_key);
    EXPECT_NE(no_key.error().message.find(other + ": no key (it is no regular file)"), std::string::npos)
        << no_key.error().message;
  }
}

// Who connects while the certificate changes sees one or the other, and never neither.
TEST_F(Tls, ChangesItsCertificateUnderLoad) {
  const std::vector certificates{authority_.sign("one"), authority_.sign("two")};
  const auto server = this->server(certificates[0]);
  TestTlsSocket early(server->port());
  std::atomic<bool> is_over = false;
  std::atomic<int> served = 0;
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!is_over) {
        Client client(trusting_authority(*server));
        ++(client.send(Method::get, "/") ? served : failed);
      }
    });
  }
  for (std::size_t i = 0; served < 100 && failed == 0; ++i) {
    server->set_certificate(certificates[i % 2]);
    std::this_thread::yield();
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  server->set_certificate(certificates[1]);
  EXPECT_EQ(meet(trusting_authority(*server))->fingerprint, certificates[1]->fingerprint());
  early.send(get);
  EXPECT_TRUE(early.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 OK"));
}

TEST_F(Tls, DropsHandshakesThatTakeTooLong) {
  const auto server = this->server(authority_.sign("one"), {.handshake_timeout = milliseconds(30)});
  TestSocket silent(server->port());
  TestSocket halfway(server->port());
  halfway.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(halfway.read_all(), "");
}

TEST_F(Tls, TheOldestHandshakeMakesRoomForTheNext) {
  const auto server = this->server(authority_.sign("one"), {.handshakes_max = 2, .handshake_timeout = seconds(3600)});
  TestSocket first(server->port());
  TestSocket second(server->port());
  Client client(trusting_authority(*server));
  EXPECT_TRUE(client.send(Method::get, "/"));
  EXPECT_EQ(first.read_all(), "");
}

TEST_F(Tls, TellsWhoSpeaksPlainHttpWhereToGo) {
  const auto server = this->server(authority_.sign("one"));
  TestSocket plain(server->port());
  plain.send(get);
  const std::string answer = plain.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\"this port speaks TLS; use an address of https://...\"}\n")) << answer;
  TestSocket noise(server->port());
  noise.send("\x01\x02garbage\r\n\r\n");
  noise.end_sending();
  EXPECT_EQ(noise.read_all().find("HTTP"), std::string::npos);
}

TEST_F(Tls, IsNotSpokenWhereThePortIsPlain) {
  TestServer server(echo);
  EXPECT_FALSE(TestTlsSocket(server.port()).is_connected());
  Client client({.url = url(server), .remedy = "look"});
  const auto refused = client.send(Method::get, "/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
}

TEST_F(Tls, SurvivesClientsThatLeaveAnyhow) {
  ASSERT_EQ(std::signal(SIGPIPE, SIG_DFL), SIG_DFL);  // we must not need it ignored
  const std::string large(30'000'000, 'x');
  TestServer server([&](const Request&, Reply reply) { reply.send({.body = large}); },
                    {.certificate = authority_.sign("one")});
  for (int i = 0; i < 10; ++i) {
    TestTlsSocket client(server.port());
    client.send(get);
    client.read_until("\r\n\r\n");
    client.socket().reset();
  }
  Client client(trusting_authority(server));
  EXPECT_EQ(client.send(Method::get, "/")->body.size(), large.size());
}

}  // namespace
}  // namespace dure::http
