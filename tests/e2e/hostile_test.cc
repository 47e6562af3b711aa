// Clients that mean harm, or are broken, beside one that only wants to be served. All of them are on this machine.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "dure/base/test_folder.h"
#include "dure/http/test_socket.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

using http::TestSocket;

constexpr std::size_t crowd = 10'000;
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DURE_SANITIZED
#endif
#endif
#ifdef DURE_SANITIZED
constexpr std::size_t memory_max_mib = 4096;  // a sanitizer keeps what was freed, and shadows of all
#else
constexpr std::size_t memory_max_mib = 256;  // of the server, whatever is done to it here
#endif

std::string status_of(std::string_view answer) { return std::string(answer.substr(0, answer.find("\r\n"))); }

// A socket that was connected without waiting for anything.
class Idler {
 public:
  explicit Idler(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Idler() {
    if (fd_ >= 0) ::close(fd_);
  }
  Idler(Idler&& other) noexcept : fd_(std::exchange(other.fd_, -1)), is_connected_(other.is_connected_) {}
  bool is_connected() const { return is_connected_; }
  // Returns false if the server has closed.
  bool send(std::string_view bytes) const {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(bytes.size());
  }

 private:
  int fd_;
  bool is_connected_ = false;
};

// Asks all the time, on connections that it keeps and on new ones, and notes how long it takes.
class Bystander {
 public:
  explicit Bystander(const ServerProcess& server) : server_(server), thread_([this] { be(); }) {}
  ~Bystander() { stop(); }

  void stop() {
    is_over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // Waits until so many more are answered.
  void wait_for(std::size_t more) const {
    const std::size_t enough = served_ + more;
    while (served_ < enough && failures_ == 0) std::this_thread::yield();
  }
  // Those since the last call: their number and the 99th percentile, for who reads the test's output.
  std::string times() {
    const std::lock_guard lock(mutex_);
    std::sort(took_ms_.begin(), took_ms_.end());
    const std::size_t count = took_ms_.size();
    const std::string text = count == 0
                                 ? "none"
                                 : fmt::format("{} requests, p50 {:.2f} ms, p99 {:.2f} ms, most {:.1f} ms", count,
                                               took_ms_[count / 2], took_ms_[count * 99 / 100], took_ms_.back());
    took_ms_.clear();
    return text;
  }
  std::size_t failures() const { return failures_; }
  std::string last_error() const {
    const std::lock_guard lock(mutex_);
    return last_error_;
  }

 private:
  void be() {
    auto client = std::make_unique<http::Client>(server_.client());
    for (std::size_t i = 0; !is_over_; ++i) {
      if (i % 20 == 19) client = std::make_unique<http::Client>(server_.client());
      const auto began = Clock::now();
      const auto answer = client->send(http::Method::get, "/v1/server");
      const double took = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
      const std::lock_guard lock(mutex_);
      took_ms_.push_back(took);
      if (answer && answer->status == 200) {
        ++served_;
      } else {
        ++failures_;
        last_error_ = answer ? answer->body : answer.error().message;
      }
    }
  }

  const ServerProcess& server_;
  std::atomic<bool> is_over_ = false;
  std::atomic<std::size_t> served_ = 0;
  std::atomic<std::size_t> failures_ = 0;
  mutable std::mutex mutex_;  // guards the next two
  std::vector<double> took_ms_;
  std::string last_error_;
  std::thread thread_;
};

// A server, plain or with TLS, and somebody who is served by it meanwhile.
class Hostile : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    std::ofstream(folder_.path() / "server.yaml") << "devices: {emulated: 4}\n" << GetParam();
    server_ = std::make_unique<ServerProcess>(
        folder_.path() / "data", std::vector<std::string>{"--config", (folder_.path() / "server.yaml").string()});
    ASSERT_EQ(server_->start(), "");
    const std::string& address = server_->address();
    port_ = static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
    bystander_ = std::make_unique<Bystander>(*server_);
    bystander_->wait_for(300);
    fmt::print("before: {}\n", bystander_->times());
  }
  void TearDown() override {
    if (!bystander_) return;
    bystander_->wait_for(20);
    bystander_->stop();
    fmt::print("meanwhile: {}; the server held {} MiB at most\n", bystander_->times(), memory_mib());
    EXPECT_EQ(bystander_->failures(), 0U) << bystander_->last_error();
    EXPECT_LT(memory_mib(), memory_max_mib);
    EXPECT_EQ(server_->stop(), 0);
  }

  bool has_tls() const { return server_->address().starts_with("https://"); }
  std::size_t memory_mib() const {
    std::ifstream status(fmt::format("/proc/{}/status", server_->process().pid()));
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) / 1024;
    }
    return memory_max_mib;
  }

  // As many as the limit of descriptors allows, up to `crowd`.
  std::vector<Idler> connect_crowd() const {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const std::size_t count = std::min<std::size_t>(crowd, files.rlim_cur - 200);
    if (count < crowd) fmt::print("{} connections in place of {}: ulimit -n\n", count, crowd);
    std::vector<Idler> idlers;
    idlers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      idlers.emplace_back(port_);
      if (!idlers.back().is_connected()) ADD_FAILURE() << "connection " << i;
    }
    return idlers;
  }

  TempFolder folder_;
  std::unique_ptr<ServerProcess> server_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Bystander> bystander_;
};

