#include "dure/cli/connection.h"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "dure/http/target.h"

namespace dure::cli {
namespace {

http::ClientOptions options_for(const ServerAddress& address, std::function<bool()> is_cancelled) {
  return {.url = address.url,
          .token = address.token,
          .ca_file = address.ca_file,
          .fingerprint = address.fingerprint,
          .remedy = "start it with `dure serve`, or name another with --server",
          .key_remedy = fmt::format(
              "compare with what the server prints at its start; if that is right: `dure login {}`", address.url),
          .is_cancelled = std::move(is_cancelled)};
}

std::string random_key() {
  std::random_device device;
  std::string key;
  for (int i = 0; i < 4; ++i) key += fmt::format("{:08x}", device());
  return key;
}

Error refusal_of(const http::Response& response, const ServerAddress& address) {
  Error error = http::error_of(response);
  if (response.status != 401) return error;
  error.message += address.token.empty() ? fmt::format("; none is known here: log in with `dure login {}`", address.url)
                                         : fmt::format("; the one that was sent is that of {}", address.token_from);
  return error;
}

}  // namespace

Connection::Connection(ServerAddress address, std::function<bool()> is_cancelled)
    : address_(std::move(address)), client_(options_for(address_, std::move(is_cancelled))) {}

Result<Received> Connection::get(std::string_view path) { return send(http::Method::get, path); }

Result<Received> Connection::send(http::Method method, std::string_view path, std::string_view body,
                                  const std::vector<http::Header>& headers) {
  auto response = client_.send(method, path, body, headers);
  if (!response) return tl::unexpected(response.error());
  if (response->status >= 400) return tl::unexpected(refusal_of(*response, address_));
  auto answer = Answer::parse(response->body);
  if (!answer) return tl::unexpected(answer.error());
  return Received{std::move(response->body), *std::move(answer)};
}

Result<Received> Connection::post_once(std::string_view path, std::string_view body, std::string_view content_type) {
  const std::vector<http::Header> headers{{"Content-Type", std::string(content_type)},
                                          {"Idempotency-Key", random_key()}};
  auto received = send(http::Method::post, path, body, headers);
  if (received || received.error().code != Code::unavailable) return received;
  return send(http::Method::post, path, body, headers);
}

Result<void> Connection::stream(std::string_view path, const http::OnEvent& on_event, std::string_view last_event_id) {
  return client_.stream(path, on_event, last_event_id);
}

Result<void> Connection::download(std::string_view path, const http::OnBytes& on_bytes) {
  return client_.download(path, on_bytes);
}

Path& Path::with(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  text_ += fmt::format("{}{}={}", text_.find('?') == std::string::npos ? '?' : '&', name, http::encode(value));
  return *this;
}

}  // namespace dure::cli
