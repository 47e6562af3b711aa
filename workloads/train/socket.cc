#include "socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace dure::train {
namespace {

void set_option(const Socket& socket, int level, int option, int value) {
  ::setsockopt(socket.number(), level, option, &value, sizeof value);
}

// Small messages go out at once, and a machine that no longer answers is noticed: by probes while one waits for it, by
// what it leaves unacknowledged while one sends to it.
void prepare(const Socket& socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 3);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 2);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 10'000);
}

int milliseconds_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
}

// A signal ends the wait early; callers look at the deadline again.
bool is_ready(const Socket& socket, short event, int milliseconds) {
  pollfd wanted{.fd = socket.number(), .events = event, .revents = 0};
  return ::poll(&wanted, 1, milliseconds) > 0;
}

bool finish_connecting(const Socket& socket, Deadline deadline) {
  while (!is_ready(socket, POLLOUT, milliseconds_until(deadline))) {
    if (milliseconds_until(deadline) == 0) return false;
  }
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

// Where nobody listens, TCP may connect a socket of this machine to itself.
bool is_own_echo(const Socket& socket) {
  sockaddr_storage here{};
  sockaddr_storage there{};
  socklen_t here_size = sizeof here;
  socklen_t there_size = sizeof there;
  ::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&here), &here_size);
  ::getpeername(socket.number(), reinterpret_cast<sockaddr*>(&there), &there_size);
  return here_size == there_size && std::memcmp(&here, &there, here_size) == 0;
}

}  // namespace

std::string to_text(const Address& address) { return address.host + ":" + std::to_string(address.port); }

Socket::~Socket() {
  if (number_ >= 0) ::close(number_);
}

bool Socket::send(std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(number_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Socket::receive(std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t got = ::recv(number_, bytes.data(), bytes.size(), MSG_WAITALL);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

bool Socket::receive_by(Deadline deadline, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    if (!is_ready(*this, POLLIN, milliseconds_until(deadline))) {
      if (milliseconds_until(deadline) == 0) return false;
      continue;
    }
    const ssize_t got = ::recv(number_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

void FreeAddresses::operator()(addrinfo* first) const { ::freeaddrinfo(first); }

Result<Addresses> look_up(const Address& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int error = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &first);
  if (error != 0) {
    return fail(Code::invalid_argument, "MASTER_ADDR is " + address.host + ", which is no address (" +
                                            ::gai_strerror(error) + "); set it to the host of rank 0");
  }
  return Addresses(first);
}

Result<Socket> listen_on(const addrinfo& address, const std::string& name) {
  Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (!socket.is_open() || ::bind(socket.number(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(socket.number(), SOMAXCONN) != 0) {
    return fail(Code::unavailable, "rank 0 cannot listen on " + name + ": " + std::strerror(errno) +
                                       "; set MASTER_ADDR to an address of its host and MASTER_PORT to a free port");
  }
  return socket;
}

std::optional<Socket> accept_soon(const Socket& listening) {
  if (!is_ready(listening, POLLIN, 100)) return std::nullopt;
  Socket socket(::accept4(listening.number(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket.is_open()) return std::nullopt;
  prepare(socket);
  return socket;
}

std::optional<Socket> connect_to(const addrinfo& address, Deadline deadline) {
  Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return std::nullopt;
  const int connected = ::connect(socket.number(), address.ai_addr, address.ai_addrlen);
  if (connected != 0 && (errno != EINPROGRESS || !finish_connecting(socket, deadline))) return std::nullopt;
  if (is_own_echo(socket)) return std::nullopt;
  ::fcntl(socket.number(), F_SETFL, ::fcntl(socket.number(), F_GETFL) & ~O_NONBLOCK);
  prepare(socket);
  return socket;
}

}  // namespace dure::train
