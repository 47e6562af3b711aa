#include "dure/http/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <exception>
#include <tuple>
#include <utility>

#include "dure/base/overload.h"
#include "dure/http/answer_head.h"
#include "dure/http/worker.h"

namespace dure::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t input_min = 4096;           // of a connection at rest
constexpr std::size_t input_max = 65'536;         // while a body comes in
constexpr std::size_t output_high = 262'144;      // unwritten answers that stop us from reading more requests
constexpr std::size_t packing_min = 1024;         // smaller bodies go as they are
constexpr std::size_t packing_max = 268'435'456;  // larger ones would hold the thread for seconds
constexpr std::size_t copy_max = 4096;            // longer bodies are written from where they are
constexpr std::size_t buffers_max = 64;           // in one call

std::chrono::nanoseconds length(Duration duration) { return std::chrono::nanoseconds(duration.ns); }
Instant now() { return std::chrono::steady_clock::now(); }

bool is_later_than(Instant now, Instant since, Duration timeout) { return now - since >= length(timeout); }

}  // namespace

Connection::Connection(Worker& worker, Socket socket, std::uint64_t number)
    : worker_(worker), socket_(std::move(socket)), number_(number), parser_(worker.options()) {
  error_code ignored;  // each of these fails if the client has gone; reading will tell
  std::ignore = socket_.non_blocking(true, ignored);
  std::ignore = socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  std::ignore = socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  const auto peer = socket_.remote_endpoint(ignored);
  auto address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  is_loopback_ = address.is_loopback();
  peer_ = fmt::format(fmt::runtime(address.is_v6() ? "[{}]:{}" : "{}:{}"), address.to_string(), peer.port());
  phase_since_ = last_write_ = now();
}

void Connection::start() { read_on(); }

void Connection::start_refused(const Problem& problem) {
  refuse(problem);
  advance();
}

// --- Time ---

Connection::Phase Connection::phase() const {
  if (is_lingering_) return Phase::lingering;
  if (!exchanges_.empty() || !output_.empty()) return Phase::answering;
  if (parser_.is_between_requests()) return Phase::idle;
  return parser_.has_header() ? Phase::body : Phase::header;
}

void Connection::note_phase() {
  const Phase phase = this->phase();
  if (phase == phase_) return;
  phase_ = phase;
  phase_since_ = now();
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
      const Duration timeout = phase_ == Phase::header ? options.header_timeout : options.body_timeout;
      if (!is_due(timeout)) break;
      refuse({.status = 408,
              .detail = fmt::format("the {} of the request did not come within {}",
                                    phase_ == Phase::header ? "header" : "body", to_text(timeout))});
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
  error_code ignored;
  std::ignore = socket_.close(ignored);
  const auto exchanges = std::exchange(exchanges_, {});
  for (const Exchange& exchange : exchanges) {
    if (exchange.stream) end_stream(*exchange.stream, exchange.stream_end.value_or(why));
  }
  output_.clear();
  worker_.forget(number_);
}

// --- Reading ---

void Connection::read_on() {
  if (is_closed_ || is_reading_ || input_is_over_ || (takes_requests_ && is_full())) return;
  is_reading_ = true;
  const std::size_t room = make_room();
  socket_.async_read_some(asio::buffer(input_.data() + input_end_, room),
                          [self = shared_from_this()](error_code error, std::size_t bytes) {
                            self->worker_.enter([&] { self->on_read(error, bytes); });
                          });
}

std::size_t Connection::make_room() {
  if (input_begin_ == input_end_) {
    input_begin_ = input_end_ = 0;
    if (phase_ == Phase::idle && input_.size() > input_min) input_ = {};
  } else if (input_end_ == input_.size()) {
    std::copy(input_.begin() + static_cast<std::ptrdiff_t>(input_begin_), input_.end(), input_.begin());
    input_end_ -= std::exchange(input_begin_, 0);
  }
  if (input_.empty()) input_.resize(input_min);
  // What is left is part of a header, the size of which is bounded by the parser.
  if (input_end_ == input_.size()) input_.resize(input_.size() * 2);
  if (phase_ == Phase::body && input_.size() < input_max) input_.resize(input_max);
  return input_.size() - input_end_;
}

void Connection::on_read(error_code error, std::size_t bytes) {
  is_reading_ = false;
  if (is_closed_) return;
  if (error && error != asio::error::eof) return close(StreamEnd::client_left);
  input_end_ += bytes;
  input_is_over_ = error == asio::error::eof;
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
  } while (was_full && !is_full() && takes_requests_ && input_begin_ < input_end_);
  if (is_closed_) return;
  after_write();
  if (is_closed_) return;
  read_on();
  note_phase();
}

void Connection::parse() {
  while (takes_requests_ && input_begin_ < input_end_ && !is_full()) {
    std::size_t used = 0;
    const auto progress = parser_.feed({input_.data() + input_begin_, input_end_ - input_begin_}, used);
    input_begin_ += used;
    if (progress == RequestParser::Progress::needs_more) break;
    if (progress == RequestParser::Progress::refused) return refuse(parser_.why());
    dispatch();
  }
  if (!takes_requests_) {
    input_begin_ = input_end_;
  } else if (parser_.takes_continue()) {
    exchanges_.push_back({.is_interim = true, .response = Response{.status = 100}});
  }
}

void Connection::dispatch() {
  ParsedRequest parsed = parser_.take();
  Request& request = parsed.request;
  request.peer = peer_;
  request.is_loopback = is_loopback_;
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

void Connection::refuse(const Problem& problem) {
  takes_requests_ = false;
  exchanges_.push_back({.keep_alive = KeepAlive::no, .response = to_response(problem)});
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
  error_code error;
  const std::size_t written = socket_.write_some(buffers, error);
  if (error == asio::error::would_block || error == asio::error::try_again) {
    wait_until_writable();
    return false;
  }
  if (error == asio::error::interrupted) return true;
  if (error) {
    close(StreamEnd::client_left);
    return false;
  }
  blocked_since_.reset();
  count_written(written);
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
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code error) {
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
  if (input_is_over_ || (worker_.is_stopping() && parser_.is_between_requests())) {
    return close(StreamEnd::server_stopping);
  }
  is_lingering_ = true;
  takes_requests_ = false;
  error_code ignored;
  std::ignore = socket_.shutdown(Socket::shutdown_send, ignored);
}

}  // namespace dure::http
