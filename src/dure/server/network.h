// How the API is reached: with or without TLS, and what a client may cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/http/server.h"
#include "dure/spec/job_array.h"
#include "dure/spec/reader.h"

namespace dure::server {

struct Listen {
  std::string address = "127.0.0.1";  // in digits
  std::uint16_t port = 8470;          // 0: any that is free
};
// Reads `127.0.0.1:8470` or `[::1]:0`.
Result<Listen> parse_listen(std::string_view text);

struct TlsKeys {
  std::optional<http::CertificateFiles> files;  // without: one of our own making
  bool is_asked_for = false;                    // on loopback too
  bool is_renounced = false;                    // on an address that others reach
};

// What a client may cost; address, port and certificate are not set.
struct Limits : http::ServerOptions {
  std::size_t array_max = spec::most_array_indices;  // jobs of the arrays of one request
};

// The keys `listen`, `tls` and `limits`.
struct Network {
  Listen listen;
  TlsKeys tls;
  Limits limits;
};

bool is_loopback(const std::string& address);
bool uses_tls(const Network& network);
// What its parts have against each other, and what is wrong with the certificate that is named.
Result<void> check(const Network& network);

std::optional<Listen> read_listen(const spec::Node& node);
// Paths are relative to `folder`.
std::optional<TlsKeys> read_tls(const spec::Node& node, const std::filesystem::path& folder);
// Changes what is named.
std::optional<Limits> read_limits(const spec::Node& node);
// A table of the keys of `limits`.
std::string limits_reference();

}  // namespace dure::server
