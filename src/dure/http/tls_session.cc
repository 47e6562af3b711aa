#include "dure/http/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <tuple>

#include "dure/base/assert.h"

namespace dure::http {
namespace {

// OpenSSL's own BIO for sockets writes so that a client who has left raises SIGPIPE. Hence one of ours.
int socket_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool is_passing(ssize_t moved) { return moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR); }

int on_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t moved = ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (is_passing(moved)) BIO_set_retry_write(bio);
  return static_cast<int>(moved);
}

int on_read(BIO* bio, char* into, int room) {
  BIO_clear_retry_flags(bio);
  const ssize_t moved = ::recv(socket_of(bio), into, static_cast<std::size_t>(room), 0);
  if (is_passing(moved)) BIO_set_retry_read(bio);
  return static_cast<int>(moved);
}

long on_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "socket without signals");
    DURE_ASSERT(made != nullptr);
    BIO_meth_set_write(made, &on_write);
    BIO_meth_set_read(made, &on_read);
    BIO_meth_set_ctrl(made, &on_control);
    return made;
  }();
  return method;
}

int bounded(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

void TlsSession::Free::operator()(ssl_st* session) const { SSL_free(session); }

TlsSession::TlsSession(ssl_ctx_st& context, int socket) : session_(SSL_new(&context)) {
  DURE_ASSERT(session_ != nullptr);
  BIO* const bio = BIO_new(socket_method());
  DURE_ASSERT(bio != nullptr);
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  SSL_set_bio(session_.get(), bio, bio);
  SSL_set_accept_state(session_.get());
}

// Errors lie in a queue of the thread: each call begins with an empty one, or it would find another's.
Flow TlsSession::flow_of(int result) {
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_NONE: return Flow::done;
    case SSL_ERROR_WANT_READ: return Flow::wants_read;
    case SSL_ERROR_WANT_WRITE: return Flow::wants_write;
    case SSL_ERROR_ZERO_RETURN: return Flow::ended;
    default: return Flow::broken;
  }
}

Flow TlsSession::shake_hands() {
  ERR_clear_error();
  const Flow flow = flow_of(SSL_do_handshake(session_.get()));
  if (flow == Flow::broken) met_plain_http_ = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
  return flow;
}

bool TlsSession::has_answered() const { return BIO_number_written(SSL_get_wbio(session_.get())) > 0; }

Moved TlsSession::read(char* into, std::size_t room) {
  ERR_clear_error();
  const int result = SSL_read(session_.get(), into, bounded(room));
  if (result > 0) return {Flow::done, static_cast<std::size_t>(result)};
  return {flow_of(result), 0};
}

Moved TlsSession::write(std::string_view bytes) {
  ERR_clear_error();
  const int result = SSL_write(session_.get(), bytes.data(), bounded(bytes.size()));
  if (result > 0) return {Flow::done, static_cast<std::size_t>(result)};
  return {flow_of(result), 0};
}

void TlsSession::end_writing() {
  ERR_clear_error();
  std::ignore = SSL_shutdown(session_.get());
}

bool TlsSession::has_unread() const { return session_ != nullptr && SSL_pending(session_.get()) > 0; }

}  // namespace dure::http
