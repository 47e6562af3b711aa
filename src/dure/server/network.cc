#include "dure/server/network.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <charconv>

#include "dure/spec/scalars.h"

namespace dure::server {
namespace {

using spec::Fields;
using spec::Node;

struct CountKey {
  const char* name;
  std::size_t Limits::* value;
  std::size_t least;
  std::size_t most;
  const char* meaning;
};
constexpr CountKey counts[] = {
    {"connections", &Limits::connections_max, 1, 1'000'000,
     "In all; at most three quarters of the descriptors that the process may have. Beyond, who has waited longest "
     "without a whole request is closed for who comes; 503 if nobody is waiting."},
    {"connections_per_address", &Limits::connections_per_origin_max, 1, 1'000'000,
     "Of one address (IPv6: /64), but for loopback. More get 503."},
    {"handshakes", &Limits::handshakes_max, 1, 1'000'000,
     "Of TLS, at a time. Beyond, the one that began first is closed."},
    {"header_bytes", &Limits::header_bytes_max, 1'024, 1'048'576, "Of all headers of a request. More get 431."},
    {"headers", &Limits::headers_max, 10, 10'000, "Their number. More get 431."},
    {"target_bytes", &Limits::target_bytes_max, 256, 1'048'576, "Of path and query. More get 414."},
    {"pipelined", &Limits::pipelined_max, 1, 10'000,
     "Requests of one connection that wait for their answers. More are not read yet."},
    {"body_rate", &Limits::body_rate_min, 1, 1'000'000'000, "Bytes of a body that earn it a second more."},
    {"array", &Limits::array_max, 1, spec::most_array_indices, "Jobs of the arrays of one request. More get 400."},
    {"watcher_events", &Limits::stream_pieces_max, 16, 1'000'000,
     "That a watcher may be behind; then it is closed, and comes again with the last event it has."},
};

struct SizeKey {
  const char* name;
  std::size_t Limits::* value;
  const char* otherwise;
  const char* meaning;
};
constexpr SizeKey sizes[] = {
    {"body", &Limits::body_bytes_max, "16Mi", "Of a request, unpacked. More get 413."},
    {"watcher_bytes", &Limits::stream_bytes_max, "4Mi", "That a watcher may be behind; then likewise."},
    {"held", &Limits::held_bytes_max, "512Mi",
     "What bodies that come in and answers that are not read hold in all. Beyond, the one that takes longest gets 503, "
     "or is closed."},
};

struct TimeKey {
  const char* name;
  Duration Limits::* value;
  const char* meaning;
};
constexpr TimeKey times[] = {
    {"handshake_time", &Limits::handshake_timeout, "For TLS to begin; then the connection is closed."},
    {"header_time", &Limits::header_timeout, "From the first byte of a request to the end of its headers; then 408."},
    {"body_time", &Limits::body_timeout, "For the body, and what `body_rate` adds; then 408."},
    {"idle_time", &Limits::idle_timeout, "Between two requests; then the connection is closed."},
    {"write_time", &Limits::write_timeout, "In which a client that is answered takes at least a byte; then likewise."},
};

}  // namespace

bool is_loopback(const std::string& address) {
  in_addr v4{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24U == IN_LOOPBACKNET;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) != 1) return false;
  const bool is_mapped = IN6_IS_ADDR_V4MAPPED(&v6);
  return IN6_IS_ADDR_LOOPBACK(&v6) || (is_mapped && v6.s6_addr[12] == IN_LOOPBACKNET);
}

bool uses_tls(const Network& network) {
  if (network.tls.is_asked_for) return true;
  return !is_loopback(network.listen.address) && !network.tls.is_renounced;
}

Result<void> check(const Network& network) {
  if (network.tls.is_renounced && is_loopback(network.listen.address)) {
    return fail(Code::invalid_argument,
                fmt::format("tls.send_tokens_in_the_clear: found true, but {} is loopback, which has no TLS unless it "
                            "is asked for; leave the key out",
                            network.listen.address));
  }
  if (!network.tls.files) return {};
  return http::Certificate::read(*network.tls.files).map([](const auto&) {});
}

Result<Listen> parse_listen(std::string_view text) {
  const auto wrong = [] {
    return fail(Code::invalid_argument,
                "write an address in digits and a port such as 127.0.0.1:8470, 0.0.0.0:8470 or [::1]:8470");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  const std::string_view digits = text.substr(colon + 1);
  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || port > 65'535) return wrong();
  std::string address(text.substr(0, colon));
  const bool is_v6 = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (is_v6) address = address.substr(1, address.size() - 2);
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (::inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) != 1) return wrong();
  return Listen{.address = std::move(address), .port = static_cast<std::uint16_t>(port)};
}

std::optional<Listen> read_listen(const Node& node) {
  if (!node.is(spec::Kind::scalar)) {
    node.want("an address and a port such as 127.0.0.1:8470");
    return std::nullopt;
  }
  const auto listen = parse_listen(node.value().text);
  if (listen) return *listen;
  node.refuse("found " + spec::quote(node.value().text), listen.error().message);
  return std::nullopt;
}

std::optional<TlsKeys> read_tls(const Node& node, const std::filesystem::path& folder) {
  return spec::read_mapping<TlsKeys>(
      node, "a mapping such as {certificate: server.pem, key: server.key}", [&](Fields& in, TlsKeys& tls) {
        std::string certificate;
        std::string key;
        const bool has_certificate = in.take("certificate", certificate, spec::read_line);
        const bool has_key = in.take("key", key, spec::read_line);
        in.take("send_tokens_in_the_clear", tls.is_renounced, spec::read_boolean);
        if (has_certificate != has_key) {
          in.node().refuse(has_key ? "found a key alone" : "found a certificate alone", "name both, or neither");
        } else if (has_key && tls.is_renounced) {
          in.node().refuse("found a certificate and send_tokens_in_the_clear", "leave one of them out");
        } else if (has_key) {
          tls.files = http::CertificateFiles{.certificate = folder / certificate, .key = folder / key};
        }
        tls.is_asked_for = !tls.is_renounced;
      });
}

std::optional<Limits> read_limits(const Node& node) {
  return spec::read_mapping<Limits>(node, "a mapping such as {connections: 10000}", [](Fields& in, Limits& limits) {
    for (const CountKey& key : counts) {
      in.take(key.name, limits.*key.value, spec::integer_in<std::size_t>(key.least, key.most));
    }
    for (const SizeKey& key : sizes) {
      std::int64_t mib = 0;
      if (in.take(key.name, mib, spec::read_memory)) limits.*key.value = static_cast<std::size_t>(mib) << 20U;
    }
    for (const TimeKey& key : times) in.take(key.name, limits.*key.value, spec::read_positive_duration);
  });
}

std::string limits_reference() {
  std::string out = "| key of `limits` | without it | meaning |\n|---|---|---|\n";
  const Limits otherwise;
  for (const CountKey& key : counts) {
    out += fmt::format("| `{}` | {} | {} |\n", key.name, otherwise.*key.value, key.meaning);
  }
  for (const SizeKey& key : sizes) out += fmt::format("| `{}` | {} | {} |\n", key.name, key.otherwise, key.meaning);
  for (const TimeKey& key : times) {
    out += fmt::format("| `{}` | {} | {} |\n", key.name, to_text(otherwise.*key.value), key.meaning);
  }
  return out;
}

}  // namespace dure::server
