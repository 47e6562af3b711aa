// A client that sends exactly the bytes it is told to, for tests, and words for what it says and hears.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace dure::http {

inline constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

inline std::string status_of(std::string_view answer) { return std::string(answer.substr(0, answer.find("\r\n"))); }
inline bool has(std::string_view answer, std::string_view text) { return answer.find(text) != std::string_view::npos; }

class TestSocket {
 public:
  enum class Reads { normally, slowly };

  explicit TestSocket(std::uint16_t port, Reads reads = Reads::normally) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (reads == Reads::slowly) {
      const int bytes = 4096;
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
    const int yes = 1;  // a piece that is sent alone arrives alone
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const timeval patience{.tv_sec = 30, .tv_usec = 0};  // a test that would hang fails instead
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("no connection to port " + std::to_string(port));
    }
  }
  ~TestSocket() { close(); }
  TestSocket(TestSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), unread_(std::move(other.unread_)) {}
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  // Returns false once the server has closed its side hard.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  int fd() const { return fd_; }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  // Closes so that the server sees a reset.
  void reset() {
    const linger none{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close();
  }

  // Returns what comes up to and with `end`, or all of it if that never comes.
  std::string read_until(std::string_view end) {
    std::size_t at = unread_.find(end);
    while (at == std::string::npos) {
      if (!receive()) return std::exchange(unread_, {});
      at = unread_.find(end);
    }
    return take(at + end.size());
  }
  std::string read_bytes(std::size_t count) {
    while (unread_.size() < count && receive()) continue;
    return take(std::min(count, unread_.size()));
  }
  // Returns all that comes until the server closes.
  std::string read_all() {
    while (receive()) continue;
    return std::exchange(unread_, {});
  }
  // Returns one answer with its headers; the length of its body is told by Content-Length.
  std::string read_answer() {
    std::string answer = read_until("\r\n\r\n");
    const std::size_t at = answer.find("Content-Length: ");
    if (at == std::string::npos) return answer;
    return answer += read_bytes(std::strtoul(answer.c_str() + at + 16, nullptr, 10));
  }

 private:
  bool receive() {
    std::array<char, 65'536> bytes;
    const ssize_t received = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (received <= 0) return false;
    unread_.append(bytes.data(), static_cast<std::size_t>(received));
    return true;
  }
  std::string take(std::size_t count) {
    std::string taken = unread_.substr(0, count);
    unread_.erase(0, count);
    return taken;
  }

  int fd_;
  std::string unread_;
};

// Sends `bytes` on a connection of its own, and returns all that the server says until it closes.
inline std::string all_answers_to(std::uint16_t port, std::string_view bytes) {
  TestSocket client(port);
  client.send(bytes);
  client.end_sending();
  return client.read_all();
}

inline std::string status_after(std::uint16_t port, std::string_view bytes) {
  return status_of(all_answers_to(port, bytes));
}

}  // namespace dure::http
