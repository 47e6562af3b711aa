// An HTTP/1.1 server for many connections on few threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/http/message.h"
#include "dure/http/reply.h"

namespace dure::http {

struct ServerOptions {
  std::string address = "127.0.0.1";  // of this machine, in digits; `0.0.0.0` or `::` for all
  std::uint16_t port = 0;             // 0: any that is free
  unsigned threads = 1;

  std::size_t connections_max = 10'000;     // more get 503
  std::size_t header_bytes_max = 16'384;    // more get 414 or 431
  std::size_t body_bytes_max = 16'777'216;  // 16 MiB, unpacked; more get 413
  std::size_t pipelined_max = 64;           // requests of one connection that await their answers
  std::size_t stream_pieces_max = 1024;     // what a slow reader of a stream may be behind
  std::size_t stream_bytes_max = 4'194'304;

  Duration header_timeout = seconds(10);  // from the first byte of a request to the end of its header; then 408
  Duration body_timeout = seconds(60);    // for the whole body; then 408
  Duration idle_timeout = seconds(75);    // between two requests of a connection
  Duration write_timeout = seconds(30);   // without a byte taken by the client
  Duration heartbeat = seconds(15);       // a comment in an event stream that has nothing else to say
  Duration stop_timeout = seconds(5);     // for requests in flight when the server stops
};

class Handler {
 public:
  virtual ~Handler() = default;
  // Called on a network thread, on several at a time if the server has several; what takes long belongs elsewhere, with
  // the reply. An exception answers 500.
  virtual void handle(Request request, Reply reply) = 0;
};

// Answers in order, keeps connections alive, takes pipelined requests, packs answers above 1 KiB for who accepts gzip,
// unpacks bodies in gzip, and answers what is no proper request by itself.
class Server {
 public:
  // Listens. `handler` must outlive the server.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler& handler);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;

  // Takes no more connections, gives requests in flight `stop_timeout` to be answered, and ends streams. Returns when
  // the network threads have ended. Not to be called on one of them.
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace dure::http
