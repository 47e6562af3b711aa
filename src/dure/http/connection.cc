#include "dure/http/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "dure/base/overload.h"
#include "dure/http/answer_head.h"
#include "dure/http/worker.h"

namespace dure::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t letting_go_min = 16'384;    // less than this is not worth a refusal
constexpr std::size_t output_high = 262'144;      // unwritten answers that stop us from reading more requests
constexpr std::size_t packing_min = 1024;         // smaller bodies go as they are
constexpr std::size_t packing_max = 268'435'456;  // larger ones would hold the thread for seconds
constexpr std::size_t copy_max = 4096;            // longer bodies are written from where they are
constexpr std::size_t buffers_max = 64;           // in one call

std::chrono::nanoseconds length(Duration duration) { return std::chrono::nanoseconds(duration.ns); }
Instant now() { return std::chrono::steady_clock::now(); }

bool is_later_than(Instant now, Instant since, Duration timeout) { return now - since >= length(timeout); }

}  // namespace

Connection::Connection(Worker& worker, Wire wire, Peer peer, std::uint64_t number)
    : worker_(worker),
      wire_(std::move(wire)),
      peer_(std::move(peer)),
      number_(number),
      parser_(worker.options(), [&worker](const Request& head) { return worker.handler().refuse_early(head); }) {
  phase_since_ = last_write_ = now();
}

void Connection::start() {
  note_phase();
  read_on();
}

void Connection::start_refused(const Problem& problem) {
  refuse(to_response(problem));
  advance();
}

// --- Time ---

Connection::Phase Connection::phase() const {
  if (is_lingering_) return Phase::lingering;
  if (!exchanges_.empty() || !output_.empty()) return Phase::answering;
  if (parser_.is_between_requests()) return Phase::idle;
  return parser_.has_header() ? Phase::body : Phase::header;
}

std::optional<Waiting> Connection::waiting() const {
  if (is_closed_ || phase_ == Phase::answering) return std::nullopt;
  if (phase_ == Phase::lingering) return Waiting::leaving;
  return first_exchange_ == 0 ? Waiting::stranger : Waiting::resting;
}

void Connection::note_phase() {
  if (const Phase phase = this->phase(); phase != phase_) {
    phase_ = phase;
    phase_since_ = now();
  }
  // Its place is from when it came to be of that kind: who sends a byte now and then does not keep it for long.
  const auto waiting = this->waiting();
  if (waiting == waiting_) return;
  if (waiting_) worker_.waiting(*waiting_).erase(place_);
  if (waiting) {
    auto& others = worker_.waiting(*waiting);
    place_ = others.insert(others.end(), this);
  }
  waiting_ = waiting;
}

void Connection::note_held() {
  const std::size_t held = is_closed_ ? 0 : parser_.body_bytes() + request_bytes_ + output_bytes_;
  if (held != held_bytes_) worker_.note_held(std::exchange(held_bytes_, held), held);
}

bool Connection::can_let_go() const {
  return held_bytes_ >= letting_go_min && (phase_ == Phase::body || blocked_since_);
}

void Connection::let_go() {
  if (phase_ != Phase::body) return close(StreamEnd::too_slow);
  refuse(to_response(Problem{.status = 503,
                             .detail = "the server holds as much of requests and answers as it may; send less at a "
                                       "time, or try again in a while"}));
  advance();
}

void Connection::check_time(Instant now) {
  const ServerOptions& options = worker_.options();
  if (blocked_since_ && is_later_than(now, *blocked_since_, options.write_timeout)) {
    return close(StreamEnd::client_left);
  }
  const auto is_due = [&](Duration timeout) { return is_later_than(now, phase_since_, timeout); };
  switch (phase_) {
    case Phase::idle:
      if (is_due(options.idle_timeout)) close(StreamEnd::client_left);
      break;
    case Phase::header:
    case Phase::body: {
      const bool is_header = phase_ == Phase::header;
      const Duration timeout = is_header ? options.header_timeout : options.body_timeout;
      const auto earned = seconds(static_cast<std::int64_t>(parser_.body_bytes() / options.body_rate_min));
      if (!is_due(is_header ? timeout : timeout + earned)) break;
      refuse(to_response(Problem{.status = 408,
                                 .detail = fmt::format("the {} of the request did not come within {}",
                                                       is_header ? "header" : "body", to_text(timeout))}));
      advance();
      break;
    }
    case Phase::answering:
      if (stream_is_open_ && exchanges_.front().stream->options.content_type == "text/event-stream" &&
          output_.empty() && is_later_than(now, last_write_, options.heartbeat)) {
        static const auto comment = std::make_shared<const std::string>(":\n\n");
        ++load_->pieces;  // as a sender would
        load_->bytes += comment->size();
        append_piece(comment);
        advance();
      }
      break;
    case Phase::lingering:
      if (is_due(seconds(2))) close(StreamEnd::client_left);
      break;
  }
}

