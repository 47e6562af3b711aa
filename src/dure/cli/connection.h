// The way to the server, as the commands use it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/cli/answer.h"
#include "dure/cli/server_address.h"
#include "dure/http/client.h"

namespace dure::cli {

// An answer as it came and as it reads.
struct Received {
  std::string body;
  Answer answer;
};

// For one thread at a time; within a callback of stream() or download() nothing else may be asked of it.
class Connection {
 public:
  // `is_cancelled` is asked about once a second while something is under way; true ends it with Code::failed.
  explicit Connection(ServerAddress address, std::function<bool()> is_cancelled = {});

  const ServerAddress& address() const { return address_; }
  // Another to the same server.
  Connection another() const { return Connection(address_); }

  // Each returns the answer to a request that was granted, or what the server has against it. `path` may hold a query.
  Result<Received> get(std::string_view path);
  Result<Received> send(http::Method method, std::string_view path, std::string_view body = {},
                        const std::vector<http::Header>& headers = {});
  // Sends `body` with an Idempotency-Key, and once more if no answer came: the server does it once.
  Result<Received> post_once(std::string_view path, std::string_view body, std::string_view content_type);

  Result<void> stream(std::string_view path, const http::OnEvent& on_event, std::string_view last_event_id);
  Result<void> download(std::string_view path, const http::OnBytes& on_bytes);

 private:
  ServerAddress address_;
  http::Client client_;
};

// Puts a path and its parameters together: those without a value are left out.
class Path {
 public:
  explicit Path(std::string path) : text_(std::move(path)) {}
  Path& with(std::string_view name, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace dure::cli
