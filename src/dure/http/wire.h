// The bytes of one connection, with or without TLS.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "dure/http/tls_session.h"

namespace dure::http {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

// Never waits: where a call wants something, wait for it on socket(). For one thread at a time.
class Wire {
 public:
  // `session` has shaken hands.
  Wire(Socket socket, TlsSession session);

  Socket& socket() { return socket_; }

  Moved read(char* into, std::size_t room);
  // After `wants_write` the same bytes are to come again, with or without more behind them. `scratch` is memory that
  // nobody else needs meanwhile.
  Moved write(const std::vector<boost::asio::const_buffer>& buffers, std::string& scratch);
  // True if bytes wait that the socket no longer tells of.
  bool has_unread() const { return session_.has_unread(); }
  void end_writing();
  void close();

 private:
  Socket socket_;
  TlsSession session_;
};

}  // namespace dure::http