void Connection::stop() {
  takes_requests_ = takes_requests_ && !parser_.is_between_requests();  // one that has begun may still come in whole
  for (Exchange& exchange : exchanges_) {
    if (!exchange.stream) continue;
    exchange.stream_end = StreamEnd::server_stopping;
    exchange.stream->load->is_open = false;
  }
  if (phase() == Phase::idle || is_lingering_) return close(StreamEnd::server_stopping);
  advance();
}

void Connection::close(StreamEnd why) {
  if (is_closed_) return;
  is_closed_ = true;
  wire_.close();
  const auto exchanges = std::exchange(exchanges_, {});
  for (const Exchange& exchange : exchanges) {
    if (exchange.stream) end_stream(*exchange.stream, exchange.stream_end.value_or(why));
  }
  output_.clear();
  note_phase();
  note_held();
  worker_.forget(*this);
}

// --- Reading ---

void Connection::read_on() {
  if (is_closed_ || is_reading_ || input_is_over_ || (takes_requests_ && is_full())) return;
  is_reading_ = true;
  auto then = [self = shared_from_this()](error_code error) { self->worker_.enter([&] { self->on_readable(error); }); };
  if (wire_.has_unread()) {
    asio::post(worker_.context(), [then = std::move(then)] { then({}); });
  } else {
    wire_.socket().async_wait(Socket::wait_read, std::move(then));
  }
}

void Connection::on_readable(error_code error) {
  is_reading_ = false;
  if (is_closed_) return;
  if (error) return close(StreamEnd::client_left);
  std::vector<char>& memory = worker_.input();
  const Moved moved = wire_.read(memory.data(), memory.size());
  switch (moved.flow) {
    case Flow::done: input_.append(memory.data(), moved.bytes); break;
    case Flow::ended: input_is_over_ = true; break;
    case Flow::wants_read: return read_on();
    case Flow::wants_write:  // only renegotiation could want that, and there is none
    case Flow::broken: return close(StreamEnd::client_left);
  }
  if (input_is_over_ && is_lingering_) return close(StreamEnd::client_left);
  advance();
}

bool Connection::is_full() const {
  return parser_.is_between_requests() &&
         (exchanges_.size() >= worker_.options().pipelined_max || request_bytes_ >= worker_.options().body_bytes_max ||
          output_bytes_ >= output_high);
}

void Connection::advance() {
  is_dirty_ = false;
  bool was_full = false;
  do {
    if (is_closed_) return;
    parse();
    was_full = is_full();
    gather();
    write();
  } while (was_full && !is_full() && takes_requests_ && input_begin_ < input_.size());
  if (is_closed_) return;
  after_write();
  if (is_closed_) return;
  drop_parsed();
  note_phase();
  note_held();
  read_on();
}

void Connection::parse() {
  while (takes_requests_ && input_begin_ < input_.size() && !is_full()) {
    std::size_t used = 0;
    const auto progress = parser_.feed(std::string_view(input_).substr(input_begin_), used);
    input_begin_ += used;
    if (progress == RequestParser::Progress::needs_more) break;
    if (progress == RequestParser::Progress::refused) return refuse(parser_.refusal());
    dispatch();
  }
  if (!takes_requests_) {
    input_begin_ = input_.size();
  } else if (parser_.takes_continue()) {
    exchanges_.push_back({.is_interim = true, .response = Response{.status = 100}});
  }
}

void Connection::drop_parsed() {
  if (input_begin_ == input_.size()) {
    input_ = {};
  } else {
    input_.erase(0, input_begin_);
  }
  input_begin_ = 0;
}

