// Who is at the other end.
#pragma once

#include <cstdint>
#include <string>

#include "dure/http/wire.h"

namespace dure::http {

struct Peer {
  std::string text;  // `127.0.0.1:41234`, `[::1]:41234`
  bool is_loopback = false;
  // Equal for those who are likely to be one: the address, or in IPv6 its first 64 bits, which a host has to itself.
  std::uint64_t origin = 0;
};

Peer peer_of(const Socket& socket);

}  // namespace dure::http