// What is the same with TLS.
class HostileBeneathTls : public Hostile {};

// On the port of TLS these are half-open handshakes: what they send is the beginning of a record.
TEST_P(Hostile, TenThousandWhoSendAByteNowAndThen) {
  const std::vector<Idler> idlers = connect_crowd();
  const std::string_view begin =
      has_tls() ? std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) : "GET / HTTP/1.1\r\nX: ";
  for (const Idler& idler : idlers) idler.send(begin);
  for (int round = 0; round < 5; ++round) {
    for (const Idler& idler : idlers) idler.send("x");
    bystander_->wait_for(40);
  }
}

TEST_P(Hostile, ThoseWhoSendNoise) {
  for (int i = 0; i < 200; ++i) {
    for (const std::string_view noise :
         {std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03garbage\r\n\r\n", 22),
          std::string_view("\x00\xff\xfe\r\n\r\n", 7), std::string_view("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
          std::string_view("\x15\x03\x03\x00\x02\x01\x00", 7)}) {
      TestSocket client(port_);
      client.send(noise);
      client.end_sending();
      const std::string answer = client.read_all();
      EXPECT_TRUE(answer.find("HTTP/1.1 400") == 0 || answer.find("HTTP/1.1") == std::string::npos) << answer;
    }
  }
}

TEST_P(Hostile, ThoseWhoSpeakPlainHttpToTlsAndTheOtherWayRound) {
  const std::string host = fmt::format("127.0.0.1:{}", port_);
  http::Client client({.url = (has_tls() ? "http://" : "https://") + host, .token = server_->token()});
  const auto answer = client.send(http::Method::get, "/v1/server");
  if (has_tls()) {
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 400U);
    EXPECT_NE(answer->body.find("this port speaks TLS"), std::string::npos) << answer->body;
  } else {
    EXPECT_FALSE(answer);
  }
}

// With the token, so that it is not refused for the lack of one.
TEST_P(Hostile, AGigabyte) {
  http::Client client = server_->client();
  const std::string large(17U << 20U, ' ');
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.send(http::Method::post, "/v1/jobs", large);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 413U);
  }
  http::Client stranger({.url = server_->address(), .fingerprint = server_->fingerprint()});
  const auto refused = stranger.send(http::Method::post, "/v1/jobs", large.substr(0, 1'000'000));
  ASSERT_TRUE(refused) << refused.error().message;
  EXPECT_EQ(refused->status, 401U);
  if (has_tls()) return;
  TestSocket announced(port_);
  announced.send("POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n");
  EXPECT_EQ(status_of(announced.read_until("\r\n\r\n")), "HTTP/1.1 413 Content Too Large");
  TestSocket streamed(port_);
  streamed.send(
      fmt::format("POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n",
                  server_->token()));
  const std::string chunk = "100000\r\n" + std::string(1U << 20U, 'x') + "\r\n";
  for (int i = 0; i < 1024 && streamed.send(chunk); ++i) continue;
  EXPECT_EQ(status_of(streamed.read_until("\r\n\r\n")), "HTTP/1.1 413 Content Too Large");
}

TEST_P(Hostile, ThoseWhoSendWhatIsNoUtf8) {
  http::Client client = server_->client();
  const auto status = [&](http::Method method, std::string_view path, std::string_view body,
                          const std::vector<http::Header>& headers = {}) {
    const auto answer = client.send(method, path, body, headers);
    return answer ? answer->status : 0;
  };
  EXPECT_EQ(status(http::Method::get, "/v1/jobs/%ff", ""), 400U);
  EXPECT_EQ(status(http::Method::get, "/v1/jobs?name=%c0%80", ""), 400U);
  EXPECT_EQ(status(http::Method::get, "/v1/jobs", "", {{"X-Name", "\xff"}}), 400U);
  EXPECT_EQ(status(http::Method::post, "/v1/jobs", "{\"name\":\"\xff\",\"script\":\"true\"}"), 400U);
  EXPECT_EQ(status(http::Method::post, "/v1/jobs", "{\"name\":\"\xed\xa0\x80\",\"script\":\"true\"}"), 400U);
}

// Bodies that do not end, as much of each as is taken, of more clients than memory has room for.
TEST_P(HostileBeneathTls, AHundredBodiesThatDoNotEnd) {
  std::vector<TestSocket> clients;
  const std::string piece(1U << 20U, 'x');
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back(port_);
    clients.back().send(
        fmt::format("POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
                    "Content-Length: 16777216\r\n\r\n",
                    server_->token()));
    for (int sent = 0; sent < 4 && clients.back().send(piece); ++sent) continue;
  }
  bystander_->wait_for(20);
}

constexpr const char* plain = "limits: {held: 128Mi}\n";
INSTANTIATE_TEST_SUITE_P(Of, HostileBeneathTls, testing::Values(plain), [](const auto&) { return "APlainServer"; });
INSTANTIATE_TEST_SUITE_P(Of, Hostile, testing::Values(plain, "limits: {held: 128Mi}\ntls: {}\n"), [](const auto& with) {
  return std::string(with.index == 0 ? "APlainServer" : "AServerWithTls");
});

}  // namespace
}  // namespace dure::e2e