void Connection::dispatch() {
  ParsedRequest parsed = parser_.take();
  Request& request = parsed.request;
  request.peer = peer_.text;
  request.is_loopback = peer_.is_loopback;
  const std::size_t bytes = request.body.size();
  const RequestAddress address{number_, first_exchange_ + exchanges_.size()};
  exchanges_.push_back({.keep_alive = parsed.keep_alive,
                        .is_http10 = parsed.is_http10,
                        .is_head = parsed.is_head,
                        .accepts_gzip = parsed.accepts_gzip,
                        .request_bytes = bytes});
  request_bytes_ += bytes;
  if (parsed.keep_alive == KeepAlive::no || worker_.is_stopping()) takes_requests_ = false;
  try {
    worker_.handler().handle(std::move(request), Reply(worker_.shared_from_this(), address));
  } catch (const std::exception&) {
    return;  // the reply has gone unanswered, and with that sent 500
  }
}

void Connection::refuse(Response response) {
  takes_requests_ = false;
  input_begin_ = input_.size();
  const bool is_head = parser_.is_head();
  parser_.reset();
  exchanges_.push_back({.keep_alive = KeepAlive::no, .is_head = is_head, .response = std::move(response)});
}

// --- Answers ---

bool Connection::deliver(Delivery delivery) {
  const std::uint64_t at = delivery.to.request - first_exchange_;
  if (at >= exchanges_.size()) {
    if (const auto* stream = std::get_if<StreamOpening>(&delivery.what)) end_stream(*stream, StreamEnd::client_left);
    return false;
  }
  Exchange& exchange = exchanges_[at];
  std::visit(Overload{
                 [&](Response& response) { exchange.response = std::move(response); },
                 [&](StreamOpening& stream) {
                   takes_requests_ = false;
                   exchange.stream = std::move(stream);
                   if (worker_.is_stopping()) exchange.stream_end = StreamEnd::server_stopping;
                   if (worker_.is_stopping()) exchange.stream->load->is_open = false;
                 },
                 [&](EventStream::Piece& piece) { exchange.pieces.push_back(std::move(piece)); },
                 [&](const StreamEnding& ending) {
                   if (!exchange.stream_end) exchange.stream_end = ending.why;
                 },
             },
             delivery.what);
  return !std::exchange(is_dirty_, true);
}

// Moves what is ready and in turn from the exchanges to the output.
void Connection::gather() {
  while (!exchanges_.empty() && !closes_after_write_) {
    Exchange& exchange = exchanges_.front();
    if (exchange.stream) {
      if (exchange.stream_end == StreamEnd::too_slow) return close(StreamEnd::too_slow);
      // A client that watches has nothing more to say: the end of its side is the end of its interest.
      if (input_is_over_) return close(StreamEnd::client_left);
      if (!stream_is_open_) begin_stream(exchange);
      for (EventStream::Piece& piece : std::exchange(exchange.pieces, {})) append_piece(std::move(piece));
      if (!exchange.stream_end) return;
      if (stream_is_counted_) append_text("0\r\n\r\n");
      closes_after_write_ = true;
      return;
    }
    if (!exchange.response) return;
    append_response(exchange);
    request_bytes_ -= exchange.request_bytes;
    exchanges_.pop_front();
    ++first_exchange_;
  }
}

void Connection::append_response(Exchange& exchange) {
  if (exchange.is_interim) return append_text("HTTP/1.1 100 Continue\r\n\r\n");
  Response& response = *exchange.response;
  const bool may_pack = exchange.accepts_gzip && response.body.size() > packing_min &&
                        response.body.size() < packing_max && is_worth_packing(response.content_type) &&
                        !response.header("Content-Encoding");
  if (may_pack) {
    response.body = worker_.packer().pack(response.body);
    response.headers.push_back({"Content-Encoding", "gzip"});
    response.headers.push_back({"Vary", "Accept-Encoding"});
  }
  closes_after_write_ = exchange.keep_alive == KeepAlive::no || (worker_.is_stopping() && exchanges_.size() == 1);
  Framing framing{.length = response.body.size(), .date = worker_.date()};
  if (closes_after_write_) {
    framing.connection = Framing::Connection::close;
  } else if (exchange.is_http10) {
    framing.connection = Framing::Connection::keep_alive;
  }
  std::string& text = tail();
  const std::size_t before = text.size();
  append_head(text, response, framing);
  const bool has_body = !exchange.is_head && !has_no_body(response.status);
  if (has_body && response.body.size() <= copy_max) text += response.body;
  output_bytes_ += text.size() - before;
  if (has_body && response.body.size() > copy_max) append_text(std::move(response.body));
}

