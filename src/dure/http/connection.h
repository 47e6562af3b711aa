// One client: reads its requests, keeps their order, writes their answers.
#pragma once

#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/http/outlet.h"
#include "dure/http/peer.h"
#include "dure/http/request_parser.h"
#include "dure/http/wire.h"

namespace dure::http {

class Worker;

using Instant = std::chrono::steady_clock::time_point;

// What a connection waits for that others can do without, the least loss first.
enum class Waiting : unsigned char {
  leaving,   // its last answer is written
  stranger,  // it has not sent a whole request yet
  resting,   // it has, and has not sent the next
};
constexpr std::size_t waiting_kinds = 3;

// Reading and writing go on independently, each with at most one operation in flight; hence callbacks and not a
// coroutine. An answer is written at once, without waiting, and only what the socket does not take waits for it.
//
// All of it belongs to the thread of its worker. After close() nothing happens any more.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `worker` must outlive this.
  Connection(Worker& worker, Wire wire, Peer peer, std::uint64_t number);

  std::uint64_t number() const { return number_; }
  const Peer& peer() const { return peer_; }

  void start();
  // Answers with `problem` without reading a request, then closes.
  void start_refused(const Problem& problem);
  // Takes in an answer, or a part of one; advance() acts on it. Returns false if it was taken in since the last
  // advance().
  bool deliver(Delivery delivery);
  // Parses, answers and writes as much as can be.
  void advance();
  // Closes what has taken too long, and sends heartbeats.
  void check_time(Instant now);
  // No further request; closes when those in flight are answered. Streams end now.
  void stop();
  void close(StreamEnd why);

  // True if it holds memory for a client that takes its time: a body that comes in, an answer that is not read.
  bool can_let_go() const;
  Instant holding_since() const { return phase_since_; }
  // Gives that memory back: refuses the body, or closes.
  void let_go();

 private:
  // A request that has been handled and the answer to which has not been written.
  struct Exchange {
    KeepAlive keep_alive = KeepAlive::yes;
    bool is_http10 = false;
    bool is_head = false;
    bool accepts_gzip = false;
    bool is_interim = false;  // no request, but `100 Continue` in its place among the answers
    std::size_t request_bytes = 0;

    std::optional<Response> response = {};
    std::optional<StreamOpening> stream = {};
    std::optional<StreamEnd> stream_end = {};
    std::vector<EventStream::Piece> pieces = {};
  };

  // Bytes to write: text of our own, or a piece of a stream.
  struct Chunk {
    std::string text = {};
    EventStream::Piece piece = nullptr;
    std::string_view view() const { return piece ? std::string_view(*piece) : std::string_view(text); }
  };

  enum class Phase { idle, header, body, answering, lingering };

  void read_on();
  void on_readable(boost::system::error_code error);
  void parse();
  void drop_parsed();
  void dispatch();
  void refuse(Response response);
  bool is_full() const;

  void gather();
  void append_response(Exchange& exchange);
  void begin_stream(Exchange& exchange);
  void append_piece(EventStream::Piece piece);
  void append_text(std::string text);
  std::string& tail();

  void write();
  bool write_some();
  void count_written(std::size_t bytes);
  void wait_until_writable();
  void after_write();
  void linger();

  Phase phase() const;
  std::optional<Waiting> waiting() const;
  void note_phase();
  void note_held();

  Worker& worker_;
  Wire wire_;
  Peer peer_;
  std::uint64_t number_;

  std::string input_;  // empty at rest: what is read lies in the worker's memory until it is parsed
  std::size_t input_begin_ = 0;
  RequestParser parser_;

  std::deque<Exchange> exchanges_;    // in the order of the requests
  std::uint64_t first_exchange_ = 0;  // the number of the one in front
  std::size_t request_bytes_ = 0;     // of all of them

  std::deque<Chunk> output_;
  std::size_t output_offset_ = 0;     // written of the first
  std::size_t output_bytes_ = 0;      // still to write
  std::shared_ptr<StreamLoad> load_;  // of the stream in front; shared with its senders

  bool is_dirty_ = false;    // something was delivered since the last advance()
  bool is_reading_ = false;  // an operation is in flight
  bool is_waiting_writable_ = false;
  bool takes_requests_ = true;  // else what comes in is thrown away
  bool input_is_over_ = false;
  bool closes_after_write_ = false;
  bool is_lingering_ = false;
  bool stream_is_open_ = false;     // the exchange in front is a stream whose head is written
  bool stream_is_counted_ = false;  // in chunks, so that its end can be told
  bool wrote_piece_ = false;        // since on_drained was called
  bool is_closed_ = false;

  std::optional<Waiting> waiting_;
  std::list<Connection*>::iterator place_;  // among those that wait, if it does
  std::size_t held_bytes_ = 0;              // as the worker knows it

  Phase phase_ = Phase::idle;
  Instant phase_since_;
  Instant last_write_;
  std::optional<Instant> blocked_since_;
};

}  // namespace dure::http
