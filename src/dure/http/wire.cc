#include "dure/http/wire.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <string_view>
#include <tuple>
#include <utility>

namespace dure::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t record_max = 16'384;  // of TLS, in bytes

Flow flow_of(const error_code& error) {
  if (!error) return Flow::done;
  return error == asio::error::eof ? Flow::ended : Flow::broken;
}

bool is_passing(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again || error == asio::error::interrupted;
}

}  // namespace

Wire::Wire(Socket socket, TlsSession session) : socket_(std::move(socket)), session_(std::move(session)) {
  error_code ignored;  // each of these fails if the client has gone; reading will tell
  std::ignore = socket_.non_blocking(true, ignored);
  std::ignore = socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  std::ignore = socket_.set_option(asio::socket_base::keep_alive(true), ignored);
}

Moved Wire::read(char* into, std::size_t room) {
  if (session_) return session_.read(into, room);
  error_code error;
  const std::size_t bytes = socket_.read_some(asio::buffer(into, room), error);
  if (is_passing(error)) return {Flow::wants_read, 0};
  return {flow_of(error), bytes};
}

Moved Wire::write(const std::vector<asio::const_buffer>& buffers, std::string& scratch) {
  if (!session_) {
    error_code error;
    const std::size_t bytes = socket_.write_some(buffers, error);
    if (is_passing(error)) return {Flow::wants_write, 0};
    return {flow_of(error), bytes};
  }
  // One record for many small pieces: each costs a sealing and a packet.
  scratch.clear();
  for (const asio::const_buffer& buffer : buffers) {
    const std::string_view bytes(static_cast<const char*>(buffer.data()), buffer.size());
    scratch += bytes.substr(0, record_max - scratch.size());
    if (scratch.size() == record_max) break;
  }
  return session_.write(scratch);
}

void Wire::end_writing() {
  if (session_) session_.end_writing();
  error_code ignored;
  std::ignore = socket_.shutdown(Socket::shutdown_send, ignored);
}

void Wire::close() {
  error_code ignored;
  std::ignore = socket_.close(ignored);
}

}  // namespace dure::http