void Connection::begin_stream(Exchange& exchange) {
  StreamOptions& options = exchange.stream->options;
  load_ = exchange.stream->load;
  stream_is_open_ = true;
  last_write_ = now();
  stream_is_counted_ = !exchange.is_http10 && !exchange.is_head;
  const Response head{.content_type = options.content_type, .headers = options.headers};
  std::string text;
  append_head(text, head,
              {.body = exchange.is_http10 ? Framing::Body::until_close : Framing::Body::chunked,
               .connection = Framing::Connection::close,
               .date = worker_.date()});
  append_text(std::move(text));
  if (!exchange.is_head) return;
  exchange.pieces.clear();
  exchange.stream_end = StreamEnd::finished;
  exchange.stream->load->is_open = false;
}

void Connection::append_piece(EventStream::Piece piece) {
  const std::size_t size = piece->size();
  if (stream_is_counted_) append_text(fmt::format("{:x}\r\n", size));
  output_.push_back({.piece = std::move(piece)});
  output_bytes_ += size;
  if (stream_is_counted_) append_text("\r\n");
}

// Returns the text at the end of the output, to append to.
std::string& Connection::tail() {
  if (output_.empty() || output_.back().piece || output_.back().text.size() > copy_max) output_.emplace_back();
  return output_.back().text;
}

void Connection::append_text(std::string text) {
  output_bytes_ += text.size();
  std::string& end = tail();
  if (end.empty()) {
    end = std::move(text);
  } else if (text.size() <= copy_max) {
    end += text;
  } else {
    output_.push_back({.text = std::move(text)});
  }
}

// --- Writing ---

void Connection::write() {
  if (is_waiting_writable_ || is_closed_) return;
  while (!output_.empty()) {
    if (!write_some()) return;
  }
}

// Returns false when the socket takes no more for now, or is closed.
bool Connection::write_some() {
  auto& buffers = worker_.buffers();
  buffers.clear();
  std::size_t skip = output_offset_;
  for (const Chunk& chunk : output_) {
    const std::string_view bytes = chunk.view().substr(std::exchange(skip, 0));
    buffers.emplace_back(bytes.data(), bytes.size());
    if (buffers.size() == buffers_max) break;
  }
  const Moved moved = wire_.write(buffers, worker_.record());
  switch (moved.flow) {
    case Flow::done: break;
    case Flow::wants_write: wait_until_writable(); return false;
    case Flow::wants_read:  // only renegotiation could want that, and there is none
    case Flow::ended:
    case Flow::broken: close(StreamEnd::client_left); return false;
  }
  blocked_since_.reset();
  count_written(moved.bytes);
  return true;
}

void Connection::count_written(std::size_t bytes) {
  output_bytes_ -= bytes;
  output_offset_ += bytes;
  while (!output_.empty() && output_offset_ >= output_.front().view().size()) {
    const std::size_t size = output_.front().view().size();
    output_offset_ -= size;
    if (output_.front().piece) {
      --load_->pieces;
      load_->bytes -= size;
      wrote_piece_ = true;
      last_write_ = now();
    }
    output_.pop_front();
  }
}

void Connection::wait_until_writable() {
  is_waiting_writable_ = true;
  if (!blocked_since_) blocked_since_ = now();
  wire_.socket().async_wait(Socket::wait_write, [self = shared_from_this()](error_code error) {
    self->worker_.enter([&] {
      self->is_waiting_writable_ = false;
      if (!error) self->advance();
    });
  });
}

void Connection::after_write() {
  if (!output_.empty()) return;
  if (closes_after_write_) return linger();
  if (input_is_over_ && exchanges_.empty()) return close(StreamEnd::client_left);
  if (worker_.is_stopping() && phase() == Phase::idle) return close(StreamEnd::server_stopping);
  if (!stream_is_open_ || !std::exchange(wrote_piece_, false) || load_->pieces > 0) return;
  if (const auto& on_drained = exchanges_.front().stream->options.on_drained) on_drained();
}

// Closing a socket with unread input resets the connection, which may take the answer away from the client: so our side
// is closed first, and what still comes in is thrown away until the client closes its own.
void Connection::linger() {
  const auto exchanges = std::exchange(exchanges_, {});
  for (const Exchange& exchange : exchanges) {
    if (exchange.stream) end_stream(*exchange.stream, exchange.stream_end.value_or(StreamEnd::finished));
  }
  stream_is_open_ = false;
  if (is_lingering_) return;
  wire_.end_writing();
  if (input_is_over_ || (worker_.is_stopping() && parser_.is_between_requests())) {
    return close(StreamEnd::server_stopping);
  }
  is_lingering_ = true;
  takes_requests_ = false;
}

}  // namespace dure::http
