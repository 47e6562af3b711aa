// The answer to one request, given once, from any thread, whenever it is ready.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dure/http/message.h"

namespace dure::http {

class Outlet;
struct StreamLoad;

// Which request of which connection. A connection that is gone is no longer found; its number is not used again.
struct RequestAddress {
  std::uint64_t connection = 0;
  std::uint64_t request = 0;
};

enum class StreamEnd {
  finished,     // by us: EventStream::finish(), or its last owner is gone
  client_left,  // or cannot be reached
  too_slow,     // the client fell further behind than ServerOptions allows
  server_stopping,
};

struct StreamOptions {
  std::string content_type = "text/event-stream";  // which alone gets heartbeats
  std::vector<Header> headers = {};
  // What its reader may be behind, where that is more than ServerOptions says.
  std::size_t bytes_max = 0;
  // Called once, when the stream is over for whatever reason: on a network thread, or within stream() if the client or
  // the server is gone already. Must not own the EventStream, which would then keep itself open for ever.
  std::function<void(StreamEnd)> on_end = {};
  // Called on a network thread whenever all that was sent so far is on its way: time to read on in a large file.
  std::function<void()> on_drained = {};
};

// An answer that goes on: events for a watcher, or the rest of a log. All of it may be called from any thread. It is
// the last answer on its connection. It ends when it is finished, or when its last owner is gone.
class EventStream {
 public:
  // A piece is shared by all who are to have it, and never copied.
  using Piece = std::shared_ptr<const std::string>;

  EventStream(std::shared_ptr<Outlet> outlet, RequestAddress address, std::shared_ptr<StreamLoad> load);
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // Returns false if the stream is over. A client that is too far behind is cut off here.
  bool send(Piece piece);
  bool send(std::string text) { return send(std::make_shared<const std::string>(std::move(text))); }
  void finish();
  bool is_open() const;

 private:
  std::shared_ptr<Outlet> outlet_;  // shared with every Reply and EventStream: may outlive the server
  RequestAddress address_;
  std::shared_ptr<StreamLoad> load_;  // shared with the connection, which counts down what it has written
};

// Invariant: the request is answered exactly once; by 500 if nobody did before this goes away. An answer to a client
// that has gone, or after the server has stopped, is dropped.
class Reply {
 public:
  Reply(std::shared_ptr<Outlet> outlet, RequestAddress address);
  ~Reply();
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept;

  // Requires that this was not answered yet, as does stream().
  void send(Response response);
  void refuse(const Problem& problem) { send(to_response(problem)); }
  // Answers 200 at once and leaves the rest open.
  std::shared_ptr<EventStream> stream(StreamOptions options);

 private:
  std::shared_ptr<Outlet> outlet_;  // null once answered
  RequestAddress address_;
};

}  // namespace dure::http
