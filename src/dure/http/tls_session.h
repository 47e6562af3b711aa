// TLS on one connected socket.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace dure::http {

// What came of moving bytes without waiting.
enum class Flow {
  done,
  wants_read,   // again when the socket is readable
  wants_write,  // again when it is writable
  ended,        // the other side has said that nothing follows
  broken,
};

struct Moved {
  Flow flow = Flow::done;
  std::size_t bytes = 0;
};

// The server's side. Nothing here waits. For one thread at a time.
class TlsSession {
 public:
  // None: the bytes go as they are.
  TlsSession() = default;
  // `socket` does not block, and must outlive this. The certificate of `context` is this session's to its end.
  TlsSession(ssl_ctx_st& context, int socket);

  explicit operator bool() const { return session_ != nullptr; }

  // To be called until it is done. `broken` if the client wants what we do not offer, or speaks no TLS.
  Flow shake_hands();
  // True once shake_hands() has failed since the client speaks HTTP without TLS.
  bool met_plain_http() const { return met_plain_http_; }

  // True once the client has said what TLS begins with, and was answered.
  bool has_answered() const;

  Moved read(char* into, std::size_t room);
  // After `wants_write` the same bytes are to come again, with or without more behind them.
  Moved write(std::string_view bytes);
  // Tells the other side that nothing follows, if it can be told at once.
  void end_writing();
  // True if bytes wait here that the socket no longer tells of.
  bool has_unread() const;

 private:
  struct Free {
    void operator()(ssl_st* session) const;
  };
  Flow flow_of(int result);

  std::unique_ptr<ssl_st, Free> session_;
  bool met_plain_http_ = false;
};

}  // namespace dure::http
