// An HTTP/1.1 server for many connections on few threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/http/certificate.h"
#include "dure/http/message.h"
#include "dure/http/reply.h"

namespace dure::http {

struct ServerOptions {
  std::string address = "127.0.0.1";  // of this machine, in digits; `0.0.0.0` or `::` for all
  std::uint16_t port = 0;             // 0: any that is free
  unsigned threads = 1;

  // With it, TLS alone; without, plain HTTP alone.
  std::shared_ptr<const Certificate> certificate = nullptr;

  // Beyond this who has waited longest without a whole request makes room for who comes; 503 if nobody can. Never more
  // than three quarters of the descriptors that the process may have.
  std::size_t connections_max = 10'000;
  std::size_t connections_per_origin_max = 1'000;    // of one address, in IPv6 of a /64; more get 503
  std::size_t connections_of_loopback_max = 10'000;  // in its place for loopback, which is many users in one
  std::size_t handshakes_max = 1'000;                // of TLS at a time; the first makes room for the next
  std::size_t header_bytes_max = 16'384;             // more get 414 or 431
  std::size_t headers_max = 100;                     // more get 431
  std::size_t target_bytes_max = 8'192;              // more get 414
  std::size_t body_bytes_max = 16'777'216;           // 16 MiB, unpacked; more get 413
  std::size_t pipelined_max = 64;                    // requests of one connection that await their answers
  std::size_t stream_pieces_max = 1024;              // what a slow reader of a stream may be behind
  std::size_t stream_bytes_max = 4'194'304;
  // What requests and answers of all connections may hold at a time; beyond, who has held longest gets 503, or is
  // closed if it does not read.
  std::size_t held_bytes_max = 536'870'912;

  Duration handshake_timeout = seconds(10);  // for all of it; then the connection is closed
  Duration header_timeout = seconds(10);     // from the first byte of a request to the end of its header; then 408
  Duration body_timeout = seconds(60);       // for the body, and a second more for each `body_rate_min` bytes; then 408
  std::size_t body_rate_min = 4'096;
  Duration idle_timeout = seconds(75);   // between two requests of a connection
  Duration write_timeout = seconds(30);  // without a byte taken by the client
  Duration heartbeat = seconds(15);      // a comment in an event stream that has nothing else to say
  Duration stop_timeout = seconds(5);    // for requests in flight when the server stops
};

class Handler {
 public:
  virtual ~Handler() = default;
  // Called on a network thread, on several at a time if the server has several; what takes long belongs elsewhere, with
  // the reply. An exception answers 500.
  virtual void handle(Request request, Reply reply) = 0;
  // Called likewise, when the header of a request with a body has come: an answer given here is the last on its
  // connection, and the body is not read. So nobody can make us hold, or unpack, what will be refused anyway.
  virtual std::optional<Response> refuse_early(const Request&) { return std::nullopt; }
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
  // ServerOptions::connections_max, or what the limit of descriptors leaves of it.
  std::size_t connections_max() const;

  // For who connects from now on. Any thread. Requires that the server was started with a certificate.
  void set_certificate(std::shared_ptr<const Certificate> certificate);

  // Takes no more connections, gives requests in flight `stop_timeout` to be answered, and ends streams. Returns when
  // the network threads have ended. Not to be called on one of them.
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace dure::http
