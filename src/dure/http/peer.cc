#include "dure/http/peer.h"

#include <fmt/format.h>

#include <cstddef>

namespace dure::http {
namespace {

namespace ip = boost::asio::ip;

std::uint64_t origin_of(const ip::address& address) {
  if (address.is_v4()) return address.to_v4().to_uint();
  const auto bytes = address.to_v6().to_bytes();
  std::uint64_t origin = 0;
  for (std::size_t i = 0; i < 8; ++i) origin = origin << 8U | bytes[i];
  return origin;
}

}  // namespace

Peer peer_of(const Socket& socket) {
  boost::system::error_code ignored;  // it fails if the client has gone; reading will tell
  const auto end = socket.remote_endpoint(ignored);
  auto address = end.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return {.text = fmt::format(fmt::runtime(address.is_v6() ? "[{}]:{}" : "{}:{}"), address.to_string(), end.port()),
          .is_loopback = address.is_loopback(),
          .origin = origin_of(address)};
}

}  // namespace dure::http
