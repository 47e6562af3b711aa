// TCP between the ranks of one training.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "dure/base/result.h"

struct addrinfo;

namespace dure::train {

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

std::string to_text(const Address& address);

using Deadline = std::chrono::steady_clock::time_point;

// An open socket, closed at the end of its life.
class Socket {
 public:
  explicit Socket(int number = -1) : number_(number) {}
  Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Socket();

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

  // Both wait, and return false if the other side is gone: at once if its process ended, in some ten seconds if its
  // machine did. One that is only slow is waited for.
  bool send(std::span<const std::byte> bytes) const;
  bool receive(std::span<std::byte> bytes) const;

  // Returns false also if nothing came by the deadline.
  bool receive_by(Deadline deadline, std::span<std::byte> bytes) const;

 private:
  int number_;
};

struct FreeAddresses {
  void operator()(addrinfo* first) const;
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> look_up(const Address& address);

Result<Socket> listen_on(const addrinfo& address, const std::string& name);

// Waits a tenth of a second at most for somebody to connect.
std::optional<Socket> accept_soon(const Socket& listening);

// Tries once, until the deadline at most.
std::optional<Socket> connect_to(const addrinfo& address, Deadline deadline);

}  // namespace dure::train
