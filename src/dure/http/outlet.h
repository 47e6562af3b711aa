// What leads from a Reply, on any thread, back to the connection, on its network thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "dure/http/message.h"
#include "dure/http/reply.h"

namespace dure::http {

// What was sent into a stream and has not been written yet; counted up by senders and down by the connection.
struct StreamLoad {
  std::atomic<bool> is_open = true;
  std::atomic<std::size_t> pieces = 0;
  std::atomic<std::size_t> bytes = 0;
  std::size_t bytes_max = 0;  // set before it is shared
};

struct StreamLimits {
  std::size_t pieces_max = 0;
  std::size_t bytes_max = 0;
};

struct StreamOpening {
  StreamOptions options;
  std::shared_ptr<StreamLoad> load;
};

struct StreamEnding {
  StreamEnd why = StreamEnd::finished;
};

struct Delivery {
  RequestAddress to;
  std::variant<Response, StreamOpening, EventStream::Piece, StreamEnding> what;
};

class Outlet {
 public:
  virtual ~Outlet() = default;
  // Any thread. Deliveries of one thread arrive in their order; those that nobody is there for are dropped.
  virtual void post(Delivery delivery) = 0;
  virtual StreamLimits stream_limits() const = 0;
};

// Says that a stream is over: to its senders, and to whoever asked to be told.
void end_stream(const StreamOpening& stream, StreamEnd why);

}  // namespace dure::http
