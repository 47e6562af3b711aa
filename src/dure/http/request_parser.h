// Makes requests of bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "dure/http/message.h"
#include "dure/http/server.h"

namespace dure::http {

enum class KeepAlive : bool { no, yes };

// A request, and what it asks of its connection.
struct ParsedRequest {
  Request request;
  KeepAlive keep_alive = KeepAlive::yes;
  bool is_http10 = false;  // knows no chunks, and wants to be told that the connection stays
  bool is_head = false;
  bool accepts_gzip = false;
};

// One request after the other, of one connection.
class RequestParser {
 public:
  enum class Progress {
    needs_more,
    complete,  // take() it
    refused,   // answer with refusal(); until reset() the parser is of no more use
  };
  // Asked once a request has a header and a body is to follow: an answer given here refuses it.
  using RefuseEarly = std::function<std::optional<Response>(const Request& head)>;

  // `limits` must outlive this.
  explicit RequestParser(const ServerOptions& limits, RefuseEarly refuse_early = {});
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Reads from the front of `bytes` and sets `used`; the rest is to come again, with more behind it.
  Progress feed(std::string_view bytes, std::size_t& used);
  ParsedRequest take();
  Response refusal() const;
  // Forgets a request that is not whole.
  void reset();

  bool is_between_requests() const;
  bool has_header() const;
  // Of a request that is not whole yet, or was refused: it gets no body.
  bool is_head() const;
  // Of the body of a request that is not whole yet.
  std::size_t body_bytes() const;
  // True once for a request whose client waits to be told that it may send the body.
  bool takes_continue();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace dure::http
